// Models with experts whose layers partly slide over a window.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadAfmoe(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    gating(keys, hparams, ExpertGating::sigmoid);
    expertWeights(keys, hparams);
    optionalWindow(keys, hparams, 4);
}

void loadGptOss(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    hparams.swa_type = SwaType::standard;
    slidingPeriod(keys, hparams, 2);
}

/// One shared expert where the file gives no count; its width is that of the others unless the file says otherwise.
void loadLaguna(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    gating(keys, hparams, ExpertGating::sigmoid);
    expertWeights(keys, hparams);
    hparams.n_expert_shared = 1;
    keys.get(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    if (hparams.n_ff_shexp == 0) {
        const uint64_t width = uint64_t{hparams.n_ff_exp} * hparams.n_expert_shared;
        if (width > UINT32_MAX) keys.fail(key::kSharedExperts, "the shared experts are too wide");
        hparams.n_ff_shexp = static_cast<uint32_t>(width);
    }
    optionalWindow(keys, hparams, 4, true);
}

void loadMellum(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    requireExperts(keys, hparams);
    keys.get(key::kSlidingWindow, hparams.n_swa);
    if (hparams.n_swa == 0) return;
    hparams.swa_type = SwaType::standard;
    uint32_t period = 4;
    if (keys.getUnlessArray(key::kSlidingPattern, period)) {
        hparams.set_swa_pattern(period);
    } else {
        slidingList(keys, hparams);
    }
}

void loadMimo2(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    hparams.swa_type = SwaType::standard;
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    slidingList(keys, hparams);
    float value_scale = 1.0F;
    keys.get("attention.value_scale", value_scale);
    if (value_scale != 1.0F) hparams.f_attn_value_scale = value_scale;
    nextnLayers(keys, hparams);
}

/// Without a window every layer uses rope; with one, its size is the loader's own (smallthinker.cpp).
void loadSmallthinker(Keys & keys, Hparams & hparams) {
    optionalWindow(keys, hparams, 4, true);
    if (hparams.n_swa > 0) {
        hparams.n_swa = 4096;
    } else {
        hparams.n_no_rope_layer_step = hparams.n_layer();
    }
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    rmsNorm(keys);
    gating(keys, hparams);
    requireExperts(keys, hparams);
}

/// Full layers turn half of each head, sliding layers all of it.
void loadStep35(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    hparams.swa_type = SwaType::standard;
    hparams.n_rot_full /= 2;
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    gating(keys, hparams, ExpertGating::sigmoid);
    expertWeights(keys, hparams);
    keys.require(key::kSlidingWindow, hparams.n_swa);
    slidingList(keys, hparams);
    keys.getPerLayer("swiglu_clamp_exp", hparams.swiglu_clamp_exp, hparams.n_layer());
    keys.getPerLayer("swiglu_clamp_shexp", hparams.swiglu_clamp_shexp, hparams.n_layer());
    nextnLayers(keys, hparams);
}

/// Of a prediction layer that nobody asked for, only what the loader requires is left out; what it takes as optional is
/// loaded all the same (step35.cpp, load_block_mtp).
bool skipsRequiredOnly(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) {
    static constexpr std::string_view kSkipped[] = {"attn_norm",   "attn_qkv",    "attn_q",   "attn_k",
                                                    "attn_v",      "attn_output", "ffn_norm", "nextn.eh_proj",
                                                    "nextn.enorm", "nextn.hnorm"};
    return skipsNextnUnlessAsked(hparams, block, name, load_mtp) && nameIsOneOf(nameInBlock(name), kSkipped);
}

constexpr Architecture kRows[] = {
    {.name = "afmoe", .rope = RopeType::neox, .load = loadAfmoe},
    {.name = "gpt-oss", .rope = RopeType::neox, .load = loadGptOss, .tied_output = false},
    {.name = "laguna", .since = {10087, 20260722}, .rope = RopeType::neox, .load = loadLaguna},
    {.name = "mellum", .since = {9482, 20260602}, .rope = RopeType::neox, .load = loadMellum, .tied_output = false},
    {.name = "mimo2",
     .since = {7534, 20251224},
     .rope = RopeType::neox,
     .load = loadMimo2,
     .tied_output = false,
     .skips_tensor = skipsNextnUnlessAsked,
     .caches_layer = isTrunk},
    {.name = "smallthinker", .rope = RopeType::neox, .load = loadSmallthinker},
    {.name = "step35",
     .since = {7964, 20260206},
     .rope = RopeType::neox,
     .load = loadStep35,
     .tied_output = false,
     .skips_tensor = skipsRequiredOnly,
     .caches_layer = isTrunk},
};

}  // namespace

std::span<const Architecture> sliding_moe() { return kRows; }

}  // namespace ggufit::arch
