// PLaMo 2: a Mamba of its own (heads interleaved, norms inside) or attention, with norms before and after each part.
#include <algorithm>
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

NodeId attention(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head = c.n_embd_head_k;
    const int64_t heads = c.hp.n_head(layer);
    const int64_t kv_heads = c.hp.n_head_kv(layer);
    const NodeId all = c.cb(c.linear(c.w(il, "attn_qkv.weight"), x), "wqkv", il);
    const uint64_t row = shapeOf(c, all).nb[1];
    const auto part = [&](int64_t width, int64_t count, int64_t from, const char * name) {
        return c.cb(g.view3d(all, width, count, c.n_tokens, floats(width), row, floats(from)), name, il);
    };
    Qkv p;
    p.q = part(head, heads, 0, "Qcur");
    p.k = part(head, kv_heads, head * heads, "Kcur");
    p.v = part(c.n_embd_head_v, kv_heads, head * (heads + kv_heads), "Vcur");
    p.q = c.cb(c.norm(p.q, c.w(il, "attn_q_norm.weight"), NodeId::none, NormKind::rms, il), "Qcur_normed", il);
    p.q = c.rope(p.q, pos);
    p.k = c.cb(c.norm(p.k, c.w(il, "attn_k_norm.weight"), NodeId::none, NormKind::rms, il), "Kcur_normed", il);
    p.k = c.rope(p.k, pos);
    return c.cb(c.attn(in, withoutBias(c.attnOf(il)), p.q, p.k, p.v, il), "attn_out", il);
}

struct Sizes {
    int64_t head, heads, inner, state, tokens, seqs;
};

/// The scan and its gate over convolved values x, [inner, tokens, seqs].
NodeId scanLayer(GraphContext & c, const StateInput & in, const Sizes & n, NodeId x, NodeId z, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId mixed = c.cb(c.linear(c.w(il, "ssm_x.weight"), x), "mamba_bcdt_proj", il);
    const Node m = shapeOf(c, mixed);
    const int64_t dt_dim = std::max<int64_t>(64, c.n_embd / 16);
    const auto part = [&](int64_t width, int64_t from, const char * name) {
        return c.cb(g.view3d(mixed, width, n.tokens, n.seqs, m.nb[1], m.nb[2], floats(from)), name, il);
    };
    NodeId b = part(n.state, 0, "mamba_B_raw");
    NodeId k = part(n.state, n.state, "mamba_C_raw");
    NodeId dt = part(dt_dim, 2 * n.state, "mamba_dt_raw");
    b = c.cb(c.norm(b, c.w(il, "ssm_b_norm"), NodeId::none, NormKind::rms, il), "mamba_B_normed", il);
    k = c.cb(c.norm(k, c.w(il, "ssm_c_norm"), NodeId::none, NormKind::rms, il), "mamba_C_normed", il);
    dt = c.cb(c.norm(dt, c.w(il, "ssm_dt_norm"), NodeId::none, NormKind::rms, il), "mamba_dt_normed", il);
    dt = g.add(c.linear(c.w(il, "ssm_dt.weight"), dt), c.w(il, "ssm_dt.bias"));
    c.cb(dt, "mamba_dt_proj", il);
    const NodeId a = c.cb(g.reshape(c.w(il, "ssm_a"), 1, n.heads), "mamba_A", il);

    const uint64_t nb1 = floats(n.head);
    const uint64_t nb2 = floats(n.inner);
    const uint64_t nb3 = floats(n.inner * n.tokens);
    x = g.view4d(x, n.head, n.heads, n.tokens, n.seqs, nb1, nb2, nb3, 0);
    const auto single = [&](NodeId t) {
        const Node s = shapeOf(c, t);
        return g.view4d(t, n.state, 1, n.tokens, n.seqs, floats(n.state), s.nb[1], s.nb[2], 0);
    };
    b = single(b);
    k = single(k);
    const NodeId states = c.cacheTensor("", "s", il);
    const auto scan = [&](NodeId rows, NodeId ids) {
        return g.ssmScan(g.reshape(rows, n.state, n.head, n.heads, c.n_rs()), x, dt, a, b, k, ids);
    };
    const NodeId scanned = c.loadState(in, states, static_cast<int64_t>(c.hp.n_embd_s()), scan);
    c.cb(scanned, "mamba_ssm_scan", il);
    keepStates(c, scanned, n.inner * n.state * n.seqs, floats(n.inner * n.tokens * n.seqs), states);
    c.cb(states, "mamba_ssm_states", il);

    NodeId y = g.view4d(scanned, n.head, n.heads, n.tokens, n.seqs, nb1, nb2, nb3, 0);
    c.cb(y, "mamba_y_view", il);
    const NodeId d = g.reshape(c.w(il, "ssm_d"), 1, n.heads);
    y = c.cb(g.add(y, g.mul(x, d)), "mamba_y_add_d", il);
    return c.cb(g.gluSplit(GluOp::swiglu, g.cont(z), y), "mamba_y_swiglu_z", il);
}

NodeId stateSpace(GraphContext & c, const StateInput & in, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    if (c.hp.ssm_dt_rank == 0) return g.fail("a Mamba layer without heads");
    const int64_t heads = c.hp.ssm_dt_rank;
    const Sizes n{c.hp.ssm_d_inner / heads, heads,          c.hp.ssm_d_inner / heads * heads,
                  c.hp.ssm_d_state,         c.n_seq_tokens, c.n_seqs};
    const int64_t taken = static_cast<int64_t>(c.hp.ssm_d_conv) - 1;
    const NodeId states = c.cacheTensor("", "r", il);
    NodeId history = c.loadState(in, states, static_cast<int64_t>(c.hp.n_embd_r()));
    history = g.reshape(history, taken, n.inner, n.seqs);

    cur = g.reshape(cur, shapeOf(c, cur).ne[0], n.tokens, n.seqs);
    NodeId zx = c.cb(c.linear(c.w(il, "ssm_in.weight"), cur), "mamba_in_proj", il);
    zx = g.contAs(g.permute(zx, 0, 2, 1, 3), 2 * n.head, n.heads, n.tokens, n.seqs);
    c.cb(zx, "mamba_in_proj_out", il);
    const Node s = shapeOf(c, zx);
    const auto half = [&](int64_t from) {
        return g.view4d(zx, n.head, n.heads, n.tokens, n.seqs, s.nb[1], s.nb[2], s.nb[3], floats(from));
    };
    NodeId x = c.cb(g.contAs(half(n.head), n.inner, n.tokens, n.seqs), "mamba_x_split", il);
    const NodeId z = c.cb(half(0), "mamba_z_split", il);

    const NodeId columns = c.cb(g.concat(history, g.transpose(x), 0), "mamba_conv1d_input", il);
    keepHistory(c, columns, taken, g.view1d(states, taken * n.inner * n.seqs, 0));
    c.cb(states, "mamba_conv1d_state", il);
    x = c.cb(g.ssmConv(columns, c.w(il, "ssm_conv1d.weight")), "mamba_conv1d", il);
    x = c.cb(g.silu(x), "mamba_conv1d_silu", il);

    NodeId y = scanLayer(c, in, n, x, z, il);
    const Node o = shapeOf(c, y);
    y = g.view3d(y, n.inner, n.tokens, n.seqs, o.nb[2], o.nb[3], 0);
    cur = c.cb(c.linear(c.w(il, "ssm_out.weight"), y), "mamba_out_proj", il);
    return c.cb(g.reshape(cur, shapeOf(c, cur).ne[0], n.tokens * n.seqs), "mamba_out", il);
}

void plamo2Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(c.inpEmbd(), "embedding_output");
    const NodeId pos = c.inpPos();
    const HybridInput in = hybridInput(c);
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.norm(x, il, "attn_norm", NormKind::rms);
        cur = c.hp.is_recr(static_cast<uint32_t>(il)) ? stateSpace(c, in.states, cur, il)
                                                      : attention(c, in.attn, cur, pos, il);
        cur = c.cb(c.norm(cur, c.w(il, "post_attention_norm"), NodeId::none, NormKind::rms, il), "attn_post_norm", il);
        NodeId residual = c.cb(g.add(cur, x), "attn_residual", il);
        cur = c.cb(c.norm(residual, il, "ffn_norm", NormKind::rms), "ffn_pre_norm", il);
        Ffn f = withoutScales(withoutBiases(c.ffnOf(il, Activation::swiglu, FfnGate::sequential)));
        f.gate = NodeId::none;  // the gate is the first half of the rows that go up
        cur = c.cb(c.ffn(cur, f, il), "ffn_out", il);
        cur = c.cb(c.norm(cur, c.w(il, "post_ffw_norm"), NodeId::none, NormKind::rms, il), "ffn_post_norm", il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        x = c.cb(g.add(cur, residual), "ffn_residual", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {GraphRow{"plamo2", plamo2Graph}};

}  // namespace

namespace graphs {
std::span<const GraphRow> plamo2() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
