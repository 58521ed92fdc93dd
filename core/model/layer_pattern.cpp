// Layers one by one from hyperparameters and tensors, then their pattern in words.
#include "model/layer_pattern.h"

#include <algorithm>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"

namespace ggufit {

namespace {

constexpr size_t kListedRuns = 8;

using Blocks = std::vector<uint32_t>;

bool hasState(const Model & model, uint32_t il) {
    const Architecture & architecture = *model.architecture;
    if (architecture.cache == CacheKind::recurrent) return true;
    if (architecture.cache != CacheKind::hybrid) return false;
    return architecture.keeps_state != nullptr ? architecture.keeps_state(model.hparams, il)
                                               : model.hparams.is_recr(il);
}

bool attends(const Model & model, uint32_t il) {
    const Architecture & architecture = *model.architecture;
    if (architecture.cache == CacheKind::recurrent) return false;
    if (architecture.caches_layer != nullptr) {
        return architecture.caches_layer(model.hparams, il) || il >= model.hparams.n_layer();
    }
    if (architecture.cache == CacheKind::hybrid && model.hparams.is_recr(il)) return false;
    return model.hparams.n_head(il) > 0 && model.hparams.n_head_kv(il) > 0;
}

std::string attentionOf(const Model & model, uint32_t il) {
    const bool state = hasState(model, il);
    if (!attends(model, il)) return state ? "recurrent" : "none";
    if (!model.hparams.has_kv(il)) return "shared";
    const std::string attention = model.hparams.is_swa(il) ? "sliding" : "full";
    return state ? attention + "+recurrent" : attention;
}

std::string attentionLabel(const std::string & attention) {
    if (attention == "full") return "full attention";
    if (attention == "sliding") return "sliding window";
    if (attention == "recurrent") return "recurrent";
    if (attention == "shared") return "attention on an earlier layer's cache";
    if (attention == "none") return "without attention";
    return attention == "full+recurrent" ? "full attention beside recurrent" : "sliding window beside recurrent";
}

std::string ordinal(uint32_t n) {
    const uint32_t tens = n % 100;
    const char * ending = "th";
    if (tens < 11 || tens > 13) {
        if (n % 10 == 1) ending = "st";
        if (n % 10 == 2) ending = "nd";
        if (n % 10 == 3) ending = "rd";
    }
    return std::to_string(n) + ending;
}

/// Whether the blocks stand at first, first + k, … up to the end of `n_layers`: k, else 0.
uint32_t periodOf(const Blocks & blocks, uint32_t n_layers) {
    if (blocks.size() < 2) return 0;
    const uint32_t period = blocks[1] - blocks[0];
    for (size_t i = 1; i < blocks.size(); ++i) {
        if (blocks[i] - blocks[i - 1] != period) return 0;
    }
    return period >= 2 && blocks.front() < period && blocks.back() + period >= n_layers ? period : 0;
}

/// "0–2, 5, 7"; empty where there are too many runs to read.
std::string runs(const Blocks & blocks) {
    std::string text;
    size_t n_runs = 0;
    for (size_t i = 0; i < blocks.size();) {
        size_t end = i;
        while (end + 1 < blocks.size() && blocks[end + 1] == blocks[end] + 1) ++end;
        if (++n_runs > kListedRuns) return {};
        if (!text.empty()) text += ", ";
        text += std::to_string(blocks[i]);
        if (end > i) text += (end == i + 1 ? ", " : "–") + std::to_string(blocks[end]);
        i = end + 1;
    }
    return text;
}

/// How a person would say where the blocks are: "every 4th", "every 6th, from blk 1", "blk 0–2, 5"; may be empty.
std::string places(const Blocks & blocks, uint32_t n_layers) {
    if (const uint32_t period = periodOf(blocks, n_layers); period != 0) {
        std::string text = period == 2 ? "every other" : "every " + ordinal(period);
        if (blocks.front() != period - 1) text += ", from blk " + std::to_string(blocks.front());
        return text;
    }
    const std::string listed = runs(blocks);
    return listed.empty() ? "" : "blk " + listed;
}

}  // namespace

std::vector<LayerCard> layerCards(const Model & model) {
    const uint32_t n_layers = std::min(model.hparams.n_layer_all, kMaxLayers);
    std::vector<LayerCard> layers(n_layers);
    for (uint32_t il = 0; il < n_layers; ++il) {
        layers[il].attention = attentionOf(model, il);
        layers[il].nextn = il >= model.hparams.n_layer();
    }
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        const TensorRole & role = model.roles[i];
        if (role.block < 0 || static_cast<uint32_t>(role.block) >= n_layers) continue;
        LayerCard & layer = layers[static_cast<uint32_t>(role.block)];
        const uint64_t bytes = model.file.tensors[i].n_bytes;
        layer.weight_bytes = saturatingAdd(layer.weight_bytes, bytes);
        if (!role.expert) continue;
        layer.experts = true;
        layer.expert_bytes = saturatingAdd(layer.expert_bytes, bytes);
    }
    return layers;
}

std::string attentionPattern(const std::vector<LayerCard> & layers) {
    std::vector<std::pair<std::string, Blocks>> kinds;
    uint32_t n_layers = 0;
    for (uint32_t il = 0; il < layers.size(); ++il) {
        if (layers[il].nextn) continue;
        ++n_layers;
        const auto found = std::find_if(kinds.begin(), kinds.end(),
                                        [&](const auto & kind) { return kind.first == layers[il].attention; });
        if (found == kinds.end())
            kinds.push_back({layers[il].attention, {il}});
        else
            found->second.push_back(il);
    }
    stableSort(kinds, [](const auto & a, const auto & b) { return a.second.size() < b.second.size(); });
    if (kinds.size() == 1) return "all " + attentionLabel(kinds.front().first);
    std::string text;
    for (size_t i = 0; i < kinds.size(); ++i) {
        const auto & [attention, blocks] = kinds[i];
        if (i > 0) text += ", ";
        text += phrase("{} {}", std::to_string(blocks.size()), attentionLabel(attention));
        const std::string where = i + 1 < kinds.size() ? places(blocks, n_layers) : "";
        if (!where.empty()) text += phrase(" ({})", where);
    }
    return text;
}

std::string expertPattern(const std::vector<LayerCard> & layers) {
    Blocks with;
    Blocks without;
    for (uint32_t il = 0; il < layers.size(); ++il) {
        if (!layers[il].nextn) (layers[il].experts ? with : without).push_back(il);
    }
    if (with.empty()) return {};
    const auto n_layers = static_cast<uint32_t>(with.size() + without.size());
    if (without.empty()) return phrase("all {} layers", std::to_string(n_layers));
    std::string text = phrase("{} of {} layers", std::to_string(with.size()), std::to_string(n_layers));
    const bool few_without = without.size() <= with.size() && periodOf(with, n_layers) == 0;
    const std::string where = places(few_without ? without : with, n_layers);
    if (where.empty()) return text;
    return phrase("{}{}{})", text, few_without ? " (all but " : " (", where);
}

}  // namespace ggufit
