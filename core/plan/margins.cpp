// Margins by what may grow on a device after the buffers are allocated.
#include "plan/margins.h"

#include <algorithm>

#include "base/checked.h"
#include "base/units.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

constexpr uint64_t kDedicatedMib = 128;
constexpr uint64_t kBesidePoolMib = 64;  // cuBLAS's workspace and what the driver rounds up
constexpr uint64_t kRowPadding = 512;    // MATRIX_ROW_PADDING

uint64_t roundedUp(uint64_t value, uint64_t step) { return (value + step - 1) / step * step; }

}  // namespace

uint64_t poolBytes(const Model & model, const Settings & settings) {
    uint64_t largest = 0;
    for (size_t i = 0; i < model.roles.size(); ++i) {
        const TensorRole & role = model.roles[i];
        if (role.op != WeightOp::mul_mat && role.op != WeightOp::mul_mat_id) continue;
        const Tensor & tensor = model.file.tensors[i];
        if (!traitsOf(tensor.type).quantized) continue;
        const uint64_t rows = role.op == WeightOp::mul_mat_id ? std::max<uint64_t>(model.hparams.n_expert_used, 1) : 1;
        const uint64_t values = saturatingMul(roundedUp(std::min(tensor.ne[0], UINT64_MAX / 2), kRowPadding), rows);
        largest = std::max(largest, saturatingMul(values, settings.n_ubatch) / 128);
    }
    return saturatingMul(largest, 144);
}

std::vector<uint64_t> safeMargins(const Model & model, const Machine & machine, const Settings & settings) {
    std::vector<uint64_t> margins;
    const auto used = usedDevices(machine, settings);
    if (!used) return margins;
    const uint64_t pool_mib = poolBytes(model, settings) / kMib + 1;
    const uint64_t dedicated = std::max(kDedicatedMib, roundedUp(saturatingAdd(pool_mib, kBesidePoolMib), 64));
    for (const uint32_t i : *used) {
        const Device & device = machine.devices[i];
        const bool shared = device.reserved_mib > 0 || device.unified_memory;
        margins.push_back(shared ? std::max(kFitTargetMib, dedicated) : dedicated);
    }
    return margins;
}

std::string marginText(const std::vector<uint64_t> & margins) {
    std::string text;
    for (const uint64_t mib : margins) text += (text.empty() ? "" : ",") + std::to_string(mib);
    return text;
}

}  // namespace ggufit
