// WavTokenizer's decoder: a network of convolutions that makes sound of audio tokens.
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// The embedding's width is features_length here; embedding_length is that of the output
/// (llama_model_base::load_hparams).
void widths(Keys & keys, Hparams & hparams) {
    keys.require("features_length", hparams.n_embd);
    keys.require("embedding_length", hparams.n_embd_out_impl);
    keys.require("posnet.embedding_length", hparams.posnet_n_embd);
    keys.require("posnet.block_count", hparams.posnet_n_layer);
    keys.require("convnext.embedding_length", hparams.convnext_n_embd);
    keys.require("convnext.block_count", hparams.convnext_n_layer);
}

void loadWavtokenizer(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    keys.requirePresent("attention.group_norm_epsilon");
    keys.require("attention.group_norm_groups", hparams.n_norm_groups);
    if (hparams.posnet_n_embd != hparams.convnext_n_embd) {
        keys.fail("posnet.embedding_length", "posnet and convnext must have the same width");
    }
    if (hparams.posnet_n_layer > 6)
        keys.fail("posnet.block_count", "llama.cpp knows the first 6 blocks of the network only");
}

constexpr Architecture kRows[] = {
    {.name = "wavtokenizer-dec",
     .cache = CacheKind::none,
     .task = Task::audio,
     .load_first = widths,
     .load = loadWavtokenizer,
     .tied_output = false},
};

}  // namespace

std::span<const Architecture> audio() { return kRows; }

}  // namespace ggufit::arch
