// The layer that most decoders with experts share, as rules that an architecture fills in.
#pragma once

#include "graph/build.h"

namespace ggufit::experts {

enum class QkNorm : uint8_t {
    none,
    heads,       // of each head, before rope
    where_file,  // the same, for the tensors that the file has
    after_rope,  // of each head, after rope
    rows,        // of the whole projection, before it is cut into heads
};

struct AttnRules {
    QkNorm qk_norm = QkNorm::none;
    bool rope = true;
    bool rope_factors = false;
    bool output_bias = true;  // attn_output.bias is added where the file has it
    const char * name = nullptr;
};

enum class NormWeights : uint8_t { no, yes, as_file };
enum class Shared : uint8_t { none, always, where_sized, where_file, gated };  // gated: by a router of its own
enum class Dense : uint8_t { none, leading, without_router, between };

struct FfnRules {
    NormWeights norm_weights = NormWeights::as_file;
    ExpertGating gating = ExpertGating::none;  // none: as the file says
    bool selection_bias = true;
    bool scales = false;  // NVFP4 scales are multiplied in
    Shared shared = Shared::none;
    bool shared_first = false;  // built before the routed experts, added after
    Dense dense = Dense::none;  // which layers are dense
    bool dense_biases = false;
    Activation activation = Activation::silu;
};

/// What a layer reads besides its weights.
struct Inputs {
    AttnInput attn;
    NodeId pos = NodeId::none, out_ids = NodeId::none;
};

struct Rules {
    AttnRules attn = {};
    FfnRules ffn = {};
    NormKind norm = NormKind::rms;
    const char * ffn_norm = "ffn_norm";
    const char * ffn_norm_name = "ffn_norm";  // of its result
    bool deepstack = false;                   // the first layers add further inputs
    bool late_outputs = false;  // every token runs through the last layer, and MTP layers start from its norm
};

/// Positions, caches and the ids of the outputs, in llama.cpp's order.
Inputs startOf(GraphContext & c);
/// In the last layer goes on with the tokens alone whose logits are wanted.
void keepOutputs(GraphContext & c, const Inputs & in, int64_t il, NodeId & cur, NodeId & residual);
/// RMS norm with "<tensor>.weight" of the block; `name` of the result, null: the tensor's.
NodeId rmsNormed(GraphContext & c, NodeId x, int64_t il, const char * tensor, const char * name = nullptr);

/// Projections with norms and rope.
Qkv project(GraphContext & c, const Inputs & in, NodeId x, int64_t il, const AttnRules & rules);
NodeId attention(GraphContext & c, const Inputs & in, NodeId x, int64_t il, const AttnRules & rules);

/// A dense feed-forward without the scales and, unless asked for, without the biases of the file.
NodeId dense(GraphContext & c, NodeId x, int64_t il, bool biases, bool scales, std::string_view suffix = "",
             Activation activation = Activation::silu);
/// The experts as the rules have them, without the shared ones.
Moe routed(GraphContext & c, int64_t il, const FfnRules & rules);
NodeId feedForward(GraphContext & c, NodeId x, int64_t il, const FfnRules & rules);

/// Whole decoder: embedding, layers, output.
void decode(GraphContext & c, const Rules & rules);

/// The output norm where MTP layers start from the normed output of all tokens: keeps that, and gives the rows of the
/// tokens whose logits are wanted.
NodeId normOfAllTokens(GraphContext & c, NodeId x, NodeId out_ids, NormKind kind);

}  // namespace ggufit::experts
