// LFM2: gated short convolutions, in some layers attention.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

NodeId attention(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    Qkv p = c.qkv(il, x, c.n_embd_head_v, c.n_head, c.hp.n_head_kv(static_cast<uint32_t>(il)));
    p.q = c.norm(p.q, c.w(il, "attn_q_norm.weight"), NodeId::none, NormKind::rms, il);
    c.cb(p.q, "model.layers.{}.self_attn.q_layernorm", il);
    p.k = c.norm(p.k, c.w(il, "attn_k_norm.weight"), NodeId::none, NormKind::rms, il);
    c.cb(p.k, "model.layers.{}.self_attn.k_layernorm", il);
    p.q = c.rope(p.q, pos);
    p.k = c.rope(p.k, pos);
    const NodeId cur = c.attn(in, withoutBias(c.attnOf(il)), p.q, p.k, p.v, il);
    return c.cb(cur, "model.layers.{}.self_attn.out_proj", il);
}

/// What the convolution slides over: the history before the tokens, or half of it and padding behind them.
NodeId window(GraphContext & c, NodeId history, NodeId tokens, int64_t taken) {
    GraphBuilder & g = c.g;
    if (c.hp.causal_attn) return g.concat(history, tokens, 0);
    const int64_t half = taken / 2;
    const Node n = shapeOf(c, history);
    const NodeId left = g.cont(g.view3d(history, half, c.n_embd, c.n_seqs, n.nb[1], n.nb[2], floats(taken - half)));
    return g.pad(g.concat(left, tokens, 0), half, 0, 0, 0);
}

NodeId shortConvolution(GraphContext & c, const StateInput & in, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t taken = static_cast<int64_t>(c.hp.n_shortconv_l_cache) - 1;
    if (taken <= 0) return g.fail("a short convolution of less than two columns");
    cur = g.reshape(cur, shapeOf(c, cur).ne[0], c.n_seq_tokens, c.n_seqs);
    const NodeId all = c.cb(c.linear(c.w(il, "shortconv.in_proj.weight"), cur), "model.layers.{}.conv.in_proj", il);
    const Node n = shapeOf(c, all);
    const int64_t part = n.ne[0] / 3;
    const auto third = [&](int64_t i) {
        return g.view3d(all, part, n.ne[1], n.ne[2], n.nb[1], n.nb[2], floats(i * part));
    };
    const NodeId b = third(0);
    const NodeId gate = third(1);
    const NodeId x = third(2);
    const NodeId gated = g.transpose(g.mul(b, x));

    const NodeId states = c.cacheTensor("", "r", il);
    NodeId history = c.loadState(in, states, static_cast<int64_t>(c.hp.n_embd_r()));
    history = g.reshape(history, taken, c.n_embd, c.n_seqs);
    const NodeId columns = window(c, history, gated, taken);
    keepHistory(c, columns, taken, g.view1d(states, taken * shapeOf(c, columns).ne[1] * c.n_seqs, 0));
    const NodeId convolved = g.ssmConv(columns, c.w(il, "shortconv.conv.weight"));
    c.cb(convolved, "model.layers.{}.conv.conv", il);
    const NodeId y = c.linear(c.w(il, "shortconv.out_proj.weight"), g.mul(gate, convolved));
    c.cb(y, "model.layers.{}.conv.out_proj", il);
    return g.reshape(y, shapeOf(c, y).ne[0], c.n_tokens);
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il) {
    if (il < static_cast<int64_t>(c.hp.n_layer_dense_lead)) {
        return c.ffn(x, withoutScales(withoutBiases(c.ffnOf(il, Activation::silu, FfnGate::parallel))), il);
    }
    Moe m = withoutScales(c.moeOf(il, Activation::silu));
    m.norm_w = true;
    return c.moe(x, m, il);
}

void lfm2Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(c.inpEmbd(), "model.embed_tokens");
    const HybridInput in = hybridInput(c);
    const NodeId pos = c.inpPos();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "model.layers.{}.operator_norm", il);
        cur = c.hp.is_recr(static_cast<uint32_t>(il)) ? shortConvolution(c, in.states, cur, il)
                                                      : attention(c, in.attn, cur, pos, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        cur = g.add(residual, cur);
        const NodeId normed = c.cb(c.norm(cur, il, "ffn_norm", NormKind::rms), "model.layers.{}.ffn_norm", il);
        const NodeId out = feedForward(c, normed, il);
        c.cb(normed, "model.layers.{}.ffn_out", il);
        x = c.cb(g.add(cur, out), "l_out", il);
    }
    // The output norm goes by the name of the embeddings'.
    x = c.cb(c.norm(x, c.w("token_embd_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    if (c.request.embeddings) {
        c.finish(x, NodeId::none);
    } else {
        c.finish(x, c.cb(c.linear(c.outputWeight(), x, c.w("output.scale")), "result_output"));
    }
}

constexpr std::array kRows = {
    GraphRow{"lfm2", lfm2Graph},
    GraphRow{"lfm2moe", lfm2Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> lfm2() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
