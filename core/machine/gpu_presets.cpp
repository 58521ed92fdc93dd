// The table of GPUs, made from data/gpus.csv when the build is configured (gpu_table.cmake).
#include <iterator>

#include "base/sort.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

constexpr GpuPreset kTable[] = {
#include "gpus.inc"
};

}  // namespace

const std::vector<GpuPreset> & gpuPresets() {
    static const std::vector<GpuPreset> presets = [] {
        std::vector<GpuPreset> sorted(std::begin(kTable), std::end(kTable));
        stableSort(sorted, [](const GpuPreset & a, const GpuPreset & b) {
            return a.vendor != b.vendor ? a.vendor < b.vendor : a.name < b.name;
        });
        return sorted;
    }();
    return presets;
}

}  // namespace ggufit
