// The plain decoder and its nearest relatives: norm, attention, norm, feed-forward or experts, with residuals.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

/// What the plain decoders differ in.
struct Traits {
    bool qk_norm = false;              // norms of Q and K per head, before rope
    bool rope_factors = false;         // frequency factors of the file
    const char * attn_name = nullptr;  // how the attention's output is named; null: not at all
};

void plainDecoder(GraphContext & c, const Traits & t) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();

    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        const NodeId factors = t.rope_factors ? c.ropeFactors(il) : NodeId::none;
        Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, c.n_head_kv);
        if (t.qk_norm) p.q = c.cb(c.norm(p.q, il, "attn_q_norm", NormKind::rms), "Qcur_normed", il);
        p.q = c.rope(p.q, pos, factors);
        if (t.qk_norm) p.k = c.cb(c.norm(p.k, il, "attn_k_norm", NormKind::rms), "Kcur_normed", il);
        p.k = c.rope(p.k, pos, factors);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        if (c.hp.use_kq_norm && !t.qk_norm) {
            p.q = c.cb(g.rmsNorm(p.q), "Qcur_normed", il);
            p.k = c.cb(g.rmsNorm(p.k), "Kcur_normed", il);
        }
        cur = c.attn(in, c.attnOf(il), p.q, p.k, p.v, il);
        if (t.attn_name != nullptr) c.cb(cur, t.attn_name, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        if (c.w(il, "ffn_gate_inp.weight") == NodeId::none) {
            cur = c.cb(c.ffn(cur, c.ffnOf(il, Activation::silu, FfnGate::parallel), il), "ffn_out", il);
        } else {
            Moe m = c.moeOf(il, Activation::silu);
            m.norm_w = true;
            m.gating = ExpertGating::softmax;
            cur = c.cb(c.moe(cur, m, il), "ffn_moe_out", il);
        }
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

void llamaGraph(GraphContext & c) { plainDecoder(c, {.rope_factors = true, .attn_name = "attn_out"}); }
void qwen3Graph(GraphContext & c) { plainDecoder(c, {.qk_norm = true}); }

constexpr std::array kRows = {
    GraphRow{"llama", llamaGraph},
    GraphRow{"qwen3", qwen3Graph},
    GraphRow{"qwen3moe", qwen3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> llama() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
