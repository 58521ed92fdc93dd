// ChatGLM and GLM: dense, mixture of experts, and sparse attention.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadGlm4(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    ropeSections(keys, hparams);
    nextnLayers(keys, hparams);
}

void loadGlm4moe(Keys & keys, Hparams & hparams) {
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    rmsNorm(keys);
    ropeSections(keys, hparams);
    requireExperts(keys, hparams);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    expertWeights(keys, hparams);
    gating(keys, hparams, ExpertGating::sigmoid);
    nextnLayers(keys, hparams);
}

/// GLM 5.2 has full indexers in its first two layers and in every fourth from layer 2 on, up to layer 77; earlier
/// models, which are trained for less than a million tokens, have them everywhere (glm-dsa.cpp).
void indexerKinds(Keys & keys, Hparams & hparams) {
    constexpr uint32_t kListed = 78;
    const bool shares_indexers = hparams.n_ctx_train >= 1048576;
    for (uint32_t il = 0; il < kMaxLayers; ++il) {
        const bool full = il < 2 || (il < kListed && (il - 2) % 4 == 0);
        hparams.is_indexer_full_impl[il] = !shares_indexers || full ? 1 : 0;
    }
    keys.getPerLayer("attention.indexer.types", hparams.is_indexer_full_impl, hparams.n_layer());
}

void loadGlmDsa(Keys & keys, Hparams & hparams) {
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    rmsNorm(keys);
    ropeSections(keys, hparams);
    requireExperts(keys, hparams);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    expertWeights(keys, hparams);
    keys.require(key::kQLora, hparams.n_lora_q);
    keys.require(key::kKvLora, hparams.n_lora_kv);
    mlaLengths(keys, hparams);
    indexer(keys, hparams);
    gating(keys, hparams, ExpertGating::sigmoid);
    nextnLayers(keys, hparams);
    indexerKinds(keys, hparams);
    if (!hparams.is_mla())
        keys.fail("attention.key_length_mla", "llama.cpp runs glm-dsa only with latent attention (MLA)");
}

bool hasFullIndexer(const Hparams & hparams, uint32_t il) { return hparams.is_indexer_full(il); }

RopeType glm4Rope(const Hparams & hparams) { return hparams.use_mrope() ? RopeType::mrope : RopeType::norm; }
RopeType glm4moeRope(const Hparams & hparams) { return hparams.use_mrope() ? RopeType::mrope : RopeType::neox; }

constexpr Architecture kRows[] = {
    {.name = "chatglm", .rope = RopeType::norm, .load = loadRmsNorm},
    {.name = "glm-dsa",
     .since = {8036, 20260213},
     .cache = CacheKind::dsa,
     .rope = RopeType::norm,
     .load = loadGlmDsa,
     .skips_tensor = skipsNextnButSelectionBias,
     .caches_layer = isTrunk,
     .caches_indexer = hasFullIndexer,
     .late_indexer = true,
     .supports_sm_tensor = false},
    {.name = "glm4", .load = loadGlm4, .rope_of = glm4Rope, .skips_tensor = skipsNextnAlways},
    {.name = "glm4moe", .load = loadGlm4moe, .rope_of = glm4moeRope, .skips_tensor = skipsNextnAlways},
};

}  // namespace

std::span<const Architecture> glm() { return kRows; }

}  // namespace ggufit::arch
