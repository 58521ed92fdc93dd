// Hunyuan, dense, with experts, with vision; and its successor HY V3.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// One expert counts as none (llama_model_base::load_hparams).
void forgetSingleExpert(Keys &, Hparams & hparams) {
    if (hparams.n_expert > 1) return;
    hparams.n_expert = 0;
    hparams.n_expert_used = 0;
}

void loadVision(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    ropeSections(keys, hparams);
}

void loadMoe(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
}

void loadHyV3(Keys & keys, Hparams & hparams) {
    loadMoe(keys, hparams);
    gating(keys, hparams, ExpertGating::sigmoid);
    expertWeights(keys, hparams);
    nextnLayers(keys, hparams);
}

/// Of a prediction layer that nobody asked for, only what the loader requires is left out; its experts are optional to
/// the loader and loaded all the same (hy-v3.cpp, load_block).
bool skipsRequiredOnly(const Hparams & hparams, int32_t block, std::string_view name, bool load_mtp) {
    static constexpr std::string_view kSkipped[] = {"attn_norm", "attn_qkv",      "attn_q",      "attn_k",
                                                    "attn_v",    "attn_output",   "attn_q_norm", "attn_k_norm",
                                                    "ffn_norm",  "nextn.eh_proj", "nextn.enorm", "nextn.hnorm"};
    return skipsNextnUnlessAsked(hparams, block, name, load_mtp) && nameIsOneOf(nameInBlock(name), kSkipped);
}

RopeType visionRope(const Hparams & hparams) { return hparams.use_mrope() ? RopeType::mrope : RopeType::neox; }

constexpr Architecture kRows[] = {
    {.name = "hunyuan-dense", .rope = RopeType::neox, .load_first = forgetSingleExpert, .load = loadVision},
    {.name = "hunyuan-moe", .rope = RopeType::neox, .load = loadMoe},
    {.name = "hunyuan_vl",
     .since = {8885, 20260422},
     .load_first = forgetSingleExpert,
     .load = loadVision,
     .rope_of = visionRope},
    {.name = "hy_v3",
     .since = {9993, 20260714},
     .rope = RopeType::neox,
     .load = loadHyV3,
     .skips_tensor = skipsRequiredOnly,
     .caches_layer = isTrunk},
};

}  // namespace

std::span<const Architecture> hunyuan() { return kRows; }

}  // namespace ggufit::arch
