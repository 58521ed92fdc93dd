// Phi 3, Phi 4 and Phi 3.5 MoE: fused projections, long and short rope factors, queries scaled before attention.
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"

namespace ggufit {

namespace {

void phi3Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        const NodeId factors = c.ropeFactors(il);
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, c.n_head_kv);
        p.q = c.rope(p.q, pos, factors);
        p.k = c.rope(p.k, pos, factors);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        p.q = c.cb(g.scale(p.q), "Qcur", il);
        cur = c.attn(in, c.attnOf(il), p.q, p.k, p.v, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        residual = g.add(cur, residual);
        cur = c.cb(c.norm(residual, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        if (c.w(il, "ffn_gate_inp.weight") == NodeId::none) {
            Ffn f = c.ffnOf(il, Activation::swiglu, FfnGate::sequential);
            f.gate = f.up_b = f.down_b = f.up_s = f.down_s = NodeId::none;
            cur = c.cb(c.ffn(cur, f, il), "ffn_out", il);
        } else {
            const Moe m = experts::routed(
                c, il,
                {.norm_weights = experts::NormWeights::yes, .gating = ExpertGating::softmax, .selection_bias = false});
            cur = c.cb(c.moe(cur, m, il), "ffn_moe_out", il);
        }
        x = c.cb(g.add(residual, cur), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"phi3", phi3Graph},
    GraphRow{"phimoe", phi3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> phi3() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
