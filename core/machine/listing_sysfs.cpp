// What Linux itself says of graphics cards: files of /sys/class/drm, each line with the file's path in front. A line
// "device/address" is not the kernel's: it marks a card of its own, where a processor's graphics are its part.
#include <algorithm>
#include <set>
#include <string>

#include "base/phrase.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

/// "32.0 GT/s PCIe" → 5: each generation doubles 2.5 GT/s, the third by coding.
uint32_t generationOf(std::string_view speed) {
    constexpr std::pair<uint64_t, uint32_t> kSpeeds[] = {{2, 1}, {5, 2}, {8, 3}, {16, 4}, {32, 5}, {64, 6}};
    const auto rate = leadingNumber(speed);
    for (const auto & [transfers, generation] : kSpeeds) {
        if (rate && *rate == transfers) return std::min(generation, kLatestPcie);
    }
    return 0;
}

std::string_view vendorOf(std::string_view id) {
    if (id == "0x1002") return "AMD";
    if (id == "0x8086") return "Intel";
    return id == "0x10de" ? "NVIDIA" : "";
}

void readFile(ListedGpu & gpu, std::string_view file, std::string_view value) {
    if (file == "device/vendor") gpu.vendor = std::string(vendorOf(value));
    if (file == "device/product_name" && !value.empty()) gpu.name = listedName(value);
    if (file == "device/mem_info_vram_used") gpu.used_mib = listedMib(value, 1);
    for (const char * total :
         {"device/mem_info_vram_total", "lmem_total_bytes", "device/tile0/physical_vram_size_bytes"}) {
        if (file == total) gpu.total_mib = listedMib(value, 1);
    }
    if (file == "device/max_link_speed") gpu.pcie_gen = generationOf(value);
    const auto number = leadingNumber(value);
    if (file == "device/max_link_width" && number && *number <= kMostPcieLanes)
        gpu.pcie_lanes = static_cast<uint32_t>(*number);
}

/// Linux's own drivers for Intel's cards tell neither what memory a card has nor what of it is in use.
Warning unsized(const ListedGpu & gpu) {
    return {phrase("The kernel says neither how much memory {} has nor what of it is in use: it counts as free, and as "
                   "large as in the table of GPUs.",
                   quotedText(gpu.name)),
            "xpu-smi or llama-server --list-devices would know."};
}

}  // namespace

Listed listSysfs(const Lines & lines) {
    constexpr std::string_view kFolder = "/sys/class/drm/card";
    Listed out;
    std::set<std::string> plugged_in;
    for (std::string_view line : lines) {
        line = trimmed(line);
        const size_t slash = line.find('/', kFolder.size());
        const size_t colon = line.find(':', kFolder.size());
        if (!line.starts_with(kFolder) || slash == std::string_view::npos || colon == std::string_view::npos) continue;
        if (colon < slash) continue;
        const auto key = line.substr(kFolder.size() - 4, slash + 4 - kFolder.size());
        ListedGpu * gpu = gpuOf(out.gpus, key);
        if (gpu == nullptr) continue;
        const auto file = line.substr(slash + 1, colon - slash - 1), value = trimmed(line.substr(colon + 1));
        readFile(*gpu, file, value);
        if (file == "device/address") plugged_in.insert(gpu->key);
    }
    // NVIDIA's driver says nothing here of what a card is; a processor's own graphics have no memory of theirs
    std::erase_if(out.gpus, [&](const ListedGpu & gpu) {
        if (gpu.vendor == "Intel" && plugged_in.count(gpu.key) > 0) return false;
        return (gpu.vendor != "AMD" && gpu.vendor != "Intel") || !gpu.total_mib;
    });
    for (ListedGpu & gpu : out.gpus) {
        if (gpu.name.empty()) gpu.name = gpu.vendor + " GPU";
        if (!gpu.total_mib) out.notes.push_back(unsized(gpu));
    }
    if (!out.gpus.empty()) out.source = "/sys/class/drm";
    return out;
}

}  // namespace ggufit::listings
