// Grok, GroveMoE and Arctic, whose experts stand in a layer of their own make; and Apertus, whose activation does.
#include <algorithm>
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"

namespace ggufit {

namespace {

using namespace experts;

bool present(NodeId id) { return id != NodeId::none; }

constexpr FfnRules kNormedExperts = {
    .norm_weights = NormWeights::yes, .gating = ExpertGating::softmax, .selection_bias = false};

// --- Grok: norms behind attention and experts, a dense feed-forward beside them, capped scores and logits ------------

NodeId grokAttention(GraphContext & c, const Inputs & in, NodeId x, int64_t il) {
    const Qkv p = project(c, in, x, il, {});
    Attn a = c.attnOf(il);
    a.caps_scores = true;
    return c.attn(in.attn, a, p.q, p.k, p.v, il);
}

NodeId grokFeedForward(GraphContext & c, NodeId x, int64_t il) {
    FfnRules rules = kNormedExperts;
    rules.activation = Activation::gelu;
    const NodeId out = c.cb(c.moe(x, routed(c, il, rules), il), "ffn_moe_out", il);
    if (!present(c.w(il, "ffn_up.weight"))) return out;
    const NodeId beside = dense(c, x, il, false, false, "", Activation::gelu);
    return c.cb(c.g.scale(c.g.add(c.cb(beside, "ffn_out", il), out)), "ffn_out", il);
}

void grokGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = grokAttention(c, in, rmsNormed(c, x, il, "attn_norm"), il);
        keepOutputs(c, in, il, cur, residual);
        cur = rmsNormed(c, cur, il, "attn_output_norm", "attn_out_norm");
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = grokFeedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il);
        const bool older = present(c.w(il, "layer_output_norm.weight"));
        cur = rmsNormed(c, cur, il, older ? "layer_output_norm" : "post_ffw_norm", "ffn_post_norm");
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    NodeId logits = g.scale(c.linear(c.outputWeight(), x, c.w("output.scale")));
    if (c.hp.f_final_logit_softcapping != 0.0F) logits = g.scale(g.tanh(g.scale(logits)));
    c.finish(x, c.cb(logits, "result_output"));
}

// --- GroveMoE: groups of experts share a smaller one, which reads what the experts gave -----------------------------

NodeId groveFeedForward(GraphContext & c, NodeId x, int64_t il) {
    const NodeId logits = c.cb(c.linear(c.w(il, "ffn_gate_inp.weight"), x), "ffn_moe_logits", il);
    Moe m = routed(c, il, kNormedExperts);
    m.probs_in = logits;
    m.select_by_sigmoid = true;
    const NodeId out = c.cb(c.moe(x, m, il), "ffn_moe_out", il);

    const int64_t group = std::max<int64_t>(c.hp.n_group_experts, 1);
    m.up = c.w(il, "ffn_up_chexps.weight");
    m.gate = c.w(il, "ffn_gate_chexps.weight");
    m.down = c.w(il, "ffn_down_chexps.weight");
    m.n_expert = c.n_expert / group;
    m.n_expert_used = std::min(c.n_expert_used, m.n_expert);
    m.adjugate_of = m.n_expert == c.n_expert ? 0 : group;
    const NodeId adjugate = c.cb(c.moe(out, m, il), "ffn_adj_moe_out", il);
    return c.cb(c.g.add(out, c.g.scale(adjugate)), "ffn_final_moe_out", il);
}

void grovemoeGraph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = rmsNormed(c, x, il, "attn_norm");
        cur = attention(c, in, cur, il, {.qk_norm = QkNorm::heads});
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(c.g.add(cur, residual), "ffn_inp", il);
        cur = groveFeedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il);
        x = c.cb(c.g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- Arctic: a dense layer, and experts that read what the layer started from ----------------------------------------

void arcticGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = rmsNormed(c, x, il, "attn_norm");
        cur = attention(c, in, cur, il, {.output_bias = false});
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = dense(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il, false, false);
        const NodeId ffn_out = c.cb(g.add(c.cb(cur, "ffn_out", il), ffn_inp), "ffn_out", il);
        cur = rmsNormed(c, residual, il, "ffn_norm_exps");
        cur = c.cb(c.moe(cur, routed(c, il, kNormedExperts), il), "ffn_moe_out", il);
        x = c.cb(g.add(cur, ffn_out), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- Apertus ---------------------------------------------------------------------------------------------------------

void apertusGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    const AttnRules rules = {.qk_norm = QkNorm::heads, .rope_factors = true, .name = "attn_out"};
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = attention(c, in, rmsNormed(c, x, il, "attn_norm"), il, rules);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = rmsNormed(c, ffn_inp, il, "ffn_norm");
        cur = c.cb(c.linear(c.w(il, "ffn_up.weight"), cur), "ffn_up", il);
        cur = c.cb(g.unary(UnaryOp::xielu, cur), "ffn_xielu", il);
        cur = c.cb(c.linear(c.w(il, "ffn_down.weight"), cur), "ffn_down", il);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"apertus", apertusGraph},
    GraphRow{"arctic", arcticGraph},
    GraphRow{"grok", grokGraph},
    GraphRow{"grovemoe", grovemoeGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> other_experts() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
