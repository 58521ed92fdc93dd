// The constants, as tests/bench/speed/fit.py found them in published measurements; README.md there has what is left
// over.
#include "speed/efficiencies.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/values.h"
#include "machine/ram_bandwidth.h"

namespace ggufit {

namespace {

enum class Family : uint8_t { cuda, rocm, vulkan, metal, sycl };

/// By Family. Types in the order of TypeGroup; iq is by likeness, since no measured file has it.
constexpr KernelShares kKernels[] = {
    {{1.02, 1.00, 0.93, 1.02, 1.01, 0.85, 0.88}, 0.93, 0.93, 0.93},
    {{1.00, 1.00, 1.01, 1.00, 1.02, 0.85, 0.88}, 0.91, 0.91, 0.89},
    {{0.97, 0.94, 1.02, 0.99, 1.01, 0.85, 0.96}, 0.94, 0.21, 0.92},
    {{0.98, 1.00, 1.00, 1.04, 0.99, 0.85, 0.89}, 0.86, 0.86, 0.98},
    {{0.97, 0.94, 1.02, 0.99, 1.01, 0.85, 0.96}, 0.94, 0.21, 0.92},
};

struct Row {
    Family family;
    Generation generation;
    DeviceShares shares;
};

/// Measured ones first. Those that are not (`measured` false) are put near what little was published of them: MI210 and
/// MI300X read a fifth to a third of their bandwidth with a 7B model, Arc takes 0.2 ms a layer.
constexpr Row kRows[] = {
    {Family::cuda, Generation::ada, {0.97, 3.5e-6, 45, 124, true}},
    {Family::cuda, Generation::ampere, {0.86, 3.5e-6, 46, 69, true}},
    {Family::cuda, Generation::ampere_hbm, {0.77, 5.2e-6, 45, 37, true}},
    {Family::cuda, Generation::blackwell, {0.97, 3.5e-6, 44, 104, true}},
    {Family::cuda, Generation::gb10, {0.88, 1.9e-6, 57, 150, true}},
    {Family::cuda, Generation::hopper, {0.79, 4.4e-6, 45, 42, true}},
    {Family::cuda, Generation::pascal, {0.63, 4.6e-6, 15, 31, true}},
    {Family::cuda, Generation::pascal_hbm, {0.39, 4.8e-6, 15, 11, true}},
    {Family::cuda, Generation::turing, {0.73, 3.4e-6, 45, 51, true}},
    {Family::cuda, Generation::volta, {0.80, 4.1e-6, 15, 45, true}},
    {Family::metal, Generation::apple_base, {0.90, 5.2e-6, 15, 23, true}},
    {Family::metal, Generation::apple_max, {0.95, 5.2e-6, 15, 22, true}},
    {Family::metal, Generation::apple_pro, {0.94, 5.4e-6, 15, 20, true}},
    {Family::metal, Generation::apple_ultra, {0.91, 6.8e-6, 4, 19, true}},
    {Family::rocm, Generation::rdna2, {0.84, 5.8e-6, 15, 35, true}},
    {Family::rocm, Generation::rdna3, {0.85, 5.6e-6, 15, 25, true}},
    {Family::rocm, Generation::rdna3_5, {0.85, 5.1e-6, 24, 14, true}},
    {Family::rocm, Generation::rdna4, {0.97, 6.9e-6, 21, 70, true}},
    {Family::vulkan, Generation::ampere, {0.87, 2.9e-6, 15, 25, true}},
    {Family::vulkan, Generation::rdna3_5, {0.83, 3.1e-6, 27, 36, true}},
    {Family::vulkan, Generation::rdna4, {0.95, 7.0e-6, 12, 34, true}},
    {Family::rocm, Generation::gcn, {0.45, 6e-6, 10, 12, false}},
    {Family::rocm, Generation::cdna, {0.50, 3.5e-6, 15, 30, false}},
    {Family::vulkan, Generation::gcn, {0.55, 6e-6, 8, 10, false}},
    {Family::vulkan, Generation::rdna2, {0.75, 4e-6, 10, 18, false}},
    {Family::vulkan, Generation::rdna3, {0.78, 3.5e-6, 12, 22, false}},
    {Family::vulkan, Generation::arc, {0.55, 13e-6, 8, 12, false}},
    {Family::sycl, Generation::arc, {0.55, 12e-6, 8, 16, false}},
};

/// Of a family's other generations.
constexpr DeviceShares kOthers[] = {
    {0.80, 3e-6, 14, 40, false},    // CUDA
    {0.60, 5e-6, 14, 25, false},    // ROCm
    {0.80, 3.5e-6, 12, 25, false},  // Vulkan, also on NVIDIA's and Apple's
    {0.85, 5e-6, 14, 20, false},    // Metal
    {0.60, 8e-6, 10, 15, false},    // SYCL
};

Family familyOf(std::string_view backend) {
    if (backend == "ROCm") return Family::rocm;
    if (backend == "Vulkan") return Family::vulkan;
    if (backend == "Metal") return Family::metal;
    return backend == "SYCL" ? Family::sycl : Family::cuda;
}

}  // namespace

TypeGroup typeGroup(GgmlType type) {
    using enum GgmlType;
    switch (type) {
        case bf16: return TypeGroup::bf16;
        case q8_0:
        case q8_1: return TypeGroup::q8;
        case q4_0:
        case q4_1:
        case q5_0:
        case q5_1:
        case iq4_nl: return TypeGroup::q4;
        case mxfp4:
        case nvfp4: return TypeGroup::mxfp4;
        case q2_K:
        case q3_K:
        case q4_K:
        case q5_K:
        case q6_K:
        case q8_K: return TypeGroup::k;
        default: return traitsOf(type).quantized ? TypeGroup::iq : TypeGroup::f16;
    }
}

Efficiency efficiencyOf(const Device & device) {
    const Family family = familyOf(device.backend);
    const DeviceClass of = classOf(device);
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row & r) { return r.family == family && r.generation == of.generation; });
    const auto position = static_cast<size_t>(family);
    return {kKernels[position], row == std::end(kRows) ? kOthers[position] : row->shares, of.known};
}

double hostReadBytes(const Host & host) {
    const double read_gb_s = ramBandwidth(host).read_gb_s;
    return read_gb_s > 0 ? read_gb_s * 1e9 : kUnknownRamBytes;
}

double coreOperations(const Device & device) {
    if (device.backend != "Metal") return 0;
    std::string_view text = device.architecture;
    if (text.find("GPU cores") == std::string_view::npos) {
        // a log names the chip alone: its largest variant is the most common one
        for (const GpuPreset & preset : gpuPresets()) {
            if (preset.description == device.description) text = preset.architecture;
        }
    }
    constexpr double kHertz[] = {1.28e9, 1.40e9, 1.40e9, 1.58e9, 1.62e9};  // of M1 to M5
    constexpr double kOperationsOfCore = 256;  // a cycle: 128 multiplications with additions
    const size_t open = text.find(" (");
    const size_t space = text.find(' ', open + 2);
    if (open == std::string_view::npos || space == std::string_view::npos || !text.starts_with('M')) return 0;
    const auto generation = parseUnsigned(text.substr(1, open - 1));
    const auto cores = parseUnsigned(text.substr(open + 2, space - open - 2));
    if (!generation || !cores || *generation == 0 || *cores > 1024) return 0;
    const auto last = std::min<uint64_t>(*generation, std::size(kHertz));
    return static_cast<double>(*cores) * kHertz[last - 1] * kOperationsOfCore;
}

double linkBytes(const Device & device) {
    constexpr double kLane[] = {0, 0.25e9, 0.5e9, 0.985e9, 1.97e9, 3.94e9, 7.56e9};  // by generation
    constexpr double kReached = 0.8;
    constexpr double kUnknown = 12e9;
    if (device.pcie_gen == 0 || device.pcie_lanes == 0) return kUnknown;
    const size_t generation = std::min<size_t>(device.pcie_gen, std::size(kLane) - 1);
    return kLane[generation] * std::min(device.pcie_lanes, 32U) * kReached;
}

}  // namespace ggufit
