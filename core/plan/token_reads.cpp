// Adds up what a token reads by device, and divides by bandwidths.
#include "plan/token_reads.h"

#include <algorithm>

#include "base/checked.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "speed/efficiencies.h"

namespace ggufit {

namespace {

constexpr double kGb = 1e9;

}  // namespace

double usedExpertShare(const Model & model) {
    const Hparams & hparams = model.hparams;
    if (hparams.n_expert == 0) return 1;
    return std::min(1.0, static_cast<double>(hparams.n_expert_used) / static_cast<double>(hparams.n_expert));
}

Result<TokenReads> tokenReads(const Model & model, const Machine & machine, const Settings & placed) {
    const auto weights = placeWeights(model, machine, placed);
    if (!weights) return weights.error();
    const auto cache = planCache(model, machine, placed, weights->layer_devices);
    if (!cache) return cache.error();
    TokenReads reads;
    reads.device_bytes.resize(machine.devices.size(), 0);
    const auto add = [&](int32_t device, uint64_t bytes) {
        uint64_t & sum = device == kHost ? reads.host_bytes : reads.device_bytes[static_cast<size_t>(device)];
        sum = saturatingAdd(sum, bytes);
    };
    const double share = usedExpertShare(model);
    for (const PlacedWeight & weight : weights->weights) {
        const TensorRole & role = model.roles[weight.tensor];
        if (weight.part == WeightPart::embeddings) continue;  // one row of them
        add(weight.device,
            role.expert ? static_cast<uint64_t>(static_cast<double>(weight.bytes) * share) : weight.bytes);
    }
    for (const CacheTensor & tensor : cache->tensors) add(tensor.device, tensor.bytes);
    return reads;
}

double deviceBandwidth(const Machine & machine, size_t device) {
    const double share = efficiencyOf(machine.devices[device]).device.bandwidth;
    if (machine.devices[device].bandwidth_gb_s > 0) return machine.devices[device].bandwidth_gb_s * kGb * share;
    double slowest = 0;
    for (const Device & other : machine.devices) {
        if (other.bandwidth_gb_s > 0)
            slowest = slowest > 0 ? std::min(slowest, other.bandwidth_gb_s) : other.bandwidth_gb_s;
    }
    return (slowest > 0 ? slowest * kGb : kUnknownDeviceBytes) * share;
}

double hostBandwidth(const Machine & machine) { return hostReadBytes(machine.host) * kHostExperts; }

}  // namespace ggufit
