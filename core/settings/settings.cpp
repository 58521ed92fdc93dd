// What follows from settings: slots, margins, and which arguments --fit leaves alone.
#include "settings/settings.h"

#include <algorithm>

namespace ggufit {

Slots resolveSlots(const Settings & settings) {
    const bool unified = settings.kv_unified || !hasRule(settings.llama_cpp, LlamaRule::own_cells);
    if (settings.n_parallel < 0 && hasRule(settings.llama_cpp, LlamaRule::automatic_slots))
        return {.n_seq_max = 4, .kv_unified = true};
    return {.n_seq_max = static_cast<uint32_t>(std::max(settings.n_parallel, 1)), .kv_unified = unified};
}

Settings defaultsOf(const LlamaVersion & version, Settings defaults) {
    constexpr uint32_t kContextBeforeFit = 4096;
    defaults.llama_cpp = version;
    if (!hasRule(version, LlamaRule::fit)) {
        defaults.fit = false;
        if (defaults.n_ctx == 0) defaults.n_ctx = kContextBeforeFit;
    }
    if (!hasRule(version, LlamaRule::all_layers)) {
        if (defaults.n_gpu_layers == kGpuLayersAuto) defaults.n_gpu_layers = 0;
        if (defaults.flash_attn == FlashAttention::automatic) defaults.flash_attn = FlashAttention::off;
    }
    return defaults;
}

bool reservesAllOutputs(const Settings & settings) {
    return settings.outputs == Outputs::all || !hasRule(settings.llama_cpp, LlamaRule::outputs_by_slot);
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
