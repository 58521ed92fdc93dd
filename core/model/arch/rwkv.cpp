// RWKV: recurrent states instead of a cache, in every layer.
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// The width of a head divides the embedding in every graph of this family.
void headSize(Keys & keys, Hparams & hparams) {
    keys.require("wkv.head_size", hparams.wkv_head_size);
    if (keys.has("wkv.head_size") && hparams.wkv_head_size == 0) {
        keys.fail("wkv.head_size", "the head size must be above 0");
    }
}

void loadRwkv6(Keys & keys, Hparams & hparams) {
    headSize(keys, hparams);
    keys.require("time_mix_extra_dim", hparams.time_mix_extra_dim);
    keys.require("time_decay_extra_dim", hparams.time_decay_extra_dim);
    keys.get("rescale_every_n_layers", hparams.rescale_every_n_layers);
    keys.get("token_shift_count", hparams.token_shift_count);
}

void loadRwkv7(Keys & keys, Hparams & hparams) {
    headSize(keys, hparams);
    keys.require("attention.decay_lora_rank", hparams.n_lora_decay);
    keys.require("attention.iclr_lora_rank", hparams.n_lora_iclr);
    keys.require("attention.value_residual_mix_lora_rank", hparams.n_lora_value_res_mix);
    keys.get("attention.gate_lora_rank", hparams.n_lora_gate);
    keys.get("token_shift_count", hparams.token_shift_count);
}

constexpr Architecture recurrentRow(std::string_view name, void (*load)(Keys &, Hparams &)) {
    Architecture row;
    row.name = name;
    row.cache = CacheKind::recurrent;
    row.load = load;
    row.tied_output = false;
    return row;
}

constexpr Architecture kRows[] = {
    recurrentRow("arwkv7", loadRwkv7),
    recurrentRow("rwkv6", loadRwkv6),
    recurrentRow("rwkv6qwen2", loadRwkv6),
    recurrentRow("rwkv7", loadRwkv7),
};

}  // namespace

std::span<const Architecture> rwkv() { return kRows; }

}  // namespace ggufit::arch
