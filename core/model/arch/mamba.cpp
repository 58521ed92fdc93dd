// State space models, alone and mixed with attention.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadMamba(Keys & keys, Hparams & hparams) {
    stateSpace(keys, hparams, false);
    keys.get("ssm.dt_b_c_rms", hparams.ssm_dt_b_c_rms);
    rmsNorm(keys);
    requireDoubleInner(keys, hparams);
}

void loadMamba2(Keys & keys, Hparams & hparams) {
    stateSpace(keys, hparams, true);
    rmsNorm(keys);
}

void loadJamba(Keys & keys, Hparams & hparams) {
    stateSpace(keys, hparams, false);
    rmsNorm(keys);
    recurrentWithoutKvHeads(hparams);
    requireDoubleInner(keys, hparams);
}

/// Every layer has both attention and a state.
void loadFalconH1(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    stateSpace(keys, hparams, true);
    hparams.is_recr_impl.fill(1);
}

bool everyLayer(const Hparams &, uint32_t) { return true; }

void loadPlamo2(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    stateSpace(keys, hparams, true);
    keys.get("attention.key_length", hparams.n_embd_head_k_full);
    keys.get("attention.value_length", hparams.n_embd_head_v_full);
    recurrentWithoutKvHeads(hparams);
}

/// A layer without KV heads is recurrent, unless it is a feed-forward layer, which has neither cache nor state.
void loadNemotronH(Keys & keys, Hparams & hparams) {
    stateSpace(keys, hparams, true);
    for (uint32_t il = 0; il < hparams.n_layer(); ++il) {
        hparams.is_recr_impl[il] = hparams.n_head_kv(il) == 0 && hparams.n_ff(il) == 0 ? 1 : 0;
    }
    rmsNorm(keys);
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    keys.get(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    keys.get("moe_latent_size", hparams.moe_latent_size);
}

bool nemotronAttends(const Hparams & hparams, uint32_t il) { return !hparams.is_recr(il) && hparams.n_ff(il) == 0; }
bool nemotronRecurs(const Hparams & hparams, uint32_t il) { return hparams.is_recr(il) && hparams.n_ff(il) == 0; }

constexpr Architecture kRows[] = {
    {.name = "falcon-h1",
     .cache = CacheKind::hybrid,
     .rope = RopeType::neox,
     .load = loadFalconH1,
     .caches_layer = everyLayer,
     .keeps_state = everyLayer,
     .supports_sm_tensor = false},
    {.name = "jamba", .cache = CacheKind::hybrid, .load = loadJamba, .supports_sm_tensor = false},
    {.name = "mamba", .cache = CacheKind::recurrent, .load = loadMamba, .supports_sm_tensor = false},
    {.name = "mamba2", .cache = CacheKind::recurrent, .load = loadMamba2, .supports_sm_tensor = false},
    {.name = "nemotron_h",
     .cache = CacheKind::hybrid,
     .load = loadNemotronH,
     .caches_layer = nemotronAttends,
     .keeps_state = nemotronRecurs,
     .supports_sm_tensor = false},
    {.name = "nemotron_h_moe",
     .since = {7418, 20251216},
     .cache = CacheKind::hybrid,
     .load = loadNemotronH,
     .caches_layer = nemotronAttends,
     .keeps_state = nemotronRecurs,
     .supports_sm_tensor = false},
    {.name = "plamo2",
     .cache = CacheKind::hybrid,
     .rope = RopeType::neox,
     .load = loadPlamo2,
     .supports_sm_tensor = false},
};

}  // namespace

std::span<const Architecture> mamba() { return kRows; }

}  // namespace ggufit::arch
