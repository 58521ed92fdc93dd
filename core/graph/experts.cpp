// Routing and the experts' feed-forward (llama-graph.cpp, build_moe_ffn).
#include "graph/context.h"

namespace ggufit {

namespace {

constexpr float kNoClamp = 1e-6F;

bool present(NodeId id) { return id != NodeId::none; }

NodeId activate(GraphContext & c, const Moe & m, NodeId gate, NodeId up, int64_t il) {
    GraphBuilder & g = c.g;
    const bool gated = present(m.gate) || present(m.gate_up);
    switch (m.op) {
        case Activation::silu:
            if (present(m.gate) && m.clamp > kNoClamp) {
                up = c.cb(g.clamp(up), "ffn_moe_up_clamped", il);
                NodeId y = NodeId::none;
                if (m.clamp_gate_first) {
                    y = g.gluSplit(GluOp::swiglu, c.cb(g.clamp(gate), "ffn_moe_gate_clamped", il), up);
                } else {
                    const NodeId act = c.cb(g.silu(gate), "ffn_moe_silu", il);
                    y = g.mul(c.cb(g.clamp(act), "ffn_moe_silu_clamped", il), up);
                }
                return c.cb(y, "ffn_moe_swiglu_limited", il);
            }
            return gated ? c.cb(g.gluSplit(GluOp::swiglu, gate, up), "ffn_moe_swiglu", il)
                         : c.cb(g.silu(gate), "ffn_moe_silu", il);
        case Activation::gelu:
            return gated ? c.cb(g.gluSplit(GluOp::geglu, gate, up), "ffn_moe_geglu", il)
                         : c.cb(g.gelu(gate), "ffn_moe_gelu", il);
        case Activation::swiglu_oai: return c.cb(g.gluSplit(GluOp::swiglu_oai, gate, up), "ffn_moe_swiglu_oai", il);
        case Activation::relu:
            return gated ? c.cb(g.gluSplit(GluOp::reglu, gate, up), "ffn_moe_reglu", il)
                         : c.cb(g.relu(gate), "ffn_moe_relu", il);
        case Activation::relu_sqr: return c.cb(g.simple(Op::sqr, g.relu(gate)), "ffn_moe_relu_sqr", il);
        default: return g.fail("an expert activation that llama.cpp does not have");
    }
}

/// Only the best groups of experts keep their scores (DeepSeek V3).
NodeId maskGroups(GraphContext & c, NodeId scores, int64_t n_expert, int64_t n_tokens, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t n_groups = c.hp.n_expert_groups;
    const NodeId groups = g.reshape(scores, n_expert / n_groups, n_groups, n_tokens);
    if (!present(groups)) return groups;
    NodeId best = g.argsortTopK(groups, 2);
    best = g.getRows(g.reshape(groups, 1, g[groups].ne[0], g[groups].ne[1], g[groups].ne[2]), best);
    if (!present(best)) return best;
    NodeId sums = g.sumRows(g.reshape(best, g[best].ne[1], g[best].ne[2], g[best].ne[3]));
    sums = g.reshape(sums, n_groups, n_tokens);
    const NodeId chosen = c.cb(g.argsortTopK(sums, c.hp.n_group_used), "ffn_moe_group_topk", il);
    const NodeId kept = g.getRows(groups, chosen);
    const NodeId masked = g.setRows(g.fill(groups), kept, chosen);
    return c.cb(g.reshape(masked, n_expert, n_tokens), "ffn_moe_probs_masked", il);
}

NodeId routerProbs(GraphContext & c, const Moe & m, NodeId logits) {
    GraphBuilder & g = c.g;
    switch (m.gating) {
        case ExpertGating::softmax: return g.softMax(logits);
        case ExpertGating::sigmoid: return g.sigmoid(logits);
        case ExpertGating::softmax_weight: return logits;
        case ExpertGating::sqrt_softplus: return g.simple(Op::sqrt, g.softplus(logits));
        default: return g.fail("an expert gating that llama.cpp does not have");
    }
}

/// Weights of the selected experts, [1, n_expert_used, n_tokens].
NodeId expertWeights(GraphContext & c, const Moe & m, NodeId probs, NodeId selected, int64_t n_tokens, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId weights = c.cb(g.getRows(probs, selected), "ffn_moe_weights", il);
    if (m.gating == ExpertGating::softmax_weight) {
        weights = g.softMax(g.reshape(weights, m.n_expert_used, n_tokens));
        weights = c.cb(g.reshape(weights, 1, m.n_expert_used, n_tokens), "ffn_moe_weights_softmax", il);
    }
    if (m.norm_w) {
        weights = g.reshape(weights, m.n_expert_used, n_tokens);
        NodeId sum = c.cb(g.sumRows(weights), "ffn_moe_weights_sum", il);
        sum = c.cb(g.clamp(sum), "ffn_moe_weights_sum_clamped", il);
        weights = c.cb(g.div(weights, sum), "ffn_moe_weights_norm", il);
        weights = g.reshape(weights, 1, m.n_expert_used, n_tokens);
    }
    if (m.w_scale != 0.0F && m.w_scale != 1.0F) weights = c.cb(g.scale(weights), "ffn_moe_weights_scaled", il);
    g.expand(weights);
    return weights;
}

struct GateUp {
    NodeId gate, up;
};

GateUp project(GraphContext & c, const Moe & m, NodeId x, NodeId selected, int64_t il) {
    GraphBuilder & g = c.g;
    if (present(m.gate_up)) {
        NodeId both = c.cb(c.linearId(m.gate_up, x, selected, m.up_s), "ffn_moe_gate_up", il);
        if (present(m.gate_up_b)) both = c.cb(g.addId(both, m.gate_up_b, selected), "ffn_moe_gate_up_biased", il);
        if (!present(both)) return {both, both};
        const Node n = g[both];
        const int64_t n_ff = n.ne[0] / 2;
        const NodeId gate = g.view3d(both, n_ff, n.ne[1], n.ne[2], n.nb[1], n.nb[2], 0);
        const NodeId up =
            g.view3d(both, n_ff, n.ne[1], n.ne[2], n.nb[1], n.nb[2], static_cast<uint64_t>(n_ff) * n.nb[0]);
        return {c.cb(gate, "ffn_moe_gate", il), c.cb(up, "ffn_moe_up", il)};
    }
    NodeId up = c.cb(c.linearId(m.up, x, selected, m.up_s), "ffn_moe_up", il);
    if (present(m.up_b)) up = c.cb(g.addId(up, m.up_b, selected), "ffn_moe_up_biased", il);
    NodeId gate = up;
    if (present(m.gate)) gate = c.cb(c.linearId(m.gate, x, selected, m.gate_s), "ffn_moe_gate", il);
    if (present(m.gate_b)) gate = c.cb(g.addId(gate, m.gate_b, selected), "ffn_moe_gate_biased", il);
    return {gate, up};
}

}  // namespace

Moe GraphContext::moeOf(int64_t il, Activation op) {
    Moe m;
    m.gate_inp = w(il, "ffn_gate_inp.weight");
    m.gate_inp_b = w(il, "ffn_gate_inp.bias");
    m.up = w(il, "ffn_up_exps.weight");
    m.up_b = w(il, "ffn_up_exps.bias");
    m.up_s = w(il, "ffn_up_exps.scale");
    m.gate = w(il, "ffn_gate_exps.weight");
    m.gate_b = w(il, "ffn_gate_exps.bias");
    m.gate_s = w(il, "ffn_gate_exps.scale");
    m.gate_up = w(il, "ffn_gate_up_exps.weight");
    m.gate_up_b = w(il, "ffn_gate_up_exps.bias");
    m.down = w(il, "ffn_down_exps.weight");
    m.down_b = w(il, "ffn_down_exps.bias");
    m.down_s = w(il, "ffn_down_exps.scale");
    m.probs_b = w(il, "exp_probs_b.bias");
    if (!present(m.probs_b)) m.probs_b = w(il, "exp_probs_b");
    m.n_expert = n_expert;
    m.n_expert_used = n_expert_used;
    m.op = op;
    m.norm_w = hp.expert_weights_norm;
    m.w_scale = hp.expert_weights_scale;
    m.gating = hp.expert_gating_func;
    return m;
}

NodeId GraphContext::moe(NodeId x, const Moe & m, int64_t il) {
    if (!present(x)) return x;
    const int64_t width = g[x].ne[0];
    const int64_t tokens = g[x].ne[1];
    NodeId logits = m.probs_in;
    if (!present(logits)) logits = cb(linear(m.gate_inp, x), "ffn_moe_logits", il);
    if (present(m.gate_inp_b)) logits = cb(g.add(logits, m.gate_inp_b), "ffn_moe_logits_biased", il);
    NodeId probs = cb(routerProbs(*this, m, logits), "ffn_moe_probs", il);

    NodeId scores = probs;
    if (present(m.probs_b)) scores = cb(g.add(probs, m.probs_b), "ffn_moe_probs_biased", il);
    if (m.select_by_logits) scores = logits;
    if (m.select_by_sigmoid) scores = cb(g.sigmoid(logits), "ffn_moe_probs_biased", il);
    if (m.grouped_selection && hp.n_expert_groups > 1 && tokens > 0) {
        scores = maskGroups(*this, scores, m.n_expert, tokens, il);
    }

    NodeId selected = m.selected_in;
    if (!present(selected)) {
        selected = g.argsortTopK(scores, m.n_expert_used);
        if (present(selected)) cb(g[selected].src[0], "ffn_moe_argsort", il);
    }
    cb(selected, "ffn_moe_topk", il);
    if (m.adjugate_of > 0) {
        const NodeId as_float = g.cast(selected, GgmlType::f32);
        selected = g.cast(g.scale(as_float), GgmlType::i32);
        probs = g.reshape(probs, 1, hp.n_expert, tokens);
    } else {
        probs = g.reshape(probs, 1, m.n_expert, tokens);
    }
    const NodeId weights = expertWeights(*this, m, probs, selected, tokens, il);

    NodeId cur = g.reshape(x, width, 1, tokens);
    if (m.weight_before_ffn) {
        cur = cb(g.mul(g.repeat4d(cur, width, m.n_expert_used, tokens, 1), weights), "ffn_moe_weighted", il);
    }
    const GateUp parts = project(*this, m, cur, selected, il);
    const NodeId act = activate(*this, m, parts.gate, parts.up, il);
    NodeId experts = cb(linearId(m.down, act, selected, m.down_s), "ffn_moe_down", il);
    if (present(m.down_b)) experts = cb(g.addId(experts, m.down_b, selected), "ffn_moe_down_biased", il);
    if (!m.weight_before_ffn) experts = cb(g.mul(experts, weights), "ffn_moe_weighted", il);
    g.expand(experts);
    if (!present(experts)) return experts;

    // The sum takes as many experts as the model uses, all views before the first addition.
    const Node e = g[experts];
    std::vector<NodeId> each;
    for (int64_t i = 0; i < hp.n_expert_used; ++i) {
        each.push_back(g.view2d(experts, width, tokens, e.nb[2], static_cast<uint64_t>(i) * e.nb[1]));
        g.expand(each.back());
    }
    if (each.empty()) return g.fail("a mixture of experts that uses none");
    NodeId out = each.front();
    for (size_t i = 1; i < each.size(); ++i) {
        out = g.add(out, each[i]);
        if (has(LlamaRule::moe_in_order)) g.expand(out);
    }
    if (each.size() == 1) out = g.cont(out);
    return cb(out, "ffn_moe_out", il);
}

}  // namespace ggufit
