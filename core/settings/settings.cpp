// What follows from settings: slots, margins, and which arguments --fit leaves alone.
#include "settings/settings.h"

#include <algorithm>

namespace ggufit {

Slots resolveSlots(const Settings & settings) {
    if (settings.n_parallel < 0) return {.n_seq_max = 4, .kv_unified = true};
    return {.n_seq_max = static_cast<uint32_t>(std::max(settings.n_parallel, 1)), .kv_unified = settings.kv_unified};
}

void markGiven(Settings & settings) {
    const auto & split = settings.tensor_split;
    settings.given_n_gpu_layers = settings.n_gpu_layers != kGpuLayersAuto;
    settings.given_tensor_split = std::any_of(split.begin(), split.end(), [](double part) { return part != 0; });
    settings.given_override_tensors = !settings.override_tensors.empty();
    settings.given_n_ctx = settings.n_ctx != 0;
}

uint64_t fitTargetMib(const Settings & settings, size_t device) {
    const auto & targets = settings.fit_target_mib;
    if (targets.size() == 1) return targets[0];
    return device < targets.size() ? targets[device] : kFitTargetMib;
}

}  // namespace ggufit
