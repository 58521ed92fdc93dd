// Models with experts whose layers all attend fully.
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadDbrx(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.require("attention.clamp_kqv", hparams.f_clamp_kqv);
    requireExperts(keys, hparams);
}

/// Grok's constants hold where an older file has no keys for them (grok.cpp).
void loadGrok(Keys & keys, Hparams & hparams) {
    hparams.f_logit_scale = 0.57735026F;
    hparams.f_embedding_scale = 78.383675F;
    hparams.f_attn_out_scale = 0.088388346F;
    hparams.f_attn_logit_softcapping = 30.0F;
    hparams.f_router_logit_softcapping = 30.0F;
    hparams.f_final_logit_softcapping = 0.0F;
    rmsNorm(keys);
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kLogitScale, hparams.f_logit_scale);
    keys.get("embedding_scale", hparams.f_embedding_scale);
    keys.get("attention.output_scale", hparams.f_attn_out_scale);
    keys.get("attn_logit_softcapping", hparams.f_attn_logit_softcapping);
    keys.get("router_logit_softcapping", hparams.f_router_logit_softcapping);
    keys.get("final_logit_softcapping", hparams.f_final_logit_softcapping);
    keys.get("attention.temperature_length", hparams.attn_temp_length);
    requireExperts(keys, hparams);
}

void loadBailingmoe(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    requireExperts(keys, hparams);
}

void loadBailingmoe2(Keys & keys, Hparams & hparams) {
    loadBailingmoe(keys, hparams);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    requireGating(keys, hparams);
    nextnLayers(keys, hparams);
}

void loadDots1(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    gating(keys, hparams);
    if (hparams.n_layer_dense_lead < hparams.n_layer()) requireExperts(keys, hparams);
}

void loadErnie(Keys & keys, Hparams & hparams) {
    ropeSections(keys, hparams);
    rmsNorm(keys);
}

void loadErnieMoe(Keys & keys, Hparams & hparams) {
    loadErnie(keys, hparams);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    keys.require("interleave_moe_layer_step", hparams.n_moe_layer_step);
    if (keys.has("interleave_moe_layer_step") && hparams.n_moe_layer_step == 0) {
        keys.fail("interleave_moe_layer_step", "the step between expert layers must be at least 1");
    }
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
}

void loadGrovemoe(Keys & keys, Hparams & hparams) {
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get("expert_chunk_feed_forward_length", hparams.n_ff_chexp);
    keys.require("expert_group_scale", hparams.expert_group_scale);
    keys.require("experts_per_group", hparams.n_group_experts);
    rmsNorm(keys);
    requireExperts(keys, hparams);
    if (keys.has("experts_per_group") && hparams.n_group_experts == 0) {
        keys.fail("experts_per_group", "the experts of a group must be at least 1");
    }
}

void loadMinimaxM2(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    gating(keys, hparams);
}

/// Layers behind the leading dense ones attend to blocks that an indexer picks (minimax-m3.cpp).
void loadMinimaxM3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    expertWeights(keys, hparams);
    requireGating(keys, hparams);
    indexer(keys, hparams);
    keys.require("attention.indexer.block_size", hparams.indexer_block_size);
    keys.require("attention.indexer.local_blocks", hparams.indexer_local_blocks);
    if (keys.has("attention.indexer.block_size") && hparams.indexer_block_size == 0) {
        keys.fail("attention.indexer.block_size", "the blocks that the indexer picks must not be empty");
    }
}

bool behindDenseLayers(const Hparams & hparams, uint32_t il) { return il >= hparams.n_layer_dense_lead; }

constexpr Architecture kRows[] = {
    {.name = "arctic", .rope = RopeType::norm, .load = loadRmsNorm},
    {.name = "bailingmoe", .rope = RopeType::norm, .load = loadBailingmoe, .tied_output = false},
    {.name = "bailingmoe2",
     .rope = RopeType::neox,
     .load = loadBailingmoe2,
     .tied_output = false,
     .skips_tensor = skipsNextnAlways},
    {.name = "dbrx", .rope = RopeType::neox, .load = loadDbrx, .tied_output = false},
    {.name = "dots1", .rope = RopeType::neox, .load = loadDots1, .tied_output = false},
    {.name = "ernie4_5", .rope = RopeType::norm, .load = loadErnie},
    {.name = "ernie4_5-moe", .rope = RopeType::norm, .load = loadErnieMoe},
    {.name = "grok", .rope = RopeType::neox, .load = loadGrok, .supports_sm_tensor = false, .forbids_flash_attn = true},
    {.name = "grovemoe", .rope = RopeType::neox, .load = loadGrovemoe},
    {.name = "minimax-m2",
     .rope = RopeType::neox,
     .load = loadMinimaxM2,
     .tied_output = false,
     .supports_sm_tensor = false},
    {.name = "minimax-m3",
     .since = {10107, 20260724},
     .cache = CacheKind::msa,
     .rope = RopeType::neox,
     .load = loadMinimaxM3,
     .tied_output = false,
     .caches_indexer = behindDenseLayers,
     .supports_sm_tensor = false,
     .long_graphs = true},
    {.name = "paddleocr", .since = {8110, 20260219}, .rope = RopeType::mrope, .load = loadErnie},
};

}  // namespace

std::span<const Architecture> moe() { return kRows; }

}  // namespace ggufit::arch
