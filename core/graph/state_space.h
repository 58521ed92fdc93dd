// Recurrent layers that several architectures share: the inputs of hybrid models, Mamba 1 and 2, the gated delta rule.
#pragma once

#include "graph/context.h"

namespace ggufit {

/// Inputs of a model that has both states and a KV cache.
struct HybridInput {
    StateInput states;
    AttnInput attn;
};

/// build_inp_mem_hybrid, _iswa, and with `k_only` _k.
HybridInput hybridInput(GraphContext & c, bool k_only = false);

/// A node's shape, or an empty one after an error.
[[nodiscard]] inline Node shapeOf(const GraphContext & c, NodeId id) { return id == NodeId::none ? Node{} : c.g[id]; }

/// Stores what the convolution of the next batch starts from: the last columns of [history + tokens, channels, n_seqs],
/// into the first rows of a rolling state. `taken`: the columns of history.
void keepHistory(GraphContext & c, NodeId columns, int64_t taken, NodeId destination);

/// Writes a flat part of a scan's result, `count` values from byte `offset` on, to the start of a state's tensor.
void keepStates(GraphContext & c, NodeId result, int64_t count, uint64_t offset, NodeId states);

/// A Mamba layer, [n_embd, n_tokens] to the same (llm_build_mamba_base::build_mamba_layer).
NodeId mambaLayer(GraphContext & c, const StateInput & in, NodeId x, int64_t il);

/// A Mamba 2 layer (build_mamba2_layer).
NodeId mamba2Layer(GraphContext & c, const StateInput & in, NodeId x, int64_t il);

/// Sources of the gated delta rule. q, k: [head, heads of K, tokens, sequences], v with the heads of V, gate [1 or
/// head, heads, …], beta [1, heads, …], state [head, head, heads, sequences].
struct DeltaRule {
    NodeId q = NodeId::none, k = NodeId::none, v = NodeId::none;
    NodeId gate = NodeId::none, beta = NodeId::none, state = NodeId::none;
};

struct DeltaResult {
    NodeId output = NodeId::none, state = NodeId::none;
};

/// The delta rule as one operation where it stays fused, else step by step for one token, in chunks for several
/// (llm_build_delta_net_base::build_delta_net).
DeltaResult deltaRule(GraphContext & c, const DeltaRule & in, int64_t il);

/// deltaRule whose state is stored in `states`, all rows of the layer. With drafts (n_rs_seq > 0) the operation is
/// always fused and gives the states after each of the last tokens, too (build_recurrent_attn). Gives the output.
NodeId recurrentAttention(GraphContext & c, const DeltaRule & in, NodeId states, int64_t il);

// A feed-forward as an architecture passes it on: without the tensors that its description leaves out.
[[nodiscard]] Ffn withoutScales(Ffn f);
[[nodiscard]] Ffn withoutBiases(Ffn f);
[[nodiscard]] Moe withoutScales(Moe m);
[[nodiscard]] Attn withoutBias(Attn a);

}  // namespace ggufit
