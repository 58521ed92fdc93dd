// The table of GPUs, made of data/gpus.csv when the build is configured (gpu_table.cmake), and read when first needed.
#include "base/sort.h"
#include "base/values.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

/// A line a GPU: vendor and name|description where it is another|MiB|GB/s|TFLOPS|capability|architecture|PCIe
/// generation|lanes|1 where it uses the system's memory. A figure that is not known is empty.
constexpr std::string_view kTable =
#include "gpus.inc"
    ;

uint32_t wholeOf(std::string_view field) { return static_cast<uint32_t>(parseUnsigned(field).value_or(0)); }

GpuPreset presetOf(std::string_view line) {
    const auto fields = splitAt(line, '|');
    const std::string_view whole_name = fields[0];
    const size_t space = whole_name.find(' ');
    GpuPreset preset{};
    preset.vendor = whole_name.substr(0, space);
    preset.name = whole_name.substr(space + 1);
    preset.description = fields[1].empty() ? whole_name : fields[1];
    preset.vram_mib = wholeOf(fields[2]);
    preset.bandwidth_gb_s = parseDecimal(fields[3]).value_or(0);
    preset.fp16_tflops = parseDecimal(fields[4]).value_or(0);
    preset.compute_capability = fields[5];
    preset.architecture = fields[6];
    preset.pcie_gen = wholeOf(fields[7]);
    preset.pcie_lanes = wholeOf(fields[8]);
    preset.unified_memory = fields[9] == "1";
    return preset;
}

}  // namespace

const std::vector<GpuPreset> & gpuPresets() {
    static const std::vector<GpuPreset> presets = [] {
        std::vector<GpuPreset> sorted;
        for (const std::string_view line : splitAt(kTable.substr(0, kTable.size() - 1), '\n')) {
            sorted.push_back(presetOf(line));
        }
        stableSort(sorted, [](const GpuPreset & a, const GpuPreset & b) {
            return a.vendor != b.vendor ? a.vendor < b.vendor : a.name < b.name;
        });
        return sorted;
    }();
    return presets;
}

}  // namespace ggufit
