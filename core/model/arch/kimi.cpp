// Kimi Linear: delta attention with a state in layers without KV heads, latent attention (MLA) in the others.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

void loadKimiLinear(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.requirePresent("attention.key_length_mla");
    keys.requirePresent("attention.value_length_mla");
    mlaLengths(keys, hparams);
    keys.require(key::kKvLora, hparams.n_lora_kv);
    keys.require("ssm.conv_kernel", hparams.ssm_d_conv);
    keys.require("kda.head_dim", hparams.n_embd_head_kda);
    recurrentWithoutKvHeads(hparams);
    keys.require(key::kExpertFf, hparams.n_ff_exp);
    keys.require(key::kSharedExperts, hparams.n_expert_shared);
    keys.get(key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.get(key::kExpertScale, hparams.expert_weights_scale);
    requireGating(keys, hparams);
}

constexpr Architecture kRows[] = {
    {.name = "kimi-linear",
     .since = {7957, 20260206},
     .cache = CacheKind::hybrid,
     .load = loadKimiLinear,
     .tied_output = false,
     .supports_sm_tensor = false,
     .long_graphs = true},
};

}  // namespace

std::span<const Architecture> kimi() { return kRows; }

}  // namespace ggufit::arch
