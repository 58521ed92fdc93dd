// DeepSeek V4's hyper-connections: several streams instead of one residual, mixed before and after each block.
#pragma once

#include "graph/context.h"

namespace ggufit::hyper {

/// A block's input and what its output is mixed back with.
struct Mix {
    NodeId x = NodeId::none;     // [n_embd, n_tokens]
    NodeId post = NodeId::none;  // [streams, n_tokens]
    NodeId comb = NodeId::none;  // [streams, streams, n_tokens]
};

/// The weights of a mix: "<start>_fn.weight", "_scale", "_base".
struct Weights {
    NodeId fn = NodeId::none, scale = NodeId::none, base = NodeId::none;
};

/// Into a block: the streams as one, weighted for each token (build_hc_pre).
Mix before(GraphContext & c, NodeId streams, const Weights & w, int64_t il);

/// Out of a block: its output added to all streams, which are mixed with one another (build_hc_post).
NodeId after(GraphContext & c, NodeId x, NodeId streams, const Mix & mix);

/// The streams as one at the end of the model (build_hc_head).
NodeId merged(GraphContext & c, NodeId streams, const Weights & w);

}  // namespace ggufit::hyper
