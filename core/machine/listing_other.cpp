// xpu-smi's table, and what a Mac or Linux says of itself.
#include <algorithm>

#include "base/units.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

Listed listIntel(const Lines & lines) {
    Listed out;
    ListedGpu * gpu = nullptr;
    bool table = false;
    for (const std::string_view line : lines) {
        if (line.find("Device Information") != std::string_view::npos) table = true;
        const auto inner = trimmed(line);
        const Lines cells = !table || inner.empty() || inner[0] != '|' ? Lines() : splitAt(inner.substr(1), '|');
        if (cells.size() < 2) continue;
        const auto id = trimmed(cells[0]);
        if (leadingNumber(id)) gpu = gpuOf(out.gpus, id);
        const auto pair = keyAndValue(cells[1]);
        if (gpu == nullptr || !pair) continue;
        const auto [key, value] = *pair;
        const auto number = leadingNumber(value);
        if (key == "Device Name") gpu->name = listedName(value);
        if (key == "Memory Physical Size") gpu->total_mib = listedMib(value, kMib);
        if (key == "PCIe Generation" && number && *number <= kLatestPcie)
            gpu->pcie_gen = static_cast<uint32_t>(*number);
        if (key == "PCIe Max Link Width" && number && *number <= kMostPcieLanes) {
            gpu->pcie_lanes = static_cast<uint32_t>(*number);
        }
    }
    std::erase_if(out.gpus, [](const ListedGpu & listed) { return listed.name.empty(); });
    for (ListedGpu & listed : out.gpus) listed.vendor = "Intel";
    if (!out.gpus.empty()) out.source = "xpu-smi";
    return out;
}

Listed listApple(const Lines & lines) {
    Listed out;
    ListedGpu * gpu = nullptr;
    for (const std::string_view line : lines) {
        const auto pair = keyAndValue(line);
        if (!pair) continue;
        const auto [key, value] = *pair;
        const auto number = leadingNumber(value);
        if (key == "Chipset Model" || (key == "machdep.cpu.brand_string" && value.starts_with("Apple "))) {
            // a chip that sysctl and system_profiler both name is one
            const bool chip = value.starts_with("Apple ");
            gpu = gpuOf(out.gpus, chip ? "chip" : "GPU " + std::to_string(out.gpus.size()));
            if (gpu == nullptr) continue;
            gpu->name = listedName(value);
            gpu->backend = "Metal";
            if (chip) gpu->vendor = "Apple";
            if (chip) gpu->unified_memory = true;
        }
        if (key == "Total Number of Cores" && gpu != nullptr && number && *number < 1000 &&
            value.find('(') == std::string_view::npos) {
            gpu->gpu_cores = static_cast<uint32_t>(*number);
        }
        if (key == "VRAM (Total)" && gpu != nullptr) gpu->total_mib = listedMib(value, kMib);
        if (key == "Memory" && value.ends_with(" GB")) out.ram_mib = listedMib(value, kGib).value_or(0);
        if (key == "hw.memsize") out.ram_mib = listedMib(value, 1).value_or(0);
        if (key == "MemTotal") out.ram_mib = listedMib(value, kKib).value_or(0);
        if (key == "iogpu.wired_limit_mb" && gpu != nullptr && number && *number > 0) {
            gpu->total_mib = listedMib(value, kMib);
        }
    }
    // an Intel Mac's own graphics are not worth planning for
    std::erase_if(out.gpus, [](const ListedGpu & listed) { return listed.vendor.empty() && !listed.total_mib; });
    if (!out.gpus.empty()) out.source = "system_profiler";
    return out;
}

}  // namespace ggufit::listings
