// From a name and a few figures to a device.
#include "machine/listing_device.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/budget.h"
#include "machine/fields.h"

namespace ggufit::listings {

namespace {

constexpr std::string_view kCut = "...";
constexpr uint64_t kWorthSaying = 64;  // MiB

std::string mib(uint64_t value) { return formatCount(value) + " MiB"; }

/// What a printed name may mean: itself, the names in "Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]", and without the
/// driver's words in "AMD Radeon RX 7900 XTX (RADV NAVI31)".
std::vector<std::string> spellings(const ListedGpu & gpu) {
    std::vector<std::string> texts;
    const std::string_view name = gpu.name;
    if (gpu.gpu_cores > 0) texts.push_back(phrase("{} {}", gpu.name, std::to_string(gpu.gpu_cores)));
    texts.emplace_back(name);
    if (const size_t open = name.find(" ("); open != std::string_view::npos) texts.emplace_back(name.substr(0, open));
    const auto inner = between(name, "[", "]");
    if (!inner) return texts;
    const bool radeon = inner->find("Radeon") != std::string_view::npos;
    constexpr size_t kMost = 8;
    for (const std::string_view part : splitAt(*inner, '/')) {
        if (texts.size() >= kMost) break;
        const bool whole = part.find("Radeon") != std::string_view::npos || !radeon;
        texts.push_back((whole ? "" : "Radeon RX ") + std::string(trimmed(part)));
    }
    return texts;
}

bool agrees(const GpuPreset & preset, const ListedGpu & gpu) {
    if (!gpu.vendor.empty() && preset.vendor != gpu.vendor) return false;
    return !gpu.total_mib || preset.vram_mib == 0 || isSizeOf(preset, *gpu.total_mib);
}

/// Cards of the table that a listed GPU may be, the likeliest first.
std::vector<GpuPreset> cardsOf(const ListedGpu & gpu) {
    std::vector<GpuPreset> cards;
    const auto add = [&](const GpuPreset & preset) {
        const bool known =
            std::any_of(cards.begin(), cards.end(), [&](const GpuPreset & other) { return other.name == preset.name; });
        if (!known && agrees(preset, gpu)) cards.push_back(preset);
    };
    const std::string_view name = gpu.name;
    if (name.ends_with(kCut)) {
        const auto start = trimmed(name.substr(0, name.size() - kCut.size()));
        for (const GpuPreset & preset : gpuPresets()) {
            // drivers of the time when names were cut most left the maker out
            const bool starts = preset.description.starts_with(start) || preset.name.starts_with(start);
            if (starts && start.size() > 6) add(preset);
        }
        return cards;
    }
    for (const std::string & text : spellings(gpu)) {
        for (const GpuPreset & preset : matchGpu(text)) add(preset);
        if (!cards.empty() && text.find('[') == std::string::npos && gpu.name.find('[') == std::string::npos) break;
    }
    return cards;
}

std::string namesOf(const std::vector<GpuPreset> & cards) {
    constexpr size_t kMost = 5;
    std::string text;
    for (size_t i = 0; i < cards.size() && i < kMost; ++i) {
        text += (i == 0 ? "" : i + 1 == cards.size() ? " or " : ", ") + std::string(cards[i].name);
    }
    return cards.size() > kMost ? text + ", …" : text;
}

/// Bandwidth and the like, from the table.
void takeCard(const ListedGpu & gpu, const std::string & label, Device & device, std::vector<Warning> & notes,
              uint64_t & card_mib) {
    const auto cards = cardsOf(gpu);
    const bool cut = std::string_view(gpu.name).ends_with(kCut);
    if (cards.empty()) {
        notes.push_back(
            {phrase("{} ({}) is not in the table of GPUs{}: its bandwidth is not known, so speeds are guessed.", label,
                    quotedText(gpu.name), cut ? ", or its name is cut too short" : ""),
             "Give its bandwidth, or choose the card by its name."});
        return;
    }
    const GpuPreset & card = cards.front();
    if (cards.size() > 1) {
        notes.push_back({phrase("{} ({}) may be {}; {} was taken, which speeds depend on.", label, quotedText(gpu.name),
                                namesOf(cards), std::string(card.name)),
                         "Choose the card by its name where that is wrong."});
    }
    if (!gpu.by_llama || cut) device.description = std::string(card.description);
    takeSpeeds(card, device);
    if (gpu.pcie_gen > 0) device.pcie_gen = gpu.pcie_gen;
    if (gpu.pcie_lanes > 0) device.pcie_lanes = gpu.pcie_lanes;
    device.unified_memory = device.unified_memory || card.unified_memory;
    if (device.backend == "CUDA" && device.compute_capability.empty() && card.vendor == "NVIDIA") {
        device.compute_capability = std::string(card.compute_capability);
    }
    card_mib = card.vram_mib;
}

std::string programList(const ListedGpu & gpu) {
    std::string text;
    for (const std::string & program : gpu.programs) text += (text.empty() ? "" : ", ") + program;
    return text.empty() ? text : phrase(" ({})", text);
}

/// What other programs hold, in words; llama.cpp's own share is what is planned for.
uint64_t reservedOf(const ListedGpu & gpu, const std::string & label, std::vector<Warning> & notes) {
    const uint64_t used = gpu.used_mib.value_or(0);
    const uint64_t own = std::min(gpu.llama_mib, used);
    if (own > 0) {
        notes.push_back(
            {phrase("llama.cpp itself holds {} of {} now; that is not counted as reserved.", mib(own), label), ""});
    }
    const uint64_t reserved = used - own;
    if (reserved >= kWorthSaying) {
        notes.push_back({phrase("{} of {} are in use{} and count as reserved.", mib(reserved), label, programList(gpu)),
                         "Close what need not run beside llama.cpp, or lower the figure."});
    }
    return reserved;
}

void noteFree(const Device & device, const std::string & label, uint64_t least_mib, std::vector<Warning> & notes) {
    if (device.reserved_mib < least_mib) return;
    const std::string driver = device.driver_mib > 0 ? ", beyond the driver's own " + mib(device.driver_mib) : "";
    notes.push_back(
        {phrase("{} of {} were not free{}; they count as reserved.", mib(device.reserved_mib), label, driver),
         "If llama.cpp was running at that moment, set the reserved memory to what other programs hold."});
}

/// Its figures as far as they are known; `card_mib` is what llama.cpp sees of the card in the table, 0 where not known.
GivenMemory memoryOf(const ListedGpu & gpu, const std::string & label, uint64_t card_mib,
                     std::vector<Warning> & notes) {
    GivenMemory memory;
    memory.total_mib = gpu.total_mib;
    if (memory.total_mib && !gpu.by_llama && card_mib > 0 && card_mib < *memory.total_mib) {
        notes.push_back(
            {phrase("Of the {} of {} llama.cpp sees {}.", mib(*memory.total_mib), label, mib(card_mib)), ""});
        memory.total_mib = card_mib;
    }
    if (!memory.total_mib && card_mib > 0) memory.total_mib = card_mib;
    if (gpu.by_llama && gpu.free_mib) {
        memory.free_mib = gpu.free_mib;
        if (memory.total_mib && *memory.free_mib > *memory.total_mib) memory.total_mib = memory.free_mib;
    } else if (gpu.used_mib) {
        memory.reserved_mib = reservedOf(gpu, label, notes);
    } else if (gpu.total_mib && gpu.free_mib && *gpu.free_mib <= *gpu.total_mib) {
        ListedGpu counted = gpu;
        counted.used_mib = *gpu.total_mib - *gpu.free_mib;
        memory.reserved_mib = reservedOf(counted, label, notes);
    }
    if (memory.reserved_mib && memory.total_mib) {
        memory.reserved_mib = std::min(*memory.reserved_mib, *memory.total_mib);
    }
    return memory;
}

}  // namespace

std::optional<Device> deviceOf(const ListedGpu & gpu, const std::string & label, std::vector<Warning> & notes) {
    constexpr uint64_t kSmallest = 1024;
    Device device;
    device.description = gpu.name.empty() ? "GPU" : gpu.name;
    device.backend = !gpu.backend.empty() ? gpu.backend : usualBackend(gpu.vendor, gpu.gfx);
    device.compute_capability = device.backend == "CUDA" ? gpu.compute_capability : "";
    device.unified_memory = gpu.unified_memory;
    device.pcie_gen = gpu.pcie_gen;
    device.pcie_lanes = gpu.pcie_lanes;
    if (gpu.by_llama && isDeviceName(gpu.key)) device.name = gpu.key;
    if (gpu.total_mib && *gpu.total_mib < kSmallest) {
        notes.push_back({phrase("{} ({}) has {} of its own: it is part of a processor, and was left out.", label,
                                quotedText(gpu.name), mib(*gpu.total_mib)),
                         "Add it by hand if llama.cpp is to use it."});
        return std::nullopt;
    }

    uint64_t card_mib = 0;
    if (device.backend != "RPC") takeCard(gpu, label, device, notes, card_mib);
    const GivenMemory memory = memoryOf(gpu, label, card_mib, notes);
    if (!memory.total_mib && !memory.free_mib) {
        if (device.unified_memory) return device;
        notes.push_back(
            {phrase("{} ({}) was left out: how much memory it has is not said.", label, quotedText(gpu.name)),
             "Add it by hand with its size."});
        return std::nullopt;
    }
    if (completeMemory(device, memory)) {  // figures that contradict each other
        GivenMemory total;
        total.total_mib = memory.total_mib;
        if (completeMemory(device, total)) return std::nullopt;
    } else if (memory.free_mib) {
        noteFree(device, label, gpu.total_mib ? kWorthSaying : 2 * kCudaContextMib, notes);
    }
    return device;
}

}  // namespace ggufit::listings
