// LFM2: short convolutions, with attention in the layers that have KV heads.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadShortConvolutions(Keys & keys, Hparams & hparams) {
    keys.require("shortconv.l_cache", hparams.n_shortconv_l_cache);
    rmsNorm(keys);
    recurrentWithoutKvHeads(hparams);
}

void loadLfm2(Keys & keys, Hparams & hparams) {
    loadShortConvolutions(keys, hparams);
    hparams.n_layer_dense_lead = hparams.n_layer();
    keys.get(key::kSlidingWindow, hparams.n_swa);
    if (hparams.n_swa == 0) return;
    hparams.swa_type = SwaType::standard;
    for (uint32_t il = 0; il < hparams.n_layer(); ++il) hparams.is_swa_impl[il] = hparams.is_recr(il) ? 0 : 1;
}

void loadLfm2moe(Keys & keys, Hparams & hparams) {
    loadShortConvolutions(keys, hparams);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    requireGating(keys, hparams);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
}

constexpr Architecture kRows[] = {
    {.name = "lfm2",
     .cache = CacheKind::hybrid,
     .rope = RopeType::neox,
     .load = loadLfm2,
     .supports_sm_tensor = false,
     .role_exceptions = {.token_embd_norm_is_output = true}},
    {.name = "lfm2moe",
     .cache = CacheKind::hybrid,
     .rope = RopeType::neox,
     .load = loadLfm2moe,
     .supports_sm_tensor = false,
     .role_exceptions = {.token_embd_norm_is_output = true}},
};

}  // namespace

std::span<const Architecture> lfm2() { return kRows; }

}  // namespace ggufit::arch
