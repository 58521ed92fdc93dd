// Embeddings that each layer of Gemma 3n and Gemma 4 gets of its own beside the hidden state.
#pragma once

#include "graph/context.h"

namespace ggufit {

/// x[:, :, index] of three dimensions.
inline NodeId slice2d(GraphBuilder & g, NodeId x, int64_t index) {
    if (x == NodeId::none) return x;
    const Node n = g[x];
    return g.view2d(x, n.ne[0], n.ne[1], n.nb[1], static_cast<uint64_t>(index) * n.nb[2]);
}

/// The rows of the per-layer table for the tokens, joined with what the embeddings project to:
/// [width, n_tokens, n_layer].
inline NodeId perLayerInputs(GraphContext & c, NodeId embd, int64_t width) {
    GraphBuilder & g = c.g;
    const NodeId tokens = c.input(GgmlType::i32, c.n_tokens);
    NodeId rows = g.getRows(c.w("per_layer_token_embd.weight"), tokens);
    rows = g.reshape(rows, width, c.n_layer, c.n_tokens);
    rows = c.cb(g.scale(rows), "inp_per_layer_selected");
    g.expand(rows);

    NodeId projected = g.scale(g.mulMat(c.w("per_layer_model_proj.weight"), embd));
    projected = g.reshape(projected, width, c.n_layer, c.n_tokens);
    projected = c.norm(projected, c.w("per_layer_proj_norm.weight"), NodeId::none, NormKind::rms, -1);
    c.cb(projected, "per_layer_proj");
    const NodeId joined = c.cb(g.scale(g.add(projected, rows)), "inp_per_layer");
    return g.cont(g.permute(joined, 0, 2, 1, 3));
}

}  // namespace ggufit
