// Dream and LLaDA: plain decoders whose tokens all attend to all, without a cache.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

void diffusionGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, c.n_head_kv);
        p.q = c.rope(p.q, pos);
        p.k = c.rope(p.k, pos);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        Attn a = c.attnOf(il);
        a.wo_b = NodeId::none;
        cur = c.attn(in, a, p.q, p.k, p.v, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        cur = c.cb(c.ffn(cur, weightsAlone(c.ffnOf(il, Activation::silu, FfnGate::parallel)), il), "ffn_out", il);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    const NodeId logits = c.linear(c.outputWeight(), x, c.w("output.scale"));
    c.finish(x, c.cb(logits, "result_output"));  // Dream's output bias is loaded and not applied
}

constexpr std::array kRows = {
    GraphRow{"dream", diffusionGraph},
    GraphRow{"llada", diffusionGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> diffusion() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
