// Qwen's hybrids: gated delta nets with a full attention layer every few layers.
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// Every full_attention_interval-th layer attends, unless a list says which do (qwen3next.cpp, load_arch_hparams).
void recurrentLayers(Keys & keys, Hparams & hparams) {
    if (keys.getPerLayer("attention.recurrent_layers", hparams.is_recr_impl, hparams.n_layer_all)) return;
    uint32_t interval = 4;
    keys.get("full_attention_interval", interval);
    if (interval == 0) {
        keys.fail("full_attention_interval", "the interval between full attention layers must be at least 1");
        return;
    }
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
        hparams.is_recr_impl[il] = il < hparams.n_layer() && (il + 1) % interval != 0 ? 1 : 0;
    }
}

void loadHybrid(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    stateSpace(keys, hparams, true);
    nextnLayers(keys, hparams);
    recurrentLayers(keys, hparams);
}

void loadQwen3next(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    loadHybrid(keys, hparams);
    requireExperts(keys, hparams);
}

void loadQwen35(Keys & keys, Hparams & hparams) {
    requireRopeSections(keys, hparams);
    loadHybrid(keys, hparams);
}

void loadQwen35moe(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    loadQwen35(keys, hparams);
}

bool attends(const Hparams & hparams, uint32_t il) { return il < hparams.n_layer() && !hparams.is_recr(il); }
bool recurs(const Hparams & hparams, uint32_t il) { return il < hparams.n_layer() && hparams.is_recr(il); }

constexpr Architecture kRows[] = {
    {.name = "qwen35",
     .since = {7990, 20260210},
     .cache = CacheKind::hybrid,
     .rope = RopeType::imrope,
     .load = loadQwen35,
     .skips_tensor = skipsNextnUnlessAsked,
     .caches_layer = attends,
     .keeps_state = recurs,
     .supports_rs_rollback = true,
     .role_exceptions = {.ssm_a_multiplies = true},
     .long_graphs = true},
    {.name = "qwen35moe",
     .since = {7990, 20260210},
     .cache = CacheKind::hybrid,
     .rope = RopeType::imrope,
     .load = loadQwen35moe,
     .skips_tensor = skipsNextnButFusedExperts,
     .caches_layer = attends,
     .keeps_state = recurs,
     .supports_rs_rollback = true,
     .role_exceptions = {.ssm_a_multiplies = true},
     .long_graphs = true},
    {.name = "qwen3next",
     .cache = CacheKind::hybrid,
     .rope = RopeType::neox,
     .load = loadQwen3next,
     .skips_tensor = skipsNextnButFusedExperts,
     .caches_layer = attends,
     .keeps_state = recurs,
     .role_exceptions = {.ssm_a_multiplies = true},
     .long_graphs = true},
};

}  // namespace

std::span<const Architecture> qwen_linear() { return kRows; }

}  // namespace ggufit::arch
