// DeepSeek up to V3.2, and the models that took over its latent attention (MLA).
#include "base/units.h"
#include "model/arch_load.h"

#include "base/phrase.h"

namespace ggufit::arch {

namespace {

void loadDeepseek(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kExpertScale, hparams.expert_weights_scale);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
}

/// The vocabulary as load_arch_hparams of deepseek2.cpp asks for it, to tell models of the same depth apart.
uint64_t vocabularyOf(Keys & keys) {
    uint32_t n_vocab = 0;
    if (keys.get("vocab_size", n_vocab)) return n_vocab;
    return keys.arrayCount("tokenizer.ggml.tokens").value_or(0);
}

/// Rope turns only part of an MLA head; the rest must not be empty.
void requireUnroped(Keys & keys, const Hparams & hparams) {
    if (hparams.n_embd_head_k_mla() <= hparams.n_rot()) {
        keys.fail("rope.dimension_count",
                  phrase("rope takes {} of a head's {} values; llama.cpp needs some that rope leaves alone",
                         formatCount(hparams.n_rot()), formatCount(hparams.n_embd_head_k_mla())));
    }
}

void loadDeepseek2(Keys & keys, Hparams & hparams) {
    const uint64_t n_vocab = vocabularyOf(keys);
    const uint32_t n_layer = hparams.n_layer();
    const bool is_lite = n_layer == 27 || n_layer == 26 || (n_layer == 48 && n_vocab == 128256);
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    if (!is_lite) keys.require(key::kQLora, hparams.n_lora_q);
    keys.require(key::kKvLora, hparams.n_lora_kv);
    mlaLengths(keys, hparams);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    const bool is_glm_lite = (n_layer == 47 || n_layer == 48) && n_vocab == 154880;
    gating(keys, hparams, is_glm_lite ? ExpertGating::sigmoid : ExpertGating::softmax);
    nextnLayers(keys, hparams);
    keys.get("attention.temperature_scale", hparams.f_attn_temp_scale);
    keys.get("attention.temperature_length", hparams.n_attn_temp_floor_scale);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
    requireUnroped(keys, hparams);
}

void loadDeepseek2Ocr(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    gating(keys, hparams, ExpertGating::softmax);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
}

void loadDeepseek32(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    ropeSections(keys, hparams);
    requireExperts(keys, hparams);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    expertWeights(keys, hparams);
    keys.require(key::kQLora, hparams.n_lora_q);
    keys.require(key::kKvLora, hparams.n_lora_kv);
    mlaLengths(keys, hparams);
    indexer(keys, hparams);
    requireGating(keys, hparams);
    nextnLayers(keys, hparams);
    if (!hparams.is_mla())
        keys.fail("attention.key_length_mla", "llama.cpp runs deepseek32 only with latent attention (MLA)");
}

void loadMinicpm3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kQLora, hparams.n_lora_q);
    keys.require(key::kKvLora, hparams.n_lora_kv);
}

void loadPlm(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kKvLora, hparams.n_lora_kv);
}

constexpr Architecture kRows[] = {
    {.name = "deepseek", .rope = RopeType::norm, .load = loadDeepseek},
    {.name = "deepseek2",
     .rope = RopeType::norm,
     .load = loadDeepseek2,
     .skips_tensor = skipsNextnButFusedExperts,
     .supports_sm_tensor = false},
    {.name = "deepseek2-ocr", .since = {8530, 20260325}, .rope = RopeType::norm, .load = loadDeepseek2Ocr},
    {.name = "deepseek32",
     .since = {9411, 20260529},
     .cache = CacheKind::dsa,
     .rope = RopeType::norm,
     .load = loadDeepseek32,
     .skips_tensor = skipsNextnButSelectionBias,
     .caches_layer = isTrunk,
     .caches_indexer = isTrunk,
     .supports_sm_tensor = false},
    {.name = "minicpm3", .rope = RopeType::neox, .load = loadMinicpm3, .supports_sm_tensor = false},
    {.name = "mistral4",
     .since = {8388, 20260317},
     .rope = RopeType::norm,
     .load = loadDeepseek2,
     .skips_tensor = skipsNextnButFusedExperts,
     .supports_sm_tensor = false},
    {.name = "plm", .rope = RopeType::norm, .load = loadPlm},
};

}  // namespace

std::span<const Architecture> deepseek() { return kRows; }

}  // namespace ggufit::arch
