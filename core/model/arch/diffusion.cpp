// Language models that generate by diffusion: all tokens attend to all, and nothing is cached.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadDense(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    hparams.causal_attn = false;
}

void loadMoe(Keys & keys, Hparams & hparams) {
    keys.get(key::kExpertFf, hparams.n_ff_exp);
    loadDense(keys, hparams);
    requireExperts(keys, hparams);
}

constexpr Architecture diffusionRow(std::string_view name, RopeType rope, void (*load)(Keys &, Hparams &), bool tied) {
    Architecture row;
    row.name = name;
    row.cache = CacheKind::none;
    row.task = Task::diffusion;
    row.rope = rope;
    row.load = load;
    row.tied_output = tied;
    return row;
}

constexpr Architecture kRows[] = {
    diffusionRow("dream", RopeType::neox, loadDense, true),
    diffusionRow("llada", RopeType::norm, loadDense, true),
    diffusionRow("llada-moe", RopeType::neox, loadMoe, false),
    diffusionRow("rnd1", RopeType::neox, loadMoe, true),
};

}  // namespace

std::span<const Architecture> diffusion() { return kRows; }

}  // namespace ggufit::arch
