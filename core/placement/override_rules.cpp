// Merges the places of single tensors into rules by layer range, and checks each rule against each tensor.
#include "placement/override_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/checked.h"
#include "base/number_pattern.h"
#include "base/phrase.h"
#include "base/regex.h"
#include "base/sort.h"
#include "base/units.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr size_t kMostRules = 4095;           // llama_max_tensor_buft_overrides(), less the end mark
constexpr uint64_t kMostMatches = 1'000'000;  // rules × tensors; real models need some ten thousand
constexpr uint32_t kMostLayers = 1024;

using Layers = std::vector<uint32_t>;
using Words = std::vector<std::string>;

Error unsupported(std::string where, std::string detail) {
    return Error{ErrorCode::unsupported, std::move(where), std::move(detail), 0, 0};
}

/// A tensor of a block: "blk." 7 "ffn_up_exps" "weight".
struct Item {
    uint32_t tensor = 0;
    uint32_t layer = 0;
    int32_t device = kHost;
    std::string stem, suffix;
};

/// What the tensors of an exception have in common.
struct Exception {
    std::string prefix;
    int32_t device = kHost;
    Words stems, suffixes;
    Layers layers;  // may hold layers that have no such tensor
};

class Merger {
  public:
    Merger(const Model & model, const Machine & machine, const WeightPlan & weights)
        : model_(model), machine_(machine), weights_(weights) {}

    Result<std::vector<OverrideRule>> merge() {
        sortItems();
        for (const auto & [prefix, items] : items_) mergeBlocks(prefix, items);
        if (rules_.size() > kMostRules || rules_.size() * uint64_t{weights_.weights.size()} > kMostMatches) {
            return unsupported("", phrase("the tensors lie so unevenly that {} rules would be needed; place whole "
                                          "layers, or experts by layer.",
                                          formatCount(rules_.size())));
        }
        if (auto error = check()) return *error;
        const auto idle = [](const OverrideRule & rule) { return rule.tensors.empty(); };
        rules_.erase(std::remove_if(rules_.begin(), rules_.end(), idle), rules_.end());
        return std::move(rules_);
    }

  private:
    void sortItems() {
        for (const PlacedWeight & weight : weights_.weights) {
            const int32_t block = model_.roles[weight.tensor].block;
            if (block < 0 || weight.duplicate) continue;
            const std::string & name = model_.file.tensors[weight.tensor].name;
            const std::string number = std::to_string(block);
            const size_t dot = name.find(phrase(".{}.", number));
            if (dot == std::string::npos) {  // "blk.007.…": no pattern of numbers finds it
                addRule(phrase("^{}$", literalPattern(name)), weight.device);
                continue;
            }
            const std::string rest = name.substr(dot + number.size() + 2);
            const size_t end = rest.rfind('.');
            const bool has_suffix = end != std::string::npos;
            items_[name.substr(0, dot + 1)].push_back({weight.tensor, static_cast<uint32_t>(block), weight.device,
                                                       has_suffix ? rest.substr(0, end) : rest,
                                                       has_suffix ? rest.substr(end + 1) : ""});
        }
    }

    [[nodiscard]] int32_t layerDevice(uint32_t layer) const {
        return layer + 1 < weights_.layer_devices.size() ? weights_.layer_devices[layer] : kHost;
    }

    /// Where most tensors of each layer lie; where as many lie elsewhere, the layer's own device.
    [[nodiscard]] std::map<uint32_t, int32_t> homes(const std::vector<Item> & items) const {
        std::map<uint32_t, std::map<int32_t, size_t>> counts;
        for (const Item & item : items) ++counts[item.layer][item.device];
        std::map<uint32_t, int32_t> homes;
        for (const auto & [layer, devices] : counts) {
            int32_t home = layerDevice(layer);
            size_t most = devices.contains(home) ? devices.at(home) : 0;
            for (const auto & [device, count] : devices) {
                if (count > most) std::tie(home, most) = std::pair(device, count);
            }
            homes[layer] = home;
        }
        return homes;
    }

    /// The wanted layers and those between them that are not taken otherwise: longer ranges make shorter patterns.
    static Layers bridged(const std::set<uint32_t> & wanted, const std::set<uint32_t> & others) {
        Layers layers;
        for (const uint32_t layer : wanted) {
            if (!layers.empty()) {
                const auto between = others.upper_bound(layers.back());
                const bool free = between == others.end() || *between > layer;
                // numbers beyond those of any model make no sense, and no room is filled up for them
                if (free && layer < kMostLayers) {
                    for (uint32_t gap = layers.back() + 1; gap < layer; ++gap) layers.push_back(gap);
                }
            }
            layers.push_back(layer);
        }
        return layers;
    }

    void mergeBlocks(const std::string & prefix, const std::vector<Item> & items) {
        const std::map<uint32_t, int32_t> home = homes(items);
        for (const Exception & exception : exceptionsOf(prefix, items, home)) addException(exception);

        std::map<int32_t, std::set<uint32_t>> layers;
        for (const auto & [layer, device] : home) layers[device].insert(layer);
        std::vector<std::pair<Layers, int32_t>> ranges;
        for (const auto & [device, wanted] : layers) {
            std::set<uint32_t> others;
            for (const auto & [layer, other] : home) {
                if (other != device) others.insert(layer);
            }
            ranges.emplace_back(bridged(wanted, others), device);
        }
        stableSort(ranges, std::less<>());
        for (const auto & [numbers, device] : ranges) {
            addRule(phrase("^{}{}\\.", literalPattern(prefix), numberPattern(numbers)), device);
        }
    }

    static std::vector<Exception> exceptionsOf(const std::string & prefix, const std::vector<Item> & items,
                                               const std::map<uint32_t, int32_t> & home) {
        using Name = std::pair<std::string, std::string>;
        std::map<Name, std::map<int32_t, std::set<uint32_t>>> places;
        for (const Item & item : items) places[{item.stem, item.suffix}][item.device].insert(item.layer);

        std::map<std::tuple<Layers, int32_t, std::string>, Words> stems;  // by layers, device, suffix
        for (const auto & [name, devices] : places) {
            for (const auto & [device, layers] : devices) {
                std::set<uint32_t> wanted, others;
                for (const auto & [other, other_layers] : devices) {
                    if (other != device) others.insert(other_layers.begin(), other_layers.end());
                }
                for (const uint32_t layer : layers) {
                    if (home.at(layer) != device) wanted.insert(layer);
                }
                if (wanted.empty()) continue;
                stems[{bridged(wanted, others), device, name.second}].push_back(name.first);
            }
        }
        std::map<std::tuple<Layers, int32_t, Words>, Words> suffixes;  // by layers, device, stems
        for (const auto & [key, list] : stems) {
            suffixes[{std::get<0>(key), std::get<1>(key), list}].push_back(std::get<2>(key));
        }
        std::vector<Exception> exceptions;
        exceptions.reserve(suffixes.size());
        for (const auto & [key, list] : suffixes) {
            exceptions.push_back({prefix, std::get<1>(key), std::get<2>(key), list, std::get<0>(key)});
        }
        return exceptions;
    }

    void addException(const Exception & exception) {
        Words suffixes = exception.suffixes;
        std::string pattern = phrase("^{}{}\\.{}", literalPattern(exception.prefix), numberPattern(exception.layers),
                                     anyOf(exception.stems));
        const bool bare = suffixes.size() == 1 && suffixes.front().empty();
        if (!bare) pattern += "\\." + anyOf(suffixes);
        addRule(pattern + "$", exception.device);
    }

    /// "ffn_(down|gate|up)_exps": what all words begin and end with, up to a "_", stands outside the brackets.
    static std::string anyOf(const Words & words) {
        if (words.size() == 1) return literalPattern(words.front());
        const std::string & first = words.front();
        size_t head = first.size(), tail = first.size();
        for (const std::string & word : words) {
            size_t same = 0;
            while (same < std::min(head, word.size()) && word[same] == first[same]) ++same;
            head = same;
            same = 0;
            while (same < std::min(tail, word.size()) && word[word.size() - 1 - same] == first[first.size() - 1 - same])
                ++same;
            tail = same;
        }
        while (head > 0 && first[head - 1] != '_') --head;
        while (tail > 0 && first[first.size() - tail] != '_') --tail;
        for (const std::string & word : words) {
            if (word.size() <= head + tail) tail = 0;
        }
        std::string text = literalPattern(first.substr(0, head)) + "(";
        for (size_t i = 0; i < words.size(); ++i) {
            text += (i == 0 ? "" : "|") + literalPattern(words[i].substr(head, words[i].size() - head - tail));
        }
        return phrase("{}){}", text, literalPattern(first.substr(first.size() - tail)));
    }

    void addRule(std::string pattern, int32_t device) {
        OverrideRule rule;
        rule.device = device;
        rule.rule.pattern = std::move(pattern);
        rule.rule.buffer = device == kHost ? "CPU" : machine_.devices[static_cast<size_t>(device)].name;
        rules_.push_back(std::move(rule));
    }

    std::optional<Error> check() {
        std::vector<Regex> patterns;
        for (const OverrideRule & rule : rules_) {
            if (rule.rule.buffer.find_first_of(",\n\r") != std::string::npos ||
                (rule.device != kHost && rule.rule.buffer == "CPU")) {
                return unsupported(rule.rule.buffer, "a device of this name can't stand in -ot; call it CUDA0 or so.");
            }
            auto pattern = Regex::compile(rule.rule.pattern);
            if (!pattern) return unsupported("-ot " + quotedText(rule.rule.pattern), pattern.error().detail);
            patterns.push_back(std::move(*pattern));
        }
        for (const PlacedWeight & weight : weights_.weights) {
            const std::string & name = model_.file.tensors[weight.tensor].name;
            size_t i = 0;
            while (i < patterns.size() && !patterns[i].search(name)) ++i;
            const TensorRole & role = model_.roles[weight.tensor];
            const bool wanted = role.block >= 0;
            if (wanted != (i < patterns.size()) || (wanted && rules_[i].device != weight.device)) {
                return unsupported(name, "no rule by layer range puts just this tensor where it belongs.");
            }
            if (!wanted) continue;
            OverrideRule & rule = rules_[i];
            rule.tensors.push_back(weight.tensor);
            rule.bytes = saturatingAdd(rule.bytes, weight.bytes);
            rule.moves = rule.moves || weight.device != layerDevice(static_cast<uint32_t>(role.block));
        }
        return std::nullopt;
    }

    const Model & model_;
    const Machine & machine_;
    const WeightPlan & weights_;
    std::map<std::string, std::vector<Item>> items_;  // by what stands in front of the layer's number
    std::vector<OverrideRule> rules_;
};

}  // namespace

std::string literalPattern(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string pattern;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (plain) {
            pattern += c;
        } else if (c == '.') {
            pattern += "\\.";
        } else {
            pattern += "\\x";
            pattern += kDigits[byte >> 4];
            pattern += kDigits[byte & 15];
        }
    }
    return pattern;
}

Result<std::vector<OverrideRule>> overrideRules(const Model & model, const Machine & machine,
                                                const WeightPlan & weights) {
    return Merger(model, machine, weights).merge();
}

}  // namespace ggufit
