// Rules of -ot, -cmoe and -ncmoe: one list in the order of the command line, since the first match decides.
#include "settings/overrides.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr int32_t kMostLayers = 512;  // LLAMA_MAX_LAYERS: rules for further blocks would match nothing

std::optional<Error> addOverride(const OptionGiven & given, std::string pattern, std::string buffer) {
    auto & rules = given.out.settings.override_tensors;
    if (rules.size() >= kMostOverrides) {
        return usageError(given.name, "there are more than 4095 override rules, the most that llama.cpp takes");
    }
    rules.push_back({std::move(pattern), std::move(buffer)});
    return std::nullopt;
}

/// How many rules from `start` on are those of -ncmoe: the blocks 0, 1, 2, … in order.
size_t runOfBlocks(const std::vector<TensorOverride> & rules, size_t start) {
    size_t count = 0;
    while (start + count < rules.size() && rules[start + count].buffer == "CPU" &&
           rules[start + count].pattern == expertsPattern(static_cast<uint32_t>(count))) {
        ++count;
    }
    return std::min<size_t>(count, kMostLayers);
}

}  // namespace

std::string expertsPattern(uint32_t block) {
    return phrase("blk\\.{}{}", std::to_string(block), std::string(kExpertsPattern));
}

std::optional<Error> readOverrides(const OptionGiven & given) {
    // llama.cpp splits at every comma and then at the first '=', so a pattern can hold neither
    for (const auto rule : splitAt(given.value, ',')) {
        const size_t equals = rule.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == rule.size()) {
            return usageError(given.name,
                              quotedText(rule) + " is no rule PATTERN=BUFFER; a pattern cannot hold a comma");
        }
        auto fault = addOverride(given, std::string(rule.substr(0, equals)), std::string(rule.substr(equals + 1)));
        if (fault) return fault;
    }
    return std::nullopt;
}

std::optional<Error> readCpuMoe(const OptionGiven & given) {
    return addOverride(given, std::string(kExpertsPattern), "CPU");
}

std::optional<Error> readNCpuMoe(const OptionGiven & given) {
    if (given.number < 0) return usageError(given.name, "a number of layers cannot be negative");
    for (int32_t block = 0; block < std::min(given.number, kMostLayers); ++block) {
        if (auto fault = addOverride(given, expertsPattern(static_cast<uint32_t>(block)), "CPU")) return fault;
    }
    return std::nullopt;
}

void writeOverrides(const std::vector<TensorOverride> & overrides, std::vector<std::string> & words) {
    std::string list;
    const auto endList = [&] {
        if (list.empty()) return;
        words.insert(words.end(), {"-ot", list});
        list.clear();
    };
    for (size_t i = 0; i < overrides.size();) {
        if (const size_t blocks = runOfBlocks(overrides, i); blocks > 0) {
            endList();
            words.insert(words.end(), {"-ncmoe", std::to_string(blocks)});
            i += blocks;
        } else if (overrides[i] == TensorOverride{std::string(kExpertsPattern), "CPU"}) {
            endList();
            words.emplace_back("-cmoe");
            ++i;
        } else {
            list += phrase("{}{}={}", list.empty() ? "" : ",", overrides[i].pattern, overrides[i].buffer);
            ++i;
        }
    }
    endList();
}

}  // namespace ggufit
