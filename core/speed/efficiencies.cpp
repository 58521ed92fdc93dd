// The constants, as tests/bench/speed/fit.py found them in published measurements; README.md there has what is left
// over.
#include "speed/efficiencies.h"

#include <algorithm>
#include <iterator>

namespace ggufit {

namespace {

enum class Family : uint8_t { cuda, rocm, vulkan, metal, sycl };

/// By Family. Types in the order of TypeGroup; iq is by likeness, since no measured file has it.
constexpr KernelShares kKernels[] = {
    {{1.02, 1.00, 0.92, 1.07, 1.01, 0.85, 0.84}, 0.92, 0.92, 0.90},
    {{0.97, 0.99, 0.97, 1.12, 0.99, 0.85, 0.80}, 0.88, 0.88, 0.89},
    {{0.97, 0.94, 1.02, 1.00, 1.00, 0.85, 0.96}, 0.92, 0.21, 0.93},
    {{1.04, 1.00, 1.04, 1.02, 0.99, 0.85, 0.80}, 0.88, 0.88, 0.99},
    {{0.97, 0.94, 1.02, 1.00, 1.00, 0.85, 0.96}, 0.92, 0.21, 0.93},
};

struct Row {
    Family family;
    Generation generation;
    DeviceShares shares;
};

/// Measured ones first. Those that are not (`measured` false) are put near what little was published of them: MI210 and
/// MI300X read a fifth to a third of their bandwidth with a 7B model, Arc takes 0.2 ms a layer.
constexpr Row kRows[] = {
    {Family::cuda, Generation::ada, {0.97, 2.6e-6, 35, 124, true}},
    {Family::cuda, Generation::ampere, {0.88, 3.0e-6, 46, 69, true}},
    {Family::cuda, Generation::ampere_hbm, {0.79, 4.3e-6, 45, 37, true}},
    {Family::cuda, Generation::blackwell, {0.80, 1.9e-6, 42, 104, true}},
    {Family::cuda, Generation::gb10, {0.87, 1.6e-6, 57, 150, true}},
    {Family::cuda, Generation::hopper, {0.80, 3.6e-6, 45, 42, true}},
    {Family::cuda, Generation::pascal, {0.63, 4.4e-6, 14, 31, true}},
    {Family::cuda, Generation::pascal_hbm, {0.58, 9.2e-6, 14, 11, true}},
    {Family::cuda, Generation::turing, {0.75, 3.4e-6, 45, 51, true}},
    {Family::cuda, Generation::volta, {0.78, 3.4e-6, 15, 45, true}},
    {Family::metal, Generation::apple_base, {0.90, 4.8e-6, 17, 23, true}},
    {Family::metal, Generation::apple_max, {0.85, 5.4e-6, 14, 22, true}},
    {Family::metal, Generation::apple_pro, {0.88, 5.1e-6, 15, 20, true}},
    {Family::metal, Generation::apple_ultra, {0.77, 6.8e-6, 4, 19, true}},
    {Family::rocm, Generation::rdna2, {0.60, 3.5e-6, 13, 35, true}},
    {Family::rocm, Generation::rdna3, {0.58, 2.9e-6, 13, 25, true}},
    {Family::rocm, Generation::rdna3_5, {0.87, 4.9e-6, 28, 14, true}},
    {Family::rocm, Generation::rdna4, {0.95, 5.9e-6, 23, 70, true}},
    {Family::vulkan, Generation::ampere, {0.86, 2.2e-6, 15, 25, true}},
    {Family::vulkan, Generation::rdna3_5, {0.84, 2.8e-6, 25, 36, true}},
    {Family::vulkan, Generation::rdna4, {0.95, 6.2e-6, 8, 34, true}},
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

double linkBytes(const Device & device) {
    constexpr double kLane[] = {0, 0.25e9, 0.5e9, 0.985e9, 1.97e9, 3.94e9, 7.56e9};  // by generation
    constexpr double kReached = 0.8;
    constexpr double kUnknown = 12e9;
    if (device.pcie_gen == 0 || device.pcie_lanes == 0) return kUnknown;
    const size_t generation = std::min<size_t>(device.pcie_gen, std::size(kLane) - 1);
    return kLane[generation] * std::min(device.pcie_lanes, 32U) * kReached;
}

}  // namespace ggufit
