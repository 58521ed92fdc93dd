// Which cards of the table a text means.
#include <algorithm>

#include "base/sort.h"
#include "machine/gpu_words.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

using Words = std::vector<std::string>;

struct PresetWords {
    const GpuPreset * preset = nullptr;
    Words name;
    Words description;
};

const std::vector<PresetWords> & presetWords() {
    static const std::vector<PresetWords> all = [] {
        std::vector<PresetWords> words;
        for (const GpuPreset & preset : gpuPresets()) {
            words.push_back({&preset, gpuWords(preset.name), gpuWords(preset.description)});
        }
        return words;
    }();
    return all;
}

bool contains(const Words & words, const std::string & wanted) {
    return std::find(words.begin(), words.end(), wanted) != words.end();
}

/// Whether a card has the size that a word says; one that uses the system's memory has any.
bool hasSize(const GpuPreset & preset, const std::string & word) {
    const uint64_t wanted = sizeWordMib(word);
    if (wanted == 0) return false;
    return preset.vram_mib == 0 || isSizeOf(preset, wanted);
}

/// Whether all wanted words are among a preset's; a bare number may mean a memory size ("a100 80").
bool hasAll(const PresetWords & preset, const Words & wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string & word) {
        return contains(preset.name, word) || contains(preset.description, word) ||
               contains(preset.name, word + "gb") || hasSize(*preset.preset, word);
    });
}

/// How much of a preset's name the text leaves unsaid. A series ("rtx") is often left out, a size or form tells
/// variants of one card apart, and any other word ("ti", "laptop") makes another card.
int unsaid(const PresetWords & preset, const Words & wanted) {
    int cost = 0;
    for (const std::string & word : preset.name) {
        if (contains(wanted, word) || isSizeWord(word) || formRank(word) > 0) continue;
        cost += isSeriesWord(word) ? 1 : 4;
    }
    return cost;
}

/// Whether a choice between the two would change nothing but the name.
bool plansAlike(const GpuPreset & a, const GpuPreset & b) {
    return a.description == b.description && a.vram_mib == b.vram_mib && a.bandwidth_gb_s == b.bandwidth_gb_s &&
           a.compute_capability == b.compute_capability && a.unified_memory == b.unified_memory;
}

/// Whether the cards hold the same within 2 %.
bool areOfOneSize(const std::vector<GpuPreset> & presets) {
    const auto [least, most] =
        std::minmax_element(presets.begin(), presets.end(),
                            [](const GpuPreset & a, const GpuPreset & b) { return a.vram_mib < b.vram_mib; });
    return uint64_t{most->vram_mib - least->vram_mib} * 50 <= most->vram_mib;
}

/// Of forms of one card ("A100 PCIe 80GB", "A100 SXM4 80GB") the most common one; other variants stay as they are.
void chooseForm(std::vector<GpuPreset> & presets) {
    const auto rank = [](const GpuPreset & preset) {
        int highest = 0;
        for (const std::string & word : gpuWords(preset.name)) highest = std::max(highest, formRank(word));
        return highest;
    };
    const bool forms = std::all_of(presets.begin(), presets.end(), [&](const GpuPreset & p) { return rank(p) > 0; });
    if (presets.size() < 2 || !forms || !areOfOneSize(presets)) return;
    stableSort(presets, [&](const GpuPreset & a, const GpuPreset & b) { return rank(a) < rank(b); });
    if (rank(presets[0]) < rank(presets[1])) presets.resize(1);
}

struct Candidate {
    const GpuPreset * preset = nullptr;
    int cost = 0;
};

/// Whether it is a laptop's while nothing that was said is.
bool isOtherForm(const PresetWords & preset, const Words & wanted) {
    return contains(preset.name, "laptop") && !contains(wanted, "laptop");
}

/// `from_driver`: the text is what a driver calls the card. Drivers call some laptop cards as people call desktop ones.
std::vector<Candidate> candidatesFor(const Words & wanted, bool from_driver) {
    std::vector<Candidate> candidates;
    for (const PresetWords & preset : presetWords()) {
        if (!hasAll(preset, wanted)) continue;
        // a name that is given in full is meant, also where it stands in another card's description
        const bool whole =
            preset.name == wanted || (preset.description == wanted && (from_driver || !isOtherForm(preset, wanted)));
        candidates.push_back({preset.preset, whole ? 0 : unsaid(preset, wanted) + 1});
    }
    stableSort(candidates, [](const Candidate & a, const Candidate & b) { return a.cost < b.cost; });
    return candidates;
}

}  // namespace

std::vector<GpuPreset> matchGpu(std::string_view text) {
    const Words wanted = gpuWords(text);
    if (wanted.empty() || (wanted.size() == 1 && wanted[0].size() < 2)) return {};  // a letter is no name
    std::vector<GpuPreset> presets;
    int best = 0;
    const bool from_driver = text.substr(0, 7) == "NVIDIA ";
    for (const Candidate & candidate : candidatesFor(wanted, from_driver)) {
        if (presets.empty()) best = candidate.cost;
        if (candidate.cost != best) break;
        const bool alike = std::any_of(presets.begin(), presets.end(),
                                       [&](const GpuPreset & other) { return plansAlike(other, *candidate.preset); });
        if (!alike) presets.push_back(*candidate.preset);
    }
    chooseForm(presets);
    return presets;
}

void takeSpeeds(const GpuPreset & preset, Device & device) {
    device.bandwidth_gb_s = preset.bandwidth_gb_s;
    device.fp16_tflops = preset.fp16_tflops;
    device.architecture = preset.architecture;
    device.pcie_gen = preset.pcie_gen;
    device.pcie_lanes = preset.pcie_lanes;
}

bool isSizeOf(const GpuPreset & preset, uint64_t total_mib) {
    const uint64_t apart = preset.vram_mib > total_mib ? preset.vram_mib - total_mib : total_mib - preset.vram_mib;
    return apart * 15 <= total_mib;
}

std::vector<GpuPreset> similarGpus(std::string_view text) {
    constexpr size_t kMost = 8;
    std::vector<GpuPreset> similar;
    const Words wanted = gpuWords(text);
    for (const PresetWords & preset : presetWords()) {
        const bool shares = std::any_of(wanted.begin(), wanted.end(), [&](const std::string & word) {
            return word.size() > 1 && word[0] >= '0' && word[0] <= '9' && !isSizeWord(word) &&
                   contains(preset.name, word);
        });
        if (shares && similar.size() < kMost) similar.push_back(*preset.preset);
    }
    return similar;
}

}  // namespace ggufit
