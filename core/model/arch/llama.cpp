// Llama and the models that share its blocks.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// Scout normalizes q and k; Maverick, which has 128 experts, does not (llama4.cpp).
void loadLlama4(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require("interleave_moe_layer_step", hparams.n_moe_layer_step);
    if (keys.get(key::kSlidingWindow, hparams.n_swa) && hparams.n_swa == 0) {
        hparams.n_no_rope_layer_step = hparams.n_layer();  // rope in every layer
    } else {
        hparams.swa_type = SwaType::chunked;
        hparams.n_swa = 8192;
        hparams.n_attn_temp_floor_scale = 8192;
        hparams.f_attn_temp_scale = 0.1F;
        slidingPeriod(keys, hparams, 4);
    }
    hparams.use_kq_norm = hparams.n_expert != 128;
    requireExperts(keys, hparams);
}

void loadSmollm3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    hparams.n_no_rope_layer_step = 4;
}

void loadMistral3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get("attention.temperature_scale", hparams.f_attn_temp_scale);
    if (hparams.f_attn_temp_scale == 0.0F) return;
    hparams.n_attn_temp_floor_scale = hparams.n_ctx_orig_yarn;
    if (hparams.n_attn_temp_floor_scale == 0) {
        keys.fail("rope.scaling.original_context_length",
                  "attention temperature scaling needs an original context length above 0");
    }
}

void loadApertus(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    for (std::string_view name : {"xielu.alpha_n", "xielu.alpha_p", "xielu.beta", "xielu.eps"}) {
        PerLayer<float> values{};
        keys.requirePerLayer(name, values, hparams.n_layer());
    }
}

/// The blocks of the file are run n_loops times: each turn has its own cache (nanbeige.cpp).
void loadNanbeige(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    uint32_t n_loops = 1;
    keys.get("num_loops", n_loops);
    keys.get("skip_loop_final_norm", hparams.skip_loop_final_norm);
    const uint32_t n_layer_phys = hparams.n_layer_all;
    if (n_loops == 0 || n_loops > kMaxLayers / n_layer_phys) {
        keys.fail("num_loops", "the loops must be at least 1 and make at most 512 layers in all");
        return;
    }
    for (uint32_t il = n_layer_phys; il < n_layer_phys * n_loops; ++il) {
        const uint32_t source = il % n_layer_phys;
        hparams.n_head_arr[il] = hparams.n_head_arr[source];
        hparams.n_head_kv_arr[il] = hparams.n_head_kv_arr[source];
        hparams.n_ff_arr[il] = hparams.n_ff_arr[source];
        hparams.is_swa_impl[il] = hparams.is_swa_impl[source];
        hparams.is_recr_impl[il] = hparams.is_recr_impl[source];
    }
    hparams.n_loops = n_loops;
    hparams.n_layer_all = n_layer_phys * n_loops;
}

bool isInFile(const Hparams & hparams, uint32_t il) { return il < hparams.n_layer_phys(); }

void loadTalkie(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require(key::kLogitScale, hparams.f_logit_scale);
}

void loadChameleon(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get("swin_norm", hparams.swin_norm);
}

constexpr Architecture kRows[] = {
    {.name = "apertus", .rope = RopeType::neox, .load = loadApertus, .tied_output = false},
    {.name = "arcee", .rope = RopeType::norm, .load = loadRmsNorm},
    {.name = "bitnet",
     .rope = RopeType::neox,
     .load = loadRmsNorm,
     .tied_output = false,  // the graph reads token_embd itself
     .supports_sm_tensor = false},
    {.name = "chameleon", .rope = RopeType::norm, .load = loadChameleon},
    {.name = "cogvlm", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "deci", .rope = RopeType::norm, .rope_whole_head = true, .load = loadRmsNorm},
    {.name = "internlm2", .rope = RopeType::norm, .load = loadRmsNorm, .tied_output = false},
    {.name = "llama", .rope = RopeType::norm, .rope_whole_head = true, .load = loadRmsNorm},
    {.name = "llama-embed",
     .since = {7531, 20251224},
     .task = Task::embedding,
     .rope = RopeType::norm,
     .rope_whole_head = true,
     .load = loadRmsNorm},
    {.name = "llama4", .rope = RopeType::norm, .load = loadLlama4},
    {.name = "maincoder", .since = {7614, 20260102}, .rope = RopeType::norm, .load = loadRmsNorm},
    {.name = "mistral3", .since = {7216, 20251201}, .rope = RopeType::norm, .load = loadMistral3},
    {.name = "nanbeige",
     .since = {10107, 20260724},
     .rope = RopeType::norm,
     .load = loadNanbeige,
     .layer_uses_rope_factors = isInFile,
     .long_graphs = true},
    {.name = "orion", .rope = RopeType::neox, .load = loadLayerNorm, .tied_output = false},
    {.name = "pangu-embedded", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "seed_oss", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "smollm3", .rope = RopeType::norm, .load = loadSmollm3},
    {.name = "stablelm", .rope = RopeType::neox, .load = loadLayerNorm, .tied_output = false},
    {.name = "talkie", .since = {9337, 20260526}, .rope = RopeType::neox, .load = loadTalkie, .tied_output = false},
    {.name = "xverse", .rope = RopeType::norm, .load = loadRmsNorm, .tied_output = false},
};

}  // namespace

std::span<const Architecture> llama() { return kRows; }

}  // namespace ggufit::arch
