// The compute buffers by a documented formula: the dominant tensors of the prompt graph, device by device.
#include "memory/compute.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

ComputeEstimate approximateCompute(const Model & model, const Machine & machine, const Settings & settings,
                                   const WeightPlan & weights, const CachePlan & cache) {
    const Hparams & hparams = model.hparams;
    const uint64_t n_tokens = std::min(cache.shape.n_ctx, cache.shape.n_ubatch);
    const uint64_t n_outputs = settings.outputs == Outputs::all ? n_tokens : cache.shape.n_seq_max;
    ComputeEstimate estimate;
    estimate.device_bytes.assign(machine.devices.size(), 0);
    estimate.host_bytes = saturatingMul(n_tokens, saturatingMul(hparams.n_embd, 4));
    for (const int32_t device : weights.layer_devices) {
        if (device < 0 || static_cast<size_t>(device) >= machine.devices.size()) continue;
        estimate.device_bytes[static_cast<size_t>(device)] =
            saturatingAdd(saturatingMul(n_tokens, saturatingMul(hparams.n_embd, 4 * 6)),
                          saturatingMul(n_outputs, saturatingMul(hparams.n_vocab, 4)));
    }
    return estimate;
}

}  // namespace ggufit
