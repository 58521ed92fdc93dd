// EXAONE: the dense generations and the mixture of experts.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// Only the 32B model, which has 64 layers, slides; the smaller one attends fully (exaone4.cpp).
void loadExaone4(Keys & keys, Hparams & hparams) {
    if (hparams.n_layer() == 64) {
        hparams.swa_type = SwaType::standard;
        hparams.n_swa = 4096;
        slidingPeriod(keys, hparams, 4);
    }
    keys.get(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    nextnLayers(keys, hparams);
}

void loadExaoneMoe(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::standard;
    hparams.n_swa = 128;
    slidingPeriod(keys, hparams, 4);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    keys.get(key::kSharedExperts, hparams.n_expert_shared);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    requireGating(keys, hparams);
    expertWeights(keys, hparams);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    nextnLayers(keys, hparams);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
}

constexpr Architecture kRows[] = {
    {.name = "exaone", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "exaone-moe",
     .since = {7727, 20260113},
     .rope = RopeType::neox,
     .load = loadExaoneMoe,
     .tied_output = false,
     .skips_tensor = skipsNextnAlways,
     .layer_uses_rope_factors = isTrunk},
    {.name = "exaone4",
     .rope = RopeType::neox,
     .load = loadExaone4,
     .skips_tensor = skipsNextnAlways,
     .layer_uses_rope_factors = isTrunk},
};

}  // namespace

std::span<const Architecture> exaone() { return kRows; }

}  // namespace ggufit::arch
