// Command R and its successors.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadCommandR(Keys & keys, Hparams & hparams) {
    keys.get(key::kLogitScale, hparams.f_logit_scale);
    layerNorm(keys);
}

void loadCohere2(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::standard;
    slidingPeriod(keys, hparams, 4);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    keys.require(key::kLogitScale, hparams.f_logit_scale);
    layerNorm(keys);
}

/// The file says by its epsilon whether the norms are RMS norms (cohere2moe.cpp, graph).
void eitherNorm(Keys & keys, Hparams & hparams) {
    float eps = 0.0F;
    float eps_rms = 0.0F;
    const bool found = keys.get("attention.layer_norm_epsilon", eps);
    const bool found_rms = keys.get("attention.layer_norm_rms_epsilon", eps_rms);
    if (!found && !found_rms) keys.requirePresent("attention.layer_norm_epsilon");
    hparams.norm_is_rms = eps_rms != 0.0F;
}

void loadCohere2moe(Keys & keys, Hparams & hparams) {
    eitherNorm(keys, hparams);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    keys.require(key::kLogitScale, hparams.f_logit_scale);
    keys.require(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    keys.get(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    nextnLayers(keys, hparams);
    gating(keys, hparams, ExpertGating::sigmoid);
    hparams.swa_type = SwaType::standard;
    uint32_t period = 4;
    if (keys.getUnlessArray(key::kSlidingPattern, period)) {
        hparams.set_swa_pattern(period, true);
    } else {
        slidingList(keys, hparams);
    }
    requireExperts(keys, hparams);
}

/// Embedding, head and head norm of a prediction layer are loaded even where its block is not.
bool skipsBlockOnly(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) {
    static constexpr std::string_view kLoaded[] = {"nextn.embed_tokens", "nextn.shared_head_head",
                                                   "nextn.shared_head_norm"};
    return skipsNextnButFusedExperts(hparams, block, name, load_mtp) && !nameIsOneOf(nameInBlock(name), kLoaded);
}

constexpr Architecture kRows[] = {
    {.name = "cohere2", .rope = RopeType::norm, .load = loadCohere2},
    {.name = "cohere2moe",
     .since = {9626, 20260613},
     .rope = RopeType::norm,
     .load = loadCohere2moe,
     .skips_tensor = skipsBlockOnly},
    {.name = "command-r", .rope = RopeType::norm, .load = loadCommandR},
};

}  // namespace

std::span<const Architecture> cohere() { return kRows; }

}  // namespace ggufit::arch
