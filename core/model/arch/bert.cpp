// Encoders for embeddings and ranking: no cache, no output layer.
#include "base/units.h"
#include "model/arch_load.h"

namespace ggufit::arch {

namespace {

/// Segment embeddings need a count, even where the file has none of them (bert.cpp, load_arch_tensors).
void requireTokenTypes(Keys & keys, const Hparams & hparams) {
    if (hparams.n_token_types == 0) {
        keys.fail(
            "tokenizer.ggml.token_type_count",
            "llama.cpp needs the count of token types for this architecture; get a file from a current converter");
    }
}

void loadBert(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    requireTokenTypes(keys, hparams);
}

void loadNomic(Keys & keys, Hparams & hparams) {
    keys.get("moe_every_n_layers", hparams.moe_every_n_layers);
    loadBert(keys, hparams);
    if (hparams.moe_every_n_layers > 0) requireExperts(keys, hparams);
}

void loadJinaV2(Keys & keys, Hparams & hparams) {
    layerNorm(keys);
    hparams.f_max_alibi_bias = 8.0F;
}

/// The activation of the feed-forward network; names that llama.cpp does not know count as geglu.
FfnOp ffnOp(const std::string & name) {
    if (name == "silu" || name == "swish" || name == "swiglu") return FfnOp::swiglu;
    if (name == "relu") return FfnOp::relu;
    if (name == "reglu") return FfnOp::reglu;
    return FfnOp::geglu;
}

void loadModernBert(Keys & keys, Hparams & hparams) {
    optionalWindow(keys, hparams, 3, true, SwaType::symmetric);
    layerNorm(keys);
    std::string activation = "geglu";
    keys.get("hidden_activation", activation);
    hparams.ffn_op = ffnOp(activation);
}

/// A row that all encoders have in common.
constexpr Architecture encoder(std::string_view name, RopeType rope, void (*load)(Keys &, Hparams &)) {
    Architecture row;
    row.name = name;
    row.cache = CacheKind::none;
    row.task = Task::embedding;
    row.rope = rope;
    row.load = load;
    row.tied_output = false;
    return row;
}

constexpr Architecture kRows[] = {
    encoder("bert", RopeType::neox, loadBert),
    encoder("eurobert", RopeType::neox, loadRmsNorm),
    encoder("jina-bert-v2", RopeType::none, loadJinaV2),
    encoder("jina-bert-v3", RopeType::neox, loadBert),
    encoder("modern-bert", RopeType::neox, loadModernBert),
    encoder("neo-bert", RopeType::norm, loadRmsNorm),
    encoder("nomic-bert", RopeType::neox, loadNomic),
    encoder("nomic-bert-moe", RopeType::neox, loadNomic),
};

}  // namespace

std::span<const Architecture> bert() { return kRows; }

}  // namespace ggufit::arch
