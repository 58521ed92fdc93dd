// The first generation of decoders: GPT-2 and its contemporaries, with learned positions, ALiBi or early rope.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// ALiBi slopes that the loader sets itself, without a key.
constexpr float kFixedAlibiBias = 8.0F;

void loadBaichuan(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    if (hparams.n_layer() == 40) hparams.f_max_alibi_bias = kFixedAlibiBias;  // the 13B model
}

void loadBloom(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    hparams.f_max_alibi_bias = kFixedAlibiBias;
}

void loadRefact(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    hparams.f_max_alibi_bias = kFixedAlibiBias;
}

void loadJais(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.get("attention.max_alibi_bias", hparams.f_max_alibi_bias);
}

void loadMpt(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.get("attention.clamp_kqv", hparams.f_clamp_kqv);
    keys.get("attention.max_alibi_bias", hparams.f_max_alibi_bias);
}

void loadGptneox(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.require("use_parallel_residual", hparams.use_par_res);
}

void loadGptj(Keys & keys, Hparams &) {
    keys.fail("general.architecture", "llama.cpp knows the name gptj, but has no code that runs it",
              ErrorCode::unsupported);
}

constexpr Architecture kRows[] = {
    {.name = "baichuan", .rope = RopeType::norm, .load = loadBaichuan, .tied_output = false},
    {.name = "bloom", .load = loadBloom},
    {.name = "codeshell", .rope = RopeType::neox, .load = loadLayerNorm, .tied_output = false, .tied_input = true},
    {.name = "falcon", .rope = RopeType::neox, .rope_whole_head = true, .load = loadLayerNorm},
    {.name = "gpt2", .load = loadLayerNorm},
    {.name = "gptj", .load = loadGptj},
    {.name = "gptneox", .rope = RopeType::neox, .load = loadGptneox, .tied_output = false},
    {.name = "jais", .load = loadJais, .tied_output = false},
    {.name = "jais2", .since = {8106, 20260219}, .rope = RopeType::neox, .load = loadLayerNorm},
    {.name = "mpt", .load = loadMpt, .supports_sm_tensor = false},
    {.name = "openelm", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "refact", .load = loadRefact},
    {.name = "starcoder", .rope = RopeType::norm, .load = loadLayerNorm},
    {.name = "starcoder2", .rope = RopeType::neox, .load = loadLayerNorm},
};

}  // namespace

std::span<const Architecture> gpt() { return kRows; }

}  // namespace ggufit::arch
