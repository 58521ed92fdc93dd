// Qwen3-Next and Qwen3.5: gated delta nets, every few layers gated attention.
#include <algorithm>
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// Sizes of a linear layer.
struct Linear {
    int64_t k_head, k_heads, v_head, v_heads, tokens, seqs;
};

struct Mixed {
    NodeId qkv = NodeId::none, z = NodeId::none;  // z gates the output
};

struct Gates {
    NodeId beta = NodeId::none, decay = NodeId::none;
};

using Projection = Mixed (*)(GraphContext & c, const Linear & n, NodeId x, int64_t il);
using Gating = Gates (*)(GraphContext & c, const Linear & n, NodeId x, int64_t il);

/// How Qwen3-Next and Qwen3.5 differ.
struct Generation {
    bool next = false;
    LlamaRule draft = LlamaRule::late_july;
    Projection project = nullptr;
    Gating gate = nullptr;
};

Mixed separately(GraphContext & c, const Linear & n, NodeId x, bool scales, int64_t il) {
    const auto scale = [&](const char * name) { return scales ? c.w(il, name) : NodeId::none; };
    Mixed out;
    out.qkv = c.linear(c.w(il, "attn_qkv.weight"), x, scale("attn_qkv.scale"));
    out.qkv = c.g.reshape(out.qkv, shapeOf(c, out.qkv).ne[0], n.tokens, n.seqs);
    c.cb(out.qkv, "linear_attn_qkv_mixed", il);
    out.z = c.cb(c.linear(c.w(il, "attn_gate.weight"), x, scale("attn_gate.scale")), "z", il);
    return out;
}

/// Older files of Qwen3-Next hold q, k, v and z in one matrix, interleaved by head.
Mixed interleaved(GraphContext & c, const Linear & n, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t v_part = n.v_head * n.v_heads / n.k_heads;
    NodeId all = c.cb(c.linear(c.w(il, "ssm_in.weight"), x), "linear_attn_mixed_qkvz", il);
    all = g.reshape(all, 2 * n.k_head + 2 * n.v_head * (n.v_heads / n.k_heads), n.k_heads, n.tokens, n.seqs);
    const Node s = shapeOf(c, all);
    const auto part = [&](int64_t size, int64_t from, const char * name) {
        const NodeId view = g.view4d(all, size, n.k_heads, n.tokens, n.seqs, s.nb[1], s.nb[2], s.nb[3], floats(from));
        return name == nullptr ? view : c.cb(view, name, il);
    };
    const NodeId q = part(n.k_head, 0, "q");
    const NodeId k = part(n.k_head, n.k_head, "k");
    const NodeId v = part(v_part, 2 * n.k_head, "v");
    Mixed out;
    out.z = c.cb(g.cont(part(v_part, 2 * n.k_head + v_part, nullptr)), "z", il);
    const NodeId flat_q = c.cb(g.contAs(q, n.k_head * n.k_heads, n.tokens, n.seqs), "query_flat", il);
    const NodeId flat_k = c.cb(g.contAs(k, n.k_head * n.k_heads, n.tokens, n.seqs), "key_flat", il);
    const NodeId flat_v = c.cb(g.contAs(v, n.v_head * n.v_heads, n.tokens, n.seqs), "value_flat", il);
    out.qkv = c.cb(g.concat(g.concat(flat_q, flat_k, 0), flat_v, 0), "qkv_mixed", il);
    return out;
}

Mixed projectNext(GraphContext & c, const Linear & n, NodeId x, int64_t il) {
    const bool split = c.w(il, "attn_qkv.weight") != NodeId::none;
    return split ? separately(c, n, x, false, il) : interleaved(c, n, x, il);
}

Mixed project35(GraphContext & c, const Linear & n, NodeId x, int64_t il) { return separately(c, n, x, true, il); }

NodeId decayOf(GraphContext & c, NodeId alpha, int64_t il) {
    GraphBuilder & g = c.g;
    alpha = c.cb(g.softplus(g.add(alpha, c.w(il, "ssm_dt.bias"))), "a_softplus", il);
    return c.cb(g.mul(alpha, c.w(il, "ssm_a")), "gate", il);
}

Gates gateNext(GraphContext & c, const Linear & n, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t half = n.v_heads / n.k_heads;
    NodeId both = c.cb(c.linear(c.w(il, "ssm_ba.weight"), x), "linear_attn_mixed_ba", il);
    both = g.reshape(both, 2 * n.v_heads / n.k_heads, n.k_heads, n.tokens, n.seqs);
    const Node s = shapeOf(c, both);
    const NodeId b = g.view4d(both, half, n.k_heads, n.tokens, n.seqs, s.nb[1], s.nb[2], s.nb[3], 0);
    c.cb(b, "b", il);
    const NodeId a = g.view4d(both, half, n.k_heads, n.tokens, n.seqs, s.nb[1], s.nb[2], s.nb[3], floats(half));
    c.cb(a, "a", il);
    Gates out;
    out.beta = g.sigmoid(g.cont(b));
    out.decay = decayOf(c, g.contAs(a, n.v_heads, n.tokens, n.seqs), il);
    out.beta = g.reshape(out.beta, 1, n.v_heads, n.tokens, n.seqs);
    out.decay = g.reshape(out.decay, 1, n.v_heads, n.tokens, n.seqs);
    return out;
}

Gates gate35(GraphContext & c, const Linear & n, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    Gates out;
    out.beta = c.linear(c.w(il, "ssm_beta.weight"), x, c.w(il, "ssm_beta.scale"));
    out.beta = c.cb(g.reshape(out.beta, 1, n.v_heads, n.tokens, n.seqs), "beta", il);
    out.beta = c.cb(g.sigmoid(out.beta), "beta_sigmoid", il);
    NodeId alpha = c.linear(c.w(il, "ssm_alpha.weight"), x, c.w(il, "ssm_alpha.scale"));
    alpha = c.cb(g.reshape(alpha, n.v_heads, n.tokens, n.seqs), "alpha", il);
    out.decay = g.reshape(decayOf(c, alpha, il), 1, n.v_heads, n.tokens, n.seqs);
    return out;
}

/// Stores what the convolution of the next batch starts from; with drafts also after each of the last tokens, so that
/// rejected ones can be taken back. Each of those has its own part of the state's rows.
void keepColumns(GraphContext & c, NodeId columns, int64_t taken, NodeId states, int64_t il) {
    GraphBuilder & g = c.g;
    const Node n = shapeOf(c, columns);
    const int64_t kept = int64_t{c.cache.shape.n_rs_seq} + 1;
    for (int64_t t = 1; t <= kept; ++t) {
        const int64_t from = std::max<int64_t>(0, n.ne[0] - taken - kept + t);
        const NodeId last = g.view3d(columns, taken, n.ne[1], c.n_seqs, n.nb[1], n.nb[2], floats(from));
        const int64_t row = (kept - t) * c.n_rs();
        const NodeId rows =
            g.view2d(states, taken * n.ne[1], c.n_seqs, shapeOf(c, states).nb[1], floats(row * taken * n.ne[1]));
        if (kept == 1) c.cb(last, "conv_state_last", il);
        if (kept == 1) c.cb(rows, "conv_state_update", il);
        g.expand(g.cpy(last, rows));
    }
}

/// The convolved inputs with a rolling state before them (build_conv_state).
NodeId convolve(GraphContext & c, const StateInput & in, NodeId qkv, int64_t channels, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId kernel = c.w(il, "ssm_conv1d.weight");
    const int64_t taken = shapeOf(c, kernel).ne[0] - 1;
    const NodeId states = c.cacheTensor("", "r", il);
    NodeId history = c.loadState(in, states, static_cast<int64_t>(c.hp.n_embd_r()));
    c.cb(history, "conv_states", il);
    history = c.cb(g.reshape(history, taken, channels, c.n_seqs), "conv_states_reshaped", il);
    const NodeId turned = c.cb(g.transpose(qkv), "qkv_mixed_transposed", il);
    const NodeId columns = c.cb(g.concat(history, turned, 0), "conv_input", il);
    keepColumns(c, columns, taken, states, il);
    return columns;
}

/// Heads of q or k repeated to those of v. Qwen3-Next repeats each head in place, Qwen3.5 the whole row.
NodeId repeatHeads(GraphContext & c, const Generation & t, const Linear & n, NodeId x) {
    GraphBuilder & g = c.g;
    if (!t.next) return g.repeat4d(x, n.k_head, n.v_heads, n.tokens, n.seqs);
    const int64_t times = n.v_heads / n.k_heads;
    return g.repeat4d(x, n.k_head, times, n.k_heads, n.tokens * n.seqs);
}

void matchHeads(GraphContext & c, const Generation & t, const Linear & n, DeltaRule & rule) {
    GraphBuilder & g = c.g;
    const bool fused = c.request.fused_delta_net_decode && c.request.fused_delta_net_prompt;
    if (n.k_heads == n.v_heads || (!t.next && fused)) return;
    if (!t.next) {
        rule.q = repeatHeads(c, t, n, rule.q);
        rule.k = repeatHeads(c, t, n, rule.k);
        return;
    }
    const NodeId q = g.reshape(rule.q, n.k_head, 1, n.k_heads, n.tokens * n.seqs);
    const NodeId k = g.reshape(rule.k, n.k_head, 1, n.k_heads, n.tokens * n.seqs);
    const NodeId q_repeated = repeatHeads(c, t, n, q);
    const NodeId k_repeated = repeatHeads(c, t, n, k);
    rule.q = g.reshape(q_repeated, n.k_head, n.v_heads, n.tokens, n.seqs);
    rule.k = g.reshape(k_repeated, n.k_head, n.v_heads, n.tokens, n.seqs);
}

NodeId linearLayer(GraphContext & c, const Generation & t, const StateInput & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t d_inner = c.hp.ssm_d_inner;
    if (c.hp.ssm_dt_rank == 0 || c.hp.ssm_n_group == 0) return g.fail("a gated delta net without heads");
    const Linear n{c.hp.ssm_d_state, c.hp.ssm_n_group, d_inner / c.hp.ssm_dt_rank,
                   c.hp.ssm_dt_rank, c.n_seq_tokens,   c.n_seqs};
    const Mixed mixed = t.project(c, n, x, il);
    const Gates gates = t.gate(c, n, x, il);
    DeltaRule rule;
    rule.beta = gates.beta;
    rule.gate = gates.decay;

    const NodeId columns = convolve(c, in, mixed.qkv, d_inner + 2 * n.k_heads * n.k_head, il);
    const NodeId states = c.cacheTensor("", "s", il);
    rule.state = c.loadState(in, states, static_cast<int64_t>(c.hp.n_embd_s()));
    rule.state = g.reshape(rule.state, n.v_head, n.v_head, n.v_heads, n.seqs);
    c.cb(rule.state, "state_predelta", il);
    const NodeId raw = c.cb(g.ssmConv(columns, c.w(il, "ssm_conv1d.weight")), "conv_output_raw", il);
    const NodeId qkv = c.cb(g.silu(raw), "conv_output_silu", il);

    const int64_t keys = n.k_head * n.k_heads;
    const uint64_t row = floats(2 * keys + n.v_head * n.v_heads);
    const uint64_t seq = row * static_cast<uint64_t>(n.tokens);
    rule.q = g.view4d(qkv, n.k_head, n.k_heads, n.tokens, n.seqs, floats(n.k_head), row, seq, 0);
    rule.k = g.view4d(qkv, n.k_head, n.k_heads, n.tokens, n.seqs, floats(n.k_head), row, seq, floats(keys));
    rule.v = g.view4d(qkv, n.v_head, n.v_heads, n.tokens, n.seqs, floats(n.v_head), row, seq, floats(2 * keys));
    c.cb(rule.q, "q_conv", il);
    c.cb(rule.k, "k_conv", il);
    c.cb(rule.v, "v_conv", il);
    rule.q = g.l2Norm(rule.q);
    rule.k = g.l2Norm(rule.k);
    matchHeads(c, t, n, rule);
    c.cb(rule.q, "q_conv_predelta", il);
    c.cb(rule.k, "k_conv_predelta", il);
    c.cb(rule.v, "v_conv_predelta", il);

    const NodeId output = recurrentAttention(c, rule, states, il);
    const NodeId z = g.reshape(mixed.z, n.v_head, n.v_heads, n.tokens, n.seqs);
    const NodeId normed = c.norm(output, c.w(il, "ssm_norm.weight"), NodeId::none, NormKind::rms, il);
    NodeId cur = g.mul(normed, g.silu(z));
    cur = c.cb(g.reshape(cur, n.v_head * n.v_heads, n.tokens, n.seqs), "final_output", il);
    cur = c.linear(c.w(il, "ssm_out.weight"), cur, t.next ? NodeId::none : c.w(il, "ssm_out.scale"));
    c.cb(cur, "linear_attn_out", il);
    return g.reshape(cur, c.n_embd, n.tokens * n.seqs);
}

/// Scales of NVFP4 beside attention and experts.
bool readsScales(const GraphContext & c, const Generation & t) { return !t.next || c.has(LlamaRule::late_july); }

/// Attention whose queries come with a gate for the output, interleaved by head.
NodeId gatedAttention(GraphContext & c, const Generation & t, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.n_embd_head_v;
    const uint64_t nb1 = floats(2 * head);
    const uint64_t nb2 = nb1 * static_cast<uint64_t>(c.n_head);
    const bool scales = readsScales(c, t);
    const auto project = [&](const char * weight, const char * scale, const char * name) {
        return c.cb(c.linear(c.w(il, weight), x, scales ? c.w(il, scale) : NodeId::none), name, il);
    };
    NodeId both = project("attn_q.weight", "attn_q.scale", "Qcur_full");
    NodeId gate = NodeId::none;
    const auto half = [&](int64_t from) {
        return t.next ? g.view4d(both, head, c.n_head, c.n_tokens, 1, nb1, nb2, nb2 * static_cast<uint64_t>(c.n_tokens),
                                 floats(from))
                      : g.view3d(both, head, c.n_head, c.n_tokens, nb1, nb2, floats(from));
    };
    if (t.next) both = g.reshape(both, 2 * head, c.n_head, c.n_tokens);
    Qkv p;
    p.q = c.cb(half(0), t.next ? "Qcur_view" : "Qcur_reshaped", il);
    if (t.next) gate = c.cb(half(head), "gate", il);
    p.q = c.cb(c.norm(p.q, c.w(il, "attn_q_norm.weight"), NodeId::none, NormKind::rms, il), "Qcur_normed", il);
    p.k = project("attn_k.weight", "attn_k.scale", "Kcur");
    p.v = project("attn_v.weight", "attn_v.scale", "Vcur");
    p.k = g.reshape(p.k, head, c.n_head_kv, c.n_tokens);
    p.k = c.cb(c.norm(p.k, c.w(il, "attn_k_norm.weight"), NodeId::none, NormKind::rms, il), "Kcur_normed", il);
    if (!t.next) gate = c.cb(g.contAs(half(head), head * c.n_head, c.n_tokens), "gate_reshaped", il);
    p.v = g.reshape(p.v, head, c.n_head_kv, c.n_tokens);
    p.q = c.cb(c.rope(p.q, pos), "Qcur", il);
    p.k = c.cb(c.rope(p.k, pos), "Kcur", il);
    c.cb(p.v, "Vcur", il);
    NodeId cur = c.cb(c.attn(in, {}, p.q, p.k, p.v, il), "attn_pregate", il);
    if (t.next) gate = g.contAs(gate, head * c.n_head, c.n_tokens);
    if (t.next && !c.has(LlamaRule::late_july)) gate = g.reshape(gate, head * c.n_head, c.n_tokens);
    gate = c.cb(g.sigmoid(gate), "gate_sigmoid", il);
    cur = c.cb(g.mul(cur, gate), "attn_gated", il);
    return c.cb(c.linear(c.w(il, "attn_output.weight"), cur, c.w(il, "attn_output.scale")), "attn_output", il);
}

NodeId feedForward(GraphContext & c, const Generation & t, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const bool scales = readsScales(c, t);
    const auto dense = [&](std::string_view suffix) {
        const Ffn f = withoutBiases(c.ffnOf(il, Activation::silu, FfnGate::parallel, suffix));
        return scales ? f : withoutScales(f);
    };
    if (c.w(il, "ffn_gate_inp.weight") == NodeId::none) {
        return c.cb(c.ffn(x, t.next ? withoutScales(dense("")) : dense(""), il), "ffn_out", il);
    }
    Moe m = c.moeOf(il, Activation::silu);
    m.norm_w = true;
    m.gating = ExpertGating::softmax;
    if (!scales) m = withoutScales(m);
    const NodeId routed = c.cb(c.moe(x, m, il), "ffn_moe_out", il);
    if (c.w(il, "ffn_up_shexp.weight") == NodeId::none) return routed;
    NodeId shared = c.cb(c.ffn(x, dense("_shexp"), il), "ffn_shexp", il);
    NodeId gate = c.cb(c.linear(c.w(il, "ffn_gate_inp_shexp.weight"), x), "shared_expert_gate", il);
    gate = c.cb(g.sigmoid(gate), "shared_expert_gate_sigmoid", il);
    shared = c.cb(g.mul(shared, gate), "ffn_shexp_gated", il);
    return c.cb(g.add(routed, shared), "ffn_out", il);
}

void linearGraph(GraphContext & c, const Generation & t) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(c.inpEmbd(), t.next ? "model.embed_tokens" : "model.input_embed");
    const HybridInput in = hybridInput(c);
    const NodeId pos = c.inpPos();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        g.expand(cur);
        cur = c.hp.is_recr(static_cast<uint32_t>(il)) ? linearLayer(c, t, in.states, cur, il)
                                                      : gatedAttention(c, t, in.attn, cur, pos, il);
        c.selectEarly(t.draft, il, out_ids, cur, residual);
        const NodeId attended = c.cb(g.add(cur, residual), "attn_residual", il);
        cur = c.cb(c.norm(attended, il, "post_attention_norm", NormKind::rms), "attn_post_norm", il);
        cur = c.cb(feedForward(c, t, cur, il), "ffn_out", il);
        x = c.cb(g.add(cur, attended), "l_out", il);
    }
    // Every token's state is kept for MTP layers; only the wanted ones get logits.
    const auto normed = [&](NodeId a) { return c.norm(a, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1); };
    const NodeId wanted =
        c.cb(c.has(LlamaRule::normed_draft) ? c.selectLate(t.draft, c.cb(normed(x), "h_nextn"), out_ids)
                                            : normed(c.selectLate(t.draft, x, out_ids)),
             "result_norm");
    c.finish(wanted, c.cb(c.linear(c.outputWeight(), wanted, c.w("output.scale")), "result_output"));
}

void qwen3nextGraph(GraphContext & c) { linearGraph(c, {true, LlamaRule::late_july, projectNext, gateNext}); }
void qwen35Graph(GraphContext & c) { linearGraph(c, {false, LlamaRule::draft_qwen35, project35, gate35}); }

constexpr std::array kRows = {
    GraphRow{"qwen3next", qwen3nextGraph},
    GraphRow{"qwen35", qwen35Graph},
    GraphRow{"qwen35moe", qwen35Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> qwen_linear() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
