// Qwen, from the first to the third generation, with its vision and speech forms.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadQwen2vl(Keys & keys, Hparams & hparams) { requireRopeSections(keys, hparams); }

void loadQwen2moe(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    keys.get(key::kSharedExpertFf, hparams.n_ff_shexp);
    rmsNorm(keys);
    requireExperts(keys, hparams);
}

void loadQwen3moe(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    rmsNorm(keys);
    requireExperts(keys, hparams);
}

/// The vision tower's features of several depths are added to the first layers.
void loadQwen3vl(Keys & keys, Hparams & hparams) {
    keys.get("n_deepstack_layers", hparams.n_deepstack_layers);
    requireRopeSections(keys, hparams);
    rmsNorm(keys);
}

void loadQwen3vlmoe(Keys & keys, Hparams & hparams) {
    loadQwen3vl(keys, hparams);
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    requireExperts(keys, hparams);
}

constexpr Architecture kRows[] = {
    {.name = "qwen", .rope = RopeType::neox, .load = loadRmsNorm, .tied_output = false},
    {.name = "qwen2", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "qwen2moe", .rope = RopeType::neox, .load = loadQwen2moe, .tied_output = false},
    {.name = "qwen2vl", .rope = RopeType::mrope, .load = loadQwen2vl},
    {.name = "qwen3", .rope = RopeType::neox, .load = loadRmsNorm},
    {.name = "qwen3moe", .rope = RopeType::neox, .load = loadQwen3moe},
    {.name = "qwen3tts",
     .since = {10107, 20260724},
     .task = Task::audio,
     .rope = RopeType::imrope,
     .load = loadQwen3vl,
     .supports_sm_tensor = false},
    {.name = "qwen3vl", .rope = RopeType::imrope, .load = loadQwen3vl},
    {.name = "qwen3vlmoe", .rope = RopeType::imrope, .load = loadQwen3vlmoe},
};

}  // namespace

std::span<const Architecture> qwen() { return kRows; }

}  // namespace ggufit::arch
