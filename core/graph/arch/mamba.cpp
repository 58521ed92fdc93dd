// Mamba and Mamba 2: state-space layers alone.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

using Layer = NodeId (*)(GraphContext & c, const StateInput & in, NodeId x, int64_t il);

void stateSpaceGraph(GraphContext & c, Layer layer) {
    NodeId x = c.inpEmbd();
    const StateInput in = c.stateInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        cur = layer(c, in, cur, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        x = c.cb(c.g.add(cur, x), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

void mambaGraph(GraphContext & c) { stateSpaceGraph(c, mambaLayer); }
void mamba2Graph(GraphContext & c) { stateSpaceGraph(c, mamba2Layer); }

constexpr std::array kRows = {
    GraphRow{"mamba", mambaGraph},
    GraphRow{"mamba2", mamba2Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> mamba() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
