// Multi-head latent attention's projections, shared by the DeepSeek families.
#pragma once

#include "graph/build.h"

namespace ggufit::latent {

/// A query's and a key's part with and without positions, and the compressed values.
struct Parts {
    NodeId q_nope = NodeId::none, q_pe = NodeId::none;
    NodeId kv = NodeId::none, k_pe = NodeId::none;
};

/// From `q`, the projected queries of all heads, and `x`, the layer's input: cut apart, with rope and norm.
Parts split(GraphContext & c, NodeId pos, NodeId x, NodeId q, int64_t il);

/// Queries with attn_k_b absorbed, keys and values as the compressed cache holds them.
Qkv absorbed(GraphContext & c, const Parts & parts, int64_t il);

/// attn_output without its bias, which no model of the family has.
Attn attnOf(GraphContext & c, int64_t il);

/// The whole graph of DeepSeek 2 and its kin: every token attends to all cells.
void denseGraph(GraphContext & c);

}  // namespace ggufit::latent
