// gpt-oss: alternating sliding windows with attention sinks, experts with biases.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

void gptOssGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, c.w(il, "attn_norm.weight"), NodeId::none, NormKind::rms, il), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_rot, c.n_head, c.n_head_kv);
        p.q = c.rope(p.q, pos);
        p.k = c.rope(p.k, pos);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        Attn a = c.attnOf(il);
        a.sinks = c.w(il, "attn_sinks.weight");
        cur = c.cb(c.attn(in, a, p.q, p.k, p.v, il), "attn_out", il);
        c.selectEarly(LlamaRule::late_july, il, out_ids, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.norm(ffn_inp, c.w(il, "post_attention_norm.weight"), NodeId::none, NormKind::rms, il);
        c.cb(cur, "attn_post_norm", il);
        Moe m = c.moeOf(il, Activation::swiglu_oai);
        m.probs_b = m.up_s = m.gate_s = m.down_s = NodeId::none;
        m.norm_w = false;
        m.gating = ExpertGating::softmax_weight;
        cur = c.cb(c.moe(cur, m, il), "ffn_moe_out", il);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(c.selectLate(LlamaRule::late_july, x, out_ids), NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"gpt-oss", gptOssGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gpt_oss() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
