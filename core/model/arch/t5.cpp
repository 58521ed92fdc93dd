// T5: an encoder and a decoder in one file, or the encoder alone.
#include "base/units.h"
#include "model/arch_load.h"

#include "base/phrase.h"

namespace ggufit::arch {

namespace {

void loadEncoder(Keys & keys, Hparams & hparams) {
    rmsNorm(keys);
    keys.require("attention.relative_buckets_count", hparams.n_rel_attn_bkts);
}

void loadT5(Keys & keys, Hparams & hparams) {
    loadEncoder(keys, hparams);
    hparams.dec_n_layer = hparams.n_layer();
    keys.get("decoder_block_count", hparams.dec_n_layer);
    if (hparams.dec_n_layer > hparams.n_layer_all) {
        keys.fail("decoder_block_count",
                  phrase("llama.cpp does not load decoders with more layers ({}) than the encoder ({})",
                         formatCount(hparams.dec_n_layer), formatCount(hparams.n_layer_all)));
    }
}

/// The position bias of cross attention is in converted files, and no operation reads it.
bool skipsCrossBias(const Hparams &, int32_t, std::string_view name, bool) {
    return nameInBlock(name) == "cross_attn_rel_b.weight";
}

constexpr Architecture kRows[] = {
    {.name = "t5",
     .task = Task::encoder_decoder,
     .load = loadT5,
     .skips_tensor = skipsCrossBias,
     .supports_sm_tensor = false},
    {.name = "t5encoder", .task = Task::embedding, .load = loadEncoder},
};

}  // namespace

std::span<const Architecture> t5() { return kRows; }

}  // namespace ggufit::arch
