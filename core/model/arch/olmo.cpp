// OLMo: the dense generations and the mixture of experts.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadOlmo(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.get("attention.clamp_kqv", hparams.f_clamp_kqv);
}

void loadOlmo2(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    optionalWindow(keys, hparams, 4);
}

void loadOlmoe(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    requireExperts(keys, hparams);
}

constexpr Architecture kRows[] = {
    {.name = "olmo", .rope = RopeType::norm, .load = loadOlmo},
    {.name = "olmo2", .rope = RopeType::neox, .load = loadOlmo2, .tied_output = false, .supports_sm_tensor = false},
    {.name = "olmoe", .rope = RopeType::neox, .load = loadOlmoe, .tied_output = false, .supports_sm_tensor = false},
};

}  // namespace

std::span<const Architecture> olmo() { return kRows; }

}  // namespace ggufit::arch
