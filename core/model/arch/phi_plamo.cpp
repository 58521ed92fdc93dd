// Phi and PLaMo, and Nemotron without states: small families of plain decoders.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// llama.cpp switches Phi's sliding window off, whatever the file says (phi3.cpp).
void loadPhi3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.get(key::kSlidingWindow, hparams.n_swa);
    if (hparams.n_swa != 0) {
        keys.warn("llama.cpp does not use this model's sliding window: all layers attend fully", "");
        hparams.n_swa = 0;
    }
}

void loadPlamo3(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    optionalWindow(keys, hparams, 8);
}

constexpr Architecture kRows[] = {
    {.name = "nemotron", .rope = RopeType::neox, .load = loadLayerNorm, .tied_output = false},
    {.name = "phi2", .rope = RopeType::neox, .load = loadLayerNorm, .tied_output = false},
    {.name = "phi3", .rope = RopeType::neox, .load = loadPhi3},
    {.name = "phimoe", .rope = RopeType::neox, .load = loadRmsNorm, .tied_output = false},
    {.name = "plamo", .rope = RopeType::neox, .load = loadRmsNorm, .tied_output = false},
    {.name = "plamo3", .since = {7563, 20251228}, .rope = RopeType::neox, .load = loadPlamo3},
};

}  // namespace

std::span<const Architecture> phi_plamo() { return kRows; }

}  // namespace ggufit::arch
