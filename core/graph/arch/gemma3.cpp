// Gemma 3: five sliding layers to one full, norms before and after attention and feed-forward.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

void gemma3Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(g.scale(c.inpEmbd()), "inp_scaled");
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_k, c.n_head, c.n_head_kv);
        p.q = c.cb(c.norm(p.q, il, "attn_q_norm", NormKind::rms), "Qcur_normed", il);
        p.q = c.rope(p.q, pos);
        p.k = c.cb(c.norm(p.k, il, "attn_k_norm", NormKind::rms), "Kcur_normed", il);
        p.k = c.rope(p.k, pos);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        Attn a = c.attnOf(il);
        a.wo_b = NodeId::none;
        cur = c.attn(in, a, g.scale(p.q), p.k, p.v, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        cur = c.cb(c.norm(cur, il, "post_attention_norm", NormKind::rms), "attn_post_norm", il);
        const NodeId sa_out = c.cb(g.add(cur, x), "sa_out", il);
        cur = c.cb(c.norm(sa_out, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        cur = c.cb(c.ffn(cur, weightsAlone(c.ffnOf(il, Activation::gelu, FfnGate::parallel)), il), "ffn_out", il);
        cur = c.norm(cur, c.w(il, "post_ffw_norm.weight"), NodeId::none, NormKind::rms, -1);
        c.cb(cur, "ffn_post_norm", il);
        x = c.cb(g.add(cur, sa_out), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms, c.hp.f_final_logit_softcapping != 0.0F);
}

constexpr std::array kRows = {
    GraphRow{"gemma3", gemma3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gemma3() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
