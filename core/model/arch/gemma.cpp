// Gemma in all its generations: tied embeddings, sliding windows, per-layer embeddings, shared caches.
#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// q is scaled before attention, always: what counts is that the scale is there.
void scaleByHead(Hparams & hparams) {
    const uint32_t width = hparams.n_embd_head_k();
    hparams.f_attention_scale = width == 0 ? 1.0F : 1.0F / std::sqrt(static_cast<float>(width));
}

void loadGemma2(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::standard;
    hparams.n_swa = 4096;
    slidingPeriod(keys, hparams, 2);
    hparams.attn_soft_cap = true;
    keys.get(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    keys.get("attn_logit_softcapping", hparams.f_attn_logit_softcapping);
    keys.get("final_logit_softcapping", hparams.f_final_logit_softcapping);
    scaleByHead(hparams);
}

void loadGemma3(Keys & keys, Hparams & hparams) {
    optionalWindow(keys, hparams, 6);
    hparams.f_final_logit_softcapping = 0.0F;
    keys.get("final_logit_softcapping", hparams.f_final_logit_softcapping);
    rmsNorm(keys);
    scaleByHead(hparams);
}

/// Layers from n_layer_kv_from_start on read the cache of an earlier layer of their kind; create_memory asserts that
/// there is one of each kind.
void requireCacheLayers(Keys & keys, const Hparams & hparams) {
    if (hparams.n_layer_kv_from_start < 2) {
        keys.fail("attention.shared_kv_layers", "at least the first two layers need a cache of their own");
    }
}

void loadGemma3n(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::standard;
    slidingPeriod(keys, hparams, 5);
    hparams.n_layer_kv_from_start = 20;
    hparams.f_attention_scale = 1.0F;
    keys.require(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
}

/// Width of heads in sliding layers. The loader wants keys and values to be equally wide in the first layer and in
/// those that slide.
void slidingHeads(Keys & keys, Hparams & hparams) {
    keys.require("attention.key_length_swa", hparams.n_embd_head_k_swa);
    keys.require("attention.value_length_swa", hparams.n_embd_head_v_swa);
    if (hparams.n_embd_head_k_swa != hparams.n_embd_head_v_swa) {
        keys.fail("attention.key_length_swa", "key_length_swa and value_length_swa must be equal in this architecture");
    }
    if (hparams.n_embd_head_k() != hparams.n_embd_head_v()) {
        keys.fail("attention.key_length", "key_length and value_length must be equal in this architecture");
    }
}

void loadGemma4(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::standard;
    slidingList(keys, hparams);
    uint32_t n_shared = 0;
    keys.get("attention.shared_kv_layers", n_shared);
    if (n_shared > hparams.n_layer_all) {
        keys.fail("attention.shared_kv_layers", phrase("{} layers share a cache, but the model has {}",
                                                       formatCount(n_shared), formatCount(hparams.n_layer_all)));
        return;
    }
    hparams.n_layer_kv_from_start = static_cast<int32_t>(hparams.n_layer_all - n_shared);
    requireCacheLayers(keys, hparams);
    hparams.f_attention_scale = 1.0F;
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    keys.require("embedding_length_per_layer_input", hparams.n_embd_per_layer);
    slidingHeads(keys, hparams);
    keys.get("final_logit_softcapping", hparams.f_final_logit_softcapping);
}

/// A draft for Gemma 4: all of its layers are nextn layers, and they attend to the target's cache.
void loadGemma4Assistant(Keys & keys, Hparams & hparams) {
    hparams.n_embd_inp_impl = hparams.n_embd_out();
    hparams.swa_type = SwaType::standard;
    slidingList(keys, hparams);
    hparams.f_attention_scale = 1.0F;
    uint32_t n_layer_nextn = 0;
    keys.get("nextn_predict_layers", n_layer_nextn);
    if (n_layer_nextn != hparams.n_layer_all) {
        keys.fail("nextn_predict_layers",
                  phrase("all {} layers of a gemma4-assistant are for prediction, the key says {}",
                         formatCount(hparams.n_layer_all), formatCount(n_layer_nextn)));
        return;
    }
    hparams.n_layer_nextn = n_layer_nextn;
    keys.require(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    slidingHeads(keys, hparams);
    if (hparams.n_embd_out() == hparams.n_embd) {
        keys.fail("embedding_length_out", "this key must hold the width of the target model, not the draft's own");
    }
}

void loadGemmaEmbedding(Keys & keys, Hparams & hparams) {
    hparams.swa_type = SwaType::symmetric;
    slidingPeriod(keys, hparams, 6);
    hparams.causal_attn = false;
    keys.require(key::kSlidingWindow, hparams.n_swa);
    rmsNorm(keys);
    keys.get("dense_2_feat_in", hparams.dense_2_feat_in);
    keys.get("dense_2_feat_out", hparams.dense_2_feat_out);
    keys.get("dense_3_feat_in", hparams.dense_3_feat_in);
    keys.get("dense_3_feat_out", hparams.dense_3_feat_out);
    if (hparams.dense_2_feat_in != 0 && hparams.dense_2_feat_in != hparams.n_embd) {
        keys.fail("dense_2_feat_in",
                  phrase("the first dense layer must take the embedding's {} values", formatCount(hparams.n_embd)));
    }
    if (hparams.dense_3_feat_out != 0 && hparams.dense_3_feat_out != hparams.n_embd) {
        keys.fail("dense_3_feat_out",
                  phrase("the last dense layer must give the embedding's {} values", formatCount(hparams.n_embd)));
    }
    scaleByHead(hparams);
}

bool isFull(const Hparams & hparams, uint32_t il) { return !hparams.is_swa(il); }

/// Centroids of the assistant's reduced vocabulary have no operation and stay unread.
bool skipsMaskedEmbedding(const Hparams &, int32_t, std::string_view name, bool) {
    return name.substr(0, 12) == "masked_embd_";
}

constexpr Architecture kRows[] = {
    {.name = "gemma", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "gemma-embedding",
     .cache = CacheKind::none,
     .task = Task::embedding,
     .rope = RopeType::neox,
     .load = loadGemmaEmbedding},
    {.name = "gemma2", .rope = RopeType::neox, .load = loadGemma2},
    {.name = "gemma3", .rope = RopeType::neox, .load = loadGemma3},
    {.name = "gemma3n", .rope = RopeType::neox, .load = loadGemma3n, .supports_sm_tensor = false},
    {.name = "gemma4",
     .since = {8637, 20260402},
     .rope = RopeType::neox,
     .load = loadGemma4,
     .layer_uses_rope_factors = isFull},
    {.name = "gemma4-assistant",
     .since = {9549, 20260607},
     .task = Task::draft,
     .rope = RopeType::neox,
     .load = loadGemma4Assistant,
     .skips_tensor = skipsMaskedEmbedding,
     .layer_uses_rope_factors = isFull,
     .needs_other_model = "a draft that attends to the cache of its Gemma 4 target, and can't be loaded without it"},
};

}  // namespace

std::span<const Architecture> gemma() { return kRows; }

}  // namespace ggufit::arch
