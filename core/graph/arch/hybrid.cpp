// Mamba layers beside attention: Granite hybrid, Falcon-H1, Jamba.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

NodeId graniteAttention(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    const auto layer = static_cast<uint32_t>(il);
    Qkv p = c.qkv(il, x, c.n_embd_head_v, c.hp.n_head(layer), c.hp.n_head_kv(layer));
    if (c.hp.rope_finetuned) {
        const NodeId factors = c.ropeFactors(il);
        p.q = c.rope(p.q, pos, factors);
        p.k = c.rope(p.k, pos, factors);
    }
    c.cb(p.q, "Qcur", il);
    c.cb(p.k, "Kcur", il);
    c.cb(p.v, "Vcur", il);
    return c.cb(c.attn(in, c.attnOf(il), p.q, p.k, p.v, il), "attn_out", il);
}

NodeId graniteFeedForward(GraphContext & c, NodeId cur, NodeId residual, int64_t il) {
    GraphBuilder & g = c.g;
    const bool scales = c.hp.f_residual_scale != 0.0F;
    if (scales) cur = g.scale(cur);
    const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
    const NodeId normed = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
    const auto dense = [&](std::string_view suffix) {
        return withoutScales(c.ffnOf(il, Activation::silu, FfnGate::parallel, suffix));
    };
    if (c.w(il, "ffn_gate_inp.weight") == NodeId::none) {
        cur = c.cb(c.ffn(normed, dense(""), il), "ffn_out", il);
    } else {
        Moe m = withoutScales(c.moeOf(il, Activation::silu));
        m.norm_w = true;
        m.gating = ExpertGating::softmax;
        cur = c.cb(c.moe(normed, m, il), "ffn_moe_out", il);
        if (c.hp.n_ff_shexp > 0) {
            const NodeId shared = c.cb(c.ffn(normed, withoutBiases(dense("_shexp")), il), "ffn_shexp", il);
            cur = c.cb(g.add(cur, shared), "ffn_out", il);
        }
    }
    if (scales) cur = g.scale(cur);
    cur = c.cb(g.add(cur, ffn_inp), "ffn_out", il);
    return c.cb(cur, "l_out", il);
}

void graniteHybridGraph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    const HybridInput in = hybridInput(c);
    const NodeId out_ids = c.inpOutIds();
    const NodeId pos = c.hp.rope_finetuned ? c.inpPos() : NodeId::none;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        cur = c.hp.is_recr(static_cast<uint32_t>(il)) ? mamba2Layer(c, in.states, cur, il)
                                                      : graniteAttention(c, in.attn, cur, pos, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        x = graniteFeedForward(c, cur, residual, il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    NodeId logits = c.linear(c.outputWeight(), x, c.w("output.scale"));
    if (c.hp.f_logit_scale != 0.0F) logits = c.g.scale(logits);
    c.finish(x, c.cb(logits, "result_output"));
}

/// Attention and Mamba 2 side by side in every layer.
void falconH1Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const HybridInput in = hybridInput(c);
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, c.n_head_kv);
        p.q = c.cb(c.rope(p.q, pos), "Qcur-post-rope", il);
        p.k = c.cb(c.rope(p.k, pos), "Kcur-post-rope", il);
        c.cb(p.v, "Vcur-post-rope", il);
        const NodeId attended = c.cb(c.attn(in.attn, withoutBias(c.attnOf(il)), p.q, p.k, p.v, il), "attn_out", il);
        cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "ssm_in", il);
        const NodeId scanned = c.cb(mamba2Layer(c, in.states, cur, il), "ssm_out", il);
        cur = g.add(attended, scanned);
        NodeId ffn_inp = g.add(cur, x);
        c.cb(cur, "layer_out", il);
        if (il == c.n_layer - 1) ffn_inp = c.selectOutputs(ffn_inp, out_ids);
        c.cb(ffn_inp, "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, c.w(il, "ffn_norm"), NodeId::none, NormKind::rms, il), "ffn_norm", il);
        cur = c.ffn(cur, withoutScales(c.ffnOf(il, Activation::silu, FfnGate::parallel)), il);
        x = c.cb(g.add(c.cb(cur, "ffn_out", il), ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

NodeId jambaFeedForward(GraphContext & c, NodeId x, int64_t il) {
    if (c.w(il, "ffn_gate_inp.weight") == NodeId::none) {
        const Ffn f = withoutScales(withoutBiases(c.ffnOf(il, Activation::silu, FfnGate::parallel)));
        return c.cb(c.ffn(x, f, il), "ffn_out", il);
    }
    Moe m = withoutScales(c.moeOf(il, Activation::silu));
    m.norm_w = false;
    m.gating = ExpertGating::softmax;
    return c.cb(c.moe(x, m, il), "ffn_moe_out", il);
}

void jambaGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const HybridInput in = hybridInput(c);
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        const int64_t n_head_kv = c.hp.n_head_kv(static_cast<uint32_t>(il));
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        if (n_head_kv == 0) {
            cur = mambaLayer(c, in.states, cur, il);
        } else {
            const Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, n_head_kv);
            cur = c.attn(in.attn, withoutBias(c.attnOf(il)), p.q, p.k, p.v, il);
        }
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        const NodeId ffn_inp = g.add(x, cur);
        c.cb(cur, "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        x = c.cb(g.add(ffn_inp, jambaFeedForward(c, cur, il)), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"granitehybrid", graniteHybridGraph},
    GraphRow{"falcon-h1", falconH1Graph},
    GraphRow{"jamba", jambaGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> hybrid() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
