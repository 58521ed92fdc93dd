// The dense decoder that most architectures are: norm, attention, norm, feed-forward, each with a residual around it.
#pragma once

#include "graph/context.h"

namespace ggufit {

/// Inputs that all layers read.
struct PlainInputs {
    NodeId pos = NodeId::none, out_ids = NodeId::none;
    NodeId scale = NodeId::none;  // of Q by its position, where the file asks for it
    AttnInput attn;
};

/// What plain decoders differ in. Tensors that a file lacks (biases, norms inside blocks, a gate, learned positions)
/// leave their operations out by themselves.
struct PlainDecoder {
    NormKind norm = NormKind::rms;
    NormKind head_norm = NormKind::rms;  // of Q and K, before rope
    bool head_norm_after_rope = false;

    // Norms before and after attention and feed-forward, by the tensors that hold their weights; null: no norm.
    const char * attn_norm = "attn_norm";
    const char * attn_post_norm = nullptr;
    const char * ffn_norm = "ffn_norm";
    const char * ffn_post_norm = nullptr;
    bool pins_ffn_post_norm = true;  // to the layer's device, as other norms

    bool (*has_rope)(const Hparams & hp, int64_t il) = nullptr;  // which layers turn Q and K; null: all
    bool rope_factors = false;                                   // frequency factors of the file
    bool reads_cache = true;                                     // false: attends to the batch alone
    bool scales_q = false;                                       // before attention rather than inside
    bool biases = true;       // false: attn_output.bias and those of the feed-forward are loaded but not added
    bool ffn_scales = false;  // NVFP4 scales of the feed-forward are multiplied in
    bool scales_embedding = false;
    bool scales_residual = false;
    bool experts = false;         // instead of the feed-forward in layers with a router
    bool residual_first = false;  // residual + attention rather than attention + residual
    bool selects_outputs = true;  // false: the last layer and the head run for all tokens
    Activation activation = Activation::silu;
    const char * attn_name = nullptr;  // how the attention's output is named; null: not at all

    /// Projections into heads, their norms included, where they are not GraphContext::qkv; null: they are.
    Qkv (*project)(GraphContext & c, const PlainInputs & in, NodeId x, int64_t il) = nullptr;
    /// Everything behind the last layer; null: the usual norm and head.
    void (*finish)(GraphContext & c, NodeId x) = nullptr;
};

/// has_rope where positions enter by ALiBi, by learned embeddings or not at all.
inline bool noRope(const Hparams &, int64_t) { return false; }

/// Embeddings, with the norm and the learned positions that the file has, and the other inputs.
NodeId plainInputs(GraphContext & c, const PlainDecoder & t, PlainInputs & in);

/// Attention over a normed x, output projection included.
NodeId plainAttention(GraphContext & c, const PlainDecoder & t, const PlainInputs & in, NodeId x, int64_t il);

/// Dense feed-forward, or experts where the layer has a router.
NodeId plainFfn(GraphContext & c, const PlainDecoder & t, NodeId x, int64_t il);

void plainDecoder(GraphContext & c, const PlainDecoder & t);

/// Decoders whose attention and feed-forward both start from the layer's input x; `sum` adds the three up in its
/// architecture's order. The feed-forward has a norm of its own where the file has ffn_norm, attention where it has
/// attn_norm_2, else they share attn_norm.
void parallelDecoder(GraphContext & c, const PlainDecoder & t,
                     NodeId (*sum)(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn));

}  // namespace ggufit
