// The gated delta rule: fused, token by token, or in chunks (delta-net-base.cpp).
#include <algorithm>

#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// Dimensions that all three ways work in.
struct Sizes {
    int64_t head, k_heads, heads, tokens, seqs;
};

Sizes sizesOf(const GraphContext & c, const DeltaRule & in) {
    const Node q = shapeOf(c, in.q);
    return {q.ne[0], q.ne[1], shapeOf(c, in.v).ne[1], q.ne[2], q.ne[3]};
}

NodeId fusedRule(GraphContext & c, const DeltaRule & in, int64_t n_slots, int64_t il) {
    const NodeId both = c.g.gatedDeltaNet(in.q, in.k, in.v, in.gate, in.beta, in.state, n_slots);
    if (both != NodeId::none) c.g.graph()[both].layer = static_cast<int32_t>(il);
    return both;
}

/// The output, which comes first in what the fused operation gives.
NodeId outputOf(GraphContext & c, NodeId both, const Sizes & n) {
    const int64_t row = n.head * n.heads;
    return c.g.view4d(both, n.head, n.heads, n.tokens, n.seqs, floats(n.head), floats(row), floats(row * n.tokens), 0);
}

DeltaResult fused(GraphContext & c, const DeltaRule & in, int64_t il) {
    const Sizes n = sizesOf(c, in);
    DeltaRule given = in;
    if (c.has(LlamaRule::draft_qwen35) && !c.has(LlamaRule::delta_state))
        given.state = c.g.reshape(in.state, n.head * n.head * n.heads, 1, n.seqs);
    const NodeId both = fusedRule(c, given, 1, il);
    const int64_t row = n.head * n.heads;
    DeltaResult out;
    out.output = outputOf(c, both, n);
    out.state = c.g.view4d(both, n.head, n.head, n.heads, n.seqs, floats(n.head), floats(n.head * n.head),
                           floats(n.head * row), floats(row * n.tokens * n.seqs));
    return out;
}

DeltaResult oneToken(GraphContext & c, const DeltaRule & in, int64_t il) {
    GraphBuilder & g = c.g;
    const Sizes n = sizesOf(c, in);
    NodeId q = g.permute(g.scale(in.q), 0, 2, 1, 3);
    NodeId k = g.permute(in.k, 0, 2, 1, 3);
    const NodeId v = g.permute(in.v, 0, 2, 1, 3);
    c.cb(q, "q_in", il);
    c.cb(k, "k_in", il);
    c.cb(v, "v_in", il);
    c.cb(in.beta, "b_in", il);
    c.cb(in.gate, "g_in", il);
    NodeId gate = g.reshape(in.gate, 1, shapeOf(c, in.gate).ne[0], n.heads, n.seqs);
    const NodeId beta = g.reshape(in.beta, 1, 1, n.heads, n.seqs);
    gate = g.exp(gate);
    NodeId s = g.mul(in.state, gate);
    const NodeId sk = g.sumRows(g.mul(s, k));
    NodeId d = g.sub(v, g.transpose(sk));
    d = g.transpose(g.mul(d, beta));
    k = g.repeat(k, s);
    s = c.cb(g.add(s, g.mul(k, d)), "dnet_add_ar_state", il);
    const NodeId o = g.sumRows(g.mul(s, q));
    return {g.permute(o, 2, 0, 1, 3), s};
}

/// What the chunks are computed from, each [.., .., chunks, heads × sequences].
struct Chunks {
    Sizes n;
    int64_t size, count;
    NodeId q, k, v, k_b, v_b, gate;
    NodeId decays;  // cumulated gates, transposed
    NodeId kb, kq;
};

Chunks cut(GraphContext & c, const DeltaRule & in, bool per_channel, int64_t il) {
    GraphBuilder & g = c.g;
    Chunks out{};
    out.n = sizesOf(c, in);
    const Sizes & n = out.n;
    NodeId q = c.cb(g.scale(in.q), "q_in", il);
    c.cb(in.k, "k_in", il);
    c.cb(in.v, "v_in", il);
    c.cb(in.beta, "b_in", il);
    c.cb(in.gate, "g_in", il);
    q = g.permute(q, 0, 2, 1, 3);
    NodeId k = g.permute(in.k, 0, 2, 1, 3);
    NodeId v = g.permute(in.v, 0, 2, 1, 3);
    NodeId gate = g.permute(in.gate, 0, 2, 1, 3);
    NodeId beta = g.permute(in.beta, 0, 2, 1, 3);

    out.size = per_channel ? 16 : 64;
    const int64_t padding = (out.size - n.tokens % out.size) % out.size;
    out.count = (n.tokens + padding) / out.size;
    for (NodeId * t : {&q, &k, &v, &gate, &beta}) *t = g.pad(*t, 0, padding, 0, 0);
    const NodeId v_b = c.cb(g.mul(v, beta), "v_b", il);
    const NodeId k_b = c.cb(g.mul(k, beta), "k_b", il);
    out.q = g.reshape(q, n.head, out.size, out.count, n.k_heads * n.seqs);
    out.k = g.reshape(k, n.head, out.size, out.count, n.k_heads * n.seqs);
    out.k_b = g.reshape(k_b, n.head, out.size, out.count, n.heads * n.seqs);
    out.v = g.reshape(v, n.head, out.size, out.count, n.heads * n.seqs);
    out.v_b = g.reshape(v_b, n.head, out.size, out.count, n.heads * n.seqs);
    out.gate = g.reshape(gate, shapeOf(c, gate).ne[0], out.size, out.count, n.heads * n.seqs);
    out.decays = c.cb(g.cumsum(g.cont(g.transpose(out.gate))), "g_cs", il);
    return out;
}

/// Keys against keys and queries, decayed by one gate a head.
void relateByHead(GraphContext & c, Chunks & s, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t heads = s.n.heads * s.n.seqs;
    NodeId mask = g.reshape(s.decays, 1, s.size, s.count, heads);
    mask = g.repeat4d(mask, s.size, s.size, s.count, heads);
    mask = c.cb(g.exp(g.tri(g.sub(mask, s.decays))), "decay_mask", il);
    s.kb = g.mul(g.mulMat(s.k, s.k_b), mask);
    s.kq = g.mul(g.mulMat(s.k, s.q), mask);
}

/// The same with a gate for each channel (Kimi).
void relateByChannel(GraphContext & c, Chunks & s, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = s.n.head;
    const int64_t blocks = s.count * s.n.k_heads * s.n.seqs;
    const NodeId decays_i = g.reshape(s.decays, s.size, 1, head, blocks);
    NodeId decays_j = g.reshape(s.decays, 1, s.size, head, blocks);
    decays_j = g.repeat4d(decays_j, s.size, s.size, head, blocks);
    NodeId mask = c.cb(g.exp(g.tri(g.sub(decays_j, decays_i))), "decay_mask", il);
    mask = g.contAs(g.permute(mask, 2, 1, 0, 3), head, s.size, s.size, blocks);
    const NodeId k_b = g.reshape(s.k_b, head, s.size, 1, blocks);
    const NodeId k = g.reshape(s.k, head, 1, s.size, blocks);
    const NodeId q = g.reshape(s.q, head, s.size, 1, blocks);
    const NodeId decayed_k = g.mul(mask, k_b);
    const NodeId decayed_q = g.mul(mask, q);
    const auto squared = [&](NodeId x) {
        return g.cont(g.transpose(g.reshape(x, s.size, s.size, s.count, s.n.heads * s.n.seqs)));
    };
    s.kb = g.mulMat(decayed_k, k);
    s.kq = g.mulMat(decayed_q, k);
    s.kb = squared(s.kb);
    s.kq = squared(s.kq);
}

NodeId chunkOf(GraphContext & c, NodeId x, int64_t chunk) {
    const Node n = shapeOf(c, x);
    return c.g.view4d(x, n.ne[0], n.ne[1], 1, n.ne[3], n.nb[1], n.nb[2], n.nb[3],
                      n.nb[2] * static_cast<uint64_t>(chunk));
}

/// The solved relation of a chunk's keys to each other (I + lower triangle)⁻¹.
NodeId solve(GraphContext & c, const Chunks & s, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId attn = c.cb(g.tri(s.kb), "attn", il);
    const NodeId identity = g.diag(g.fill(g.view1d(attn, s.size, 0)));
    const NodeId lhs = c.cb(g.add(attn, identity), "dnet_add_ch_lhs", il);
    attn = c.cb(g.neg(attn), "attn_pre_solve", il);
    return c.cb(g.add(g.solveTri(lhs, attn), identity), "dnet_add_ch_attn_solved", il);
}

DeltaResult chunked(GraphContext & c, const DeltaRule & in, int64_t il) {
    GraphBuilder & g = c.g;
    const Node q = shapeOf(c, in.q);
    const Node gates = shapeOf(c, in.gate);
    const bool per_channel = gates.ne[0] == q.ne[0] && gates.ne[1] == q.ne[1];
    Chunks s = cut(c, in, per_channel, il);
    const Sizes & n = s.n;
    per_channel ? relateByChannel(c, s, il) : relateByHead(c, s, il);

    const NodeId kq = c.cb(g.tri(s.kq), "kq", il);
    const NodeId attn = solve(c, s, il);
    NodeId v = g.mulMat(g.cont(g.transpose(s.v_b)), attn);
    const NodeId decay = g.exp(s.decays);
    const NodeId k_b = g.cont(g.transpose(s.k_b));
    const NodeId kbg = c.cb(g.mul(k_b, decay), "k_beta_g_exp", il);
    const NodeId k_decayed = c.cb(g.mulMat(kbg, attn), "k_cumdecay", il);
    const NodeId q_decayed = g.mul(s.q, g.cont(g.transpose(decay)));

    const Node d = shapeOf(c, s.decays);
    NodeId last = g.view4d(s.decays, 1, d.ne[1], d.ne[2], d.ne[3], d.nb[1], d.nb[2], d.nb[3], floats(d.ne[0] - 1));
    last = g.cont(c.cb(last, "g_last", il));
    const NodeId last_decay = c.cb(g.transpose(g.exp(last)), "g_last_exp_t", il);
    const NodeId rest = c.cb(g.neg(g.sub(s.decays, last)), "g_diff", il);
    const NodeId rest_decay = g.cont(g.transpose(g.exp(rest)));
    const NodeId kg = c.cb(g.mul(s.k, rest_decay), "key_gdiff", il);
    const NodeId kg_t = c.cb(g.cont(g.transpose(kg)), "key_gdiff_t", il);
    NodeId state = c.cb(g.reshape(in.state, n.head, n.head, 1, n.heads * n.seqs), "dnet_add_ch_state", il);
    const NodeId v_t = g.cont(g.transpose(v));

    for (int64_t i = 0; i < s.count && g.ok(); ++i) {
        const NodeId ch_k = chunkOf(c, k_decayed, i);
        const NodeId ch_v = chunkOf(c, v_t, i);
        const NodeId ch_kq = chunkOf(c, kq, i);
        const NodeId ch_q = chunkOf(c, q_decayed, i);
        const NodeId ch_kg = chunkOf(c, kg_t, i);
        const NodeId v_prime = c.cb(g.mulMat(ch_k, state), "v_prime", il);
        const NodeId v_new = c.cb(g.sub(ch_v, v_prime), "v_t_new", il);
        const NodeId v_attn = c.cb(g.mulMat(v_new, ch_kq), "v_attn", il);
        const NodeId inter = c.cb(g.mulMat(state, ch_q), "attn_inter", il);
        v = g.set(v, c.cb(g.add(inter, v_attn), "dnet_add_ch_attn_out", il), true);
        const NodeId kgv = g.mulMat(ch_kg, v_new);
        state = c.cb(g.add(g.mul(state, chunkOf(c, last_decay, i)), kgv), "dnet_add_ch_state", il);
    }
    const int64_t padded = s.size * s.count;
    NodeId out = g.view4d(v, n.head, n.tokens, n.heads, n.seqs, floats(n.head), floats(n.head * padded),
                          floats(n.head * padded * n.heads), 0);
    out = g.permute(out, 0, 2, 1, 3);
    return {out, c.cb(g.reshape(state, n.head, n.head, n.heads, n.seqs), "output_state", il)};
}

}  // namespace

DeltaResult deltaRule(GraphContext & c, const DeltaRule & in, int64_t il) {
    if (shapeOf(c, in.q).ne[2] == 1) return c.request.fused_delta_net_decode ? fused(c, in, il) : oneToken(c, in, il);
    return c.request.fused_delta_net_prompt ? fused(c, in, il) : chunked(c, in, il);
}

NodeId recurrentAttention(GraphContext & c, const DeltaRule & in, NodeId states, int64_t il) {
    GraphBuilder & g = c.g;
    const auto n_embd_s = static_cast<int64_t>(c.hp.n_embd_s());
    const uint64_t row = shapeOf(c, states).nb[1];
    if (c.cache.shape.n_rs_seq == 0) {
        const DeltaResult result = deltaRule(c, in, il);
        c.cb(result.output, "attn_output", il);
        c.cb(result.state, "new_state", il);
        g.expand(g.cpy(result.state, g.view2d(states, n_embd_s, c.n_seqs, row, 0)));
        return result.output;
    }
    const Sizes n = sizesOf(c, in);
    const int64_t slots = int64_t{c.cache.shape.n_rs_seq} + 1;
    const int64_t written = std::min(n.tokens, slots);
    const int64_t state = n.head * n.head * n.heads;
    const NodeId both = fusedRule(c, in, slots, il);
    const NodeId output = c.cb(outputOf(c, both, n), "attn_output", il);
    const NodeId from = g.view3d(both, state, n.seqs, written, floats(state), floats(state * n.seqs),
                                 floats(n.head * n.heads * n.tokens * n.seqs));
    g.expand(g.cpy(from, g.view3d(states, state, n.seqs, written, row, floats(c.n_rs() * n_embd_s), 0)));
    return output;
}

}  // namespace ggufit
