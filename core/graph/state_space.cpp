// Hybrid inputs and the state-space layers of Mamba 1 and 2 (llama-graph.cpp, build_inp_mem_hybrid*; mamba-base.cpp).
#include "graph/state_space.h"

namespace ggufit {

namespace {

bool present(NodeId id) { return id != NodeId::none; }

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

}  // namespace

HybridInput hybridInput(GraphContext & c, bool k_only) {
    HybridInput in;
    in.states = c.stateInput();
    in.attn = k_only ? c.attnInputK() : c.attnInput();
    if (present(in.attn.swa.mask)) {  // build_inp_mem_hybrid_iswa knows no rotation of quantized caches
        for (CacheInput * cache : {&in.attn.base, &in.attn.swa}) cache->k_rot = cache->v_rot = NodeId::none;
    }
    return in;
}

void keepHistory(GraphContext & c, NodeId columns, int64_t taken, NodeId destination) {
    const Node n = shapeOf(c, columns);
    const NodeId last = c.g.view3d(columns, taken, n.ne[1], n.ne[2], n.nb[1], n.nb[2], floats(n.ne[0] - taken));
    c.g.expand(c.g.cpy(last, destination));
}

void keepStates(GraphContext & c, NodeId result, int64_t count, uint64_t offset, NodeId states) {
    const NodeId last = c.g.view1d(result, count, offset);
    c.g.expand(c.g.cpy(last, c.g.view1d(states, count, 0)));
}

Ffn withoutScales(Ffn f) {
    f.up_s = f.gate_s = f.down_s = NodeId::none;
    return f;
}

Ffn withoutBiases(Ffn f) {
    f.up_b = f.gate_b = f.down_b = NodeId::none;
    return f;
}

Moe withoutScales(Moe m) {
    m.up_s = m.gate_s = m.down_s = NodeId::none;
    return m;
}

Attn withoutBias(Attn a) {
    a.wo_b = NodeId::none;
    return a;
}

NodeId mambaLayer(GraphContext & c, const StateInput & in, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t d_conv = c.hp.ssm_d_conv;
    const int64_t d_inner = c.hp.ssm_d_inner;
    const int64_t d_state = c.hp.ssm_d_state;
    const int64_t dt_rank = c.hp.ssm_dt_rank;
    const int64_t tokens = c.n_seq_tokens;
    const int64_t seqs = c.n_seqs;
    const NodeId conv_states = c.cacheTensor("", "r", il);
    const NodeId ssm_states = c.cacheTensor("", "s", il);

    const NodeId loaded = c.loadState(in, conv_states, static_cast<int64_t>(c.hp.n_embd_r()));
    const NodeId history = g.reshape(loaded, d_conv - 1, d_inner, seqs);
    cur = g.reshape(cur, shapeOf(c, cur).ne[0], tokens, seqs);
    const NodeId xz = c.linear(c.w(il, "ssm_in.weight"), cur, c.w(il, "ssm_in.scale"));
    const Node p = shapeOf(c, xz);
    NodeId x = g.view3d(xz, d_inner, p.ne[1], p.ne[2], p.nb[1], p.nb[2], 0);
    const NodeId z = g.view3d(xz, d_inner, p.ne[1], p.ne[2], p.nb[1], p.nb[2], floats(d_inner));

    const NodeId columns = g.concat(history, g.transpose(x), 0);
    keepHistory(c, columns, d_conv - 1, g.view1d(conv_states, (d_conv - 1) * d_inner * seqs, 0));
    x = g.ssmConv(columns, c.w(il, "ssm_conv1d.weight"));
    x = g.silu(g.add(x, c.w(il, "ssm_conv1d.bias")));

    const NodeId mixed = c.linear(c.w(il, "ssm_x.weight"), x);
    const Node m = shapeOf(c, mixed);
    NodeId dt = g.view3d(mixed, dt_rank, tokens, seqs, m.nb[1], m.nb[2], 0);
    NodeId b = g.view4d(mixed, d_state, 1, tokens, seqs, floats(d_state), m.nb[1], m.nb[2], floats(dt_rank));
    NodeId k = g.view4d(mixed, d_state, 1, tokens, seqs, floats(d_state), m.nb[1], m.nb[2], floats(dt_rank + d_state));
    const NodeId dt_norm = c.w(il, "ssm_dt_norm.weight");
    const NodeId b_norm = c.w(il, "ssm_b_norm.weight");
    const NodeId c_norm = c.w(il, "ssm_c_norm.weight");
    if (c.hp.ssm_dt_b_c_rms || (present(dt_norm) && present(b_norm) && present(c_norm))) {
        dt = c.norm(dt, dt_norm, NodeId::none, NormKind::rms, il);
        b = c.norm(b, b_norm, NodeId::none, NormKind::rms, il);
        k = c.norm(k, c_norm, NodeId::none, NormKind::rms, il);
    }
    dt = g.add(c.linear(c.w(il, "ssm_dt.weight"), dt), c.w(il, "ssm_dt.bias"));

    const NodeId convolved = x;
    x = g.reshape(x, 1, d_inner, tokens, seqs);
    const NodeId a = c.w(il, "ssm_a");
    const auto scan = [&](NodeId states, NodeId ids) {
        return g.ssmScan(g.reshape(states, d_state, 1, d_inner, c.n_rs()), x, dt, a, b, k, ids);
    };
    const NodeId scanned = c.loadState(in, ssm_states, static_cast<int64_t>(c.hp.n_embd_s()), scan);
    const Node n = shapeOf(c, x);
    keepStates(c, scanned, d_state * d_inner * seqs, n.nb[3] * static_cast<uint64_t>(n.ne[3]), ssm_states);
    NodeId y = g.view3d(scanned, d_inner, tokens, seqs, n.nb[2], n.nb[3], 0);
    y = g.add(y, g.mul(convolved, c.w(il, "ssm_d")));
    y = g.gluSplit(GluOp::swiglu, g.cont(z), y);
    cur = c.linear(c.w(il, "ssm_out.weight"), y, c.w(il, "ssm_out.scale"));
    return g.reshape(cur, shapeOf(c, cur).ne[0], tokens * seqs);
}

NodeId mamba2Layer(GraphContext & c, const StateInput & in, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t d_conv = c.hp.ssm_d_conv;
    const int64_t d_inner = c.hp.ssm_d_inner;
    const int64_t d_state = c.hp.ssm_d_state;
    const int64_t heads = c.hp.ssm_dt_rank;
    const int64_t groups = c.hp.ssm_n_group;
    const int64_t tokens = c.n_seq_tokens;
    const int64_t seqs = c.n_seqs;
    if (heads == 0 || groups == 0) return g.fail("a Mamba 2 layer without heads or groups");
    const int64_t head = d_inner / heads;
    const int64_t channels = d_inner + 2 * groups * d_state;
    const NodeId conv_states = c.cacheTensor("", "r", il);
    const NodeId ssm_states = c.cacheTensor("", "s", il);

    const NodeId loaded = c.loadState(in, conv_states, static_cast<int64_t>(c.hp.n_embd_r()));
    const NodeId history = g.reshape(loaded, d_conv - 1, channels, seqs);
    cur = g.reshape(cur, shapeOf(c, cur).ne[0], tokens, seqs);
    const NodeId all = c.linear(c.w(il, "ssm_in.weight"), cur, c.w(il, "ssm_in.scale"));
    const Node p = shapeOf(c, all);
    const NodeId z = g.view4d(all, head, heads, tokens, seqs, floats(head), p.nb[1], p.nb[2], 0);
    NodeId mixed = g.view3d(all, channels, tokens, seqs, p.nb[1], p.nb[2], floats(d_inner));
    NodeId dt = g.view3d(all, heads, tokens, seqs, p.nb[1], p.nb[2], floats(d_inner + channels));

    const NodeId columns = g.concat(history, g.transpose(mixed), 0);
    keepHistory(c, columns, d_conv - 1, g.view1d(conv_states, (d_conv - 1) * channels * seqs, 0));
    mixed = g.ssmConv(columns, c.w(il, "ssm_conv1d.weight"));
    mixed = g.silu(g.add(mixed, c.w(il, "ssm_conv1d.bias")));

    const Node m = shapeOf(c, mixed);
    const NodeId x = g.view4d(mixed, head, heads, tokens, seqs, floats(head), m.nb[1], m.nb[2], 0);
    const NodeId b = g.view4d(mixed, d_state, groups, tokens, seqs, floats(d_state), m.nb[1], m.nb[2], floats(d_inner));
    const NodeId k = g.view4d(mixed, d_state, groups, tokens, seqs, floats(d_state), m.nb[1], m.nb[2],
                              floats(d_inner + groups * d_state));
    dt = g.add(g.cont(dt), c.w(il, "ssm_dt.bias"));
    const NodeId a = c.w(il, "ssm_a");
    const auto scan = [&](NodeId states, NodeId ids) {
        return g.ssmScan(g.reshape(states, d_state, head, heads, c.n_rs()), x, dt, a, b, k, ids);
    };
    const NodeId scanned = c.loadState(in, ssm_states, static_cast<int64_t>(c.hp.n_embd_s()), scan);
    keepStates(c, scanned, d_state * d_inner * seqs, floats(head * heads * tokens * seqs), ssm_states);

    NodeId y = g.view4d(scanned, head, heads, tokens, seqs, floats(head), floats(head * heads),
                        floats(head * heads * tokens), 0);
    y = c.cb(g.add(y, g.mul(x, c.w(il, "ssm_d"))), "mamba2_y_add_d", il);
    y = g.gluSplit(GluOp::swiglu, g.cont(z), y);
    if (const NodeId weight = c.w(il, "ssm_norm.weight"); present(weight)) {
        y = g.reshape(y, d_inner / groups, groups, tokens, seqs);
        y = c.norm(y, weight, NodeId::none, NormKind::rms, il);
    }
    y = g.reshape(y, d_inner, tokens, seqs);
    cur = c.linear(c.w(il, "ssm_out.weight"), y, c.w(il, "ssm_out.scale"));
    return c.cb(g.reshape(cur, shapeOf(c, cur).ne[0], tokens * seqs), "mamba_out", il);
}

}  // namespace ggufit
