// Decoders with experts whose layers partly slide: Llama 4, SmallThinker, EXAONE MoE, AFMoE, Laguna, MiMo 2, Step 3.5
// and Command A MoE.
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"

namespace ggufit {

namespace {

using namespace experts;

bool present(NodeId id) { return id != NodeId::none; }

/// Rope in all but every n-th layer.
bool ropesBut(const GraphContext & c, int64_t il) {
    const int64_t step = c.hp.n_no_rope_layer_step;
    return step > 0 && (il + 1) % step != 0;
}

// --- Llama 4 ---------------------------------------------------------------------------------------------------------

NodeId llama4Attention(GraphContext & c, const Inputs & in, NodeId scale, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const bool rope = ropesBut(c, il);
    Qkv p = project(c, in, x, il, {.rope = rope, .rope_factors = true});
    if (!rope) {
        p.q = c.cb(g.mul(p.q, scale), "Qcur", il);
    } else if (c.hp.use_kq_norm) {
        p.q = c.cb(g.rmsNorm(p.q), "Qcur_normed", il);
        p.k = c.cb(g.rmsNorm(p.k), "Kcur_normed", il);
    }
    return c.cb(c.attn(in.attn, c.attnOf(il), p.q, p.k, p.v, il), "attn_out", il);
}

NodeId llama4FeedForward(GraphContext & c, NodeId x, int64_t il) {
    if (!present(c.w(il, "ffn_gate_inp.weight"))) return c.cb(dense(c, x, il, true, false), "ffn_out", il);
    Moe m = routed(c, il, {.norm_weights = NormWeights::no, .gating = ExpertGating::sigmoid, .selection_bias = false});
    m.weight_before_ffn = true;
    m.select_by_logits = true;
    const NodeId out = c.moe(x, m, il);
    const NodeId shared = c.cb(dense(c, x, il, false, false, "_shexp"), "ffn_moe_shexp", il);
    return c.cb(c.g.add(out, shared), "ffn_moe_out_merged", il);
}

void llama4Graph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    Inputs in;
    in.pos = c.inpPos();
    const NodeId scale = c.inpAttnScale();
    in.attn = c.attnInput();
    in.out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = llama4Attention(c, in, scale, rmsNormed(c, x, il, "attn_norm"), il);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(c.g.add(cur, residual), "ffn_inp", il);
        cur = llama4FeedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il);
        x = c.cb(c.g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- SmallThinker: the router looks at what the layer starts from
// -------------------------------------------------------

void smallthinkerGraph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    const int64_t step = c.hp.n_no_rope_layer_step;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId logits = c.cb(c.linear(c.w(il, "ffn_gate_inp.weight"), x), "ffn_moe_logits", il);
        const bool rope = step == c.n_layer || (step > 0 && il % step != 0);
        NodeId cur = attention(c, in, rmsNormed(c, x, il, "attn_norm"), il, {.rope = rope});
        keepOutputs(c, in, il, cur, residual);
        if (il == c.n_layer - 1) logits = c.selectOutputs(logits, in.out_ids);
        const NodeId ffn_inp = c.cb(c.g.add(cur, residual), "ffn_inp", il);
        cur = rmsNormed(c, ffn_inp, il, "ffn_norm");
        Moe m =
            routed(c, il, {.norm_weights = NormWeights::yes, .selection_bias = false, .activation = Activation::relu});
        m.probs_in = logits;
        cur = c.cb(c.moe(cur, m, il), "ffn_out", il);
        x = c.cb(c.g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- EXAONE MoE: rope in sliding layers alone
// ----------------------------------------------------------------------------

void exaoneMoeGraph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        const AttnRules rules = {.qk_norm = QkNorm::heads,
                                 .rope = c.hp.is_swa(static_cast<uint32_t>(il)),
                                 .rope_factors = true,
                                 .output_bias = false,
                                 .name = "attn_out"};
        NodeId cur = attention(c, in, rmsNormed(c, x, il, "attn_norm"), il, rules);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(c.g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                          {.shared = Shared::always, .dense = Dense::without_router});
        x = c.cb(c.g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- Gated attention: AFMoE, Laguna, Step 3.5
// ----------------------------------------------------------------------------

/// Scales each head of the attention's output by one value, or each value by its own where the gate is as wide.
NodeId gatedBy(GraphContext & c, NodeId x, NodeId gate, int64_t il) {
    GraphBuilder & g = c.g;
    if (!present(x) || !present(gate)) return NodeId::none;
    const int64_t heads = c.hp.n_head(static_cast<uint32_t>(il));
    const auto width = static_cast<int64_t>(g[x].ne[0]);
    const int64_t tokens = g[x].ne[1];
    if (g[gate].ne[0] != heads || heads == 0) return c.cb(g.mul(x, gate), "attn_gated", il);
    const NodeId cut = g.reshape(x, width / heads, heads, tokens);
    const NodeId scaled = g.mul(cut, g.reshape(gate, 1, heads, tokens));
    return c.cb(g.reshape(scaled, width, tokens), "attn_gated", il);
}

/// Attention without its output matrix, which is multiplied behind the gate.
NodeId bareAttention(GraphContext & c, const Inputs & in, const Qkv & p, int64_t il) {
    return c.cb(c.attn(in.attn, Attn{}, p.q, p.k, p.v, il), "attn_out", il);
}

NodeId outputMatrix(GraphContext & c, NodeId x, int64_t il) {
    return c.cb(c.linear(c.w(il, "attn_output.weight"), x, c.w(il, "attn_output.scale")), "attn_o_proj", il);
}

void afmoeGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(g.scale(c.inpEmbd()), "inp_embd_scaled");
    const Inputs in = startOf(c);
    const Shared shared = c.hp.n_expert_shared > 0 ? Shared::always : Shared::none;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = rmsNormed(c, x, il, "attn_norm");
        const Qkv p = project(c, in, cur, il, {.qk_norm = QkNorm::heads, .rope = ropesBut(c, il)});
        const NodeId gate = c.cb(c.linear(c.w(il, "attn_gate.weight"), cur), "attn_gate_proj", il);
        cur = bareAttention(c, in, p, il);
        cur = c.cb(g.mul(cur, c.cb(g.sigmoid(gate), "attn_gate_sig", il)), "attn_gated", il);
        cur = rmsNormed(c, outputMatrix(c, cur, il), il, "post_attention_norm", "attn_post_norm");
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il, {.shared = shared, .dense = Dense::leading});
        cur = rmsNormed(c, cur, il, "post_ffw_norm", "ffn_post_norm");
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

void lagunaGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = rmsNormed(c, x, il, "attn_norm");
        const Qkv p = project(c, in, cur, il, {.qk_norm = QkNorm::heads});
        const NodeId gate = c.cb(c.linear(c.w(il, "attn_gate.weight"), cur), "attn_gate_proj", il);
        cur = bareAttention(c, in, p, il);
        cur = outputMatrix(c, gatedBy(c, cur, c.cb(g.softplus(gate), "attn_gate_softplus", il), il), il);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                          {.shared = Shared::always, .dense = Dense::leading});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    c.finish(x, c.cb(c.linear(c.outputWeight(), x), "result_output"));
}

/// Projections without biases and scales; norms for the tensors that the file has; rope factors where nothing slides.
NodeId step35Attention(GraphContext & c, const Inputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t heads = c.hp.n_head(layer);
    const int64_t heads_kv = c.hp.n_head_kv(layer);
    NodeId q = g.reshape(g.mulMat(c.w(il, "attn_q.weight"), x), c.n_embd_head_k, heads, c.n_tokens);
    NodeId k = g.reshape(g.mulMat(c.w(il, "attn_k.weight"), x), c.n_embd_head_k, heads_kv, c.n_tokens);
    const NodeId v = g.reshape(g.mulMat(c.w(il, "attn_v.weight"), x), c.n_embd_head_v, heads_kv, c.n_tokens);
    if (present(c.w(il, "attn_q_norm.weight"))) q = rmsNormed(c, q, il, "attn_q_norm", "Qcur_normed");
    if (present(c.w(il, "attn_k_norm.weight"))) k = rmsNormed(c, k, il, "attn_k_norm", "Kcur_normed");
    const NodeId factors = c.hp.is_swa(layer) ? NodeId::none : c.ropeFactors(il);
    q = c.cb(c.rope(q, in.pos, factors), "Qcur_pos", il);
    k = c.cb(c.rope(k, in.pos, factors), "Kcur_pos", il);
    NodeId out = bareAttention(c, in, {q, k, v}, il);
    if (const NodeId weight = c.w(il, "attn_gate.weight"); present(weight)) {
        const NodeId gate = g.sigmoid(c.cb(c.linear(weight, x), "attn_gate", il));
        out = gatedBy(c, out, c.cb(gate, "attn_gate_sigmoid", il), il);
    }
    return outputMatrix(c, out, il);
}

/// Every token runs through the last layer, and MTP layers start from its output, before the norm.
void step35Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = step35Attention(c, in, rmsNormed(c, x, il, "attn_norm"), il);
        c.selectEarly(LlamaRule::draft_step35, il, in.out_ids, cur, x);
        const NodeId ffn_inp = c.cb(g.add(cur, x), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                          {.shared = Shared::always, .dense = Dense::without_router, .dense_biases = true});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(c.selectLate(LlamaRule::draft_step35, c.cb(x, "h_nextn"), in.out_ids), NormKind::rms);
}

// --- MiMo 2: attention sinks, values narrower than keys, head counts by layer
// ---------------------------------------------

/// Projections without biases and scales; keys and values of the fused one have their own widths.
Qkv mimo2Projections(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t heads = c.hp.n_head(layer);
    const int64_t heads_kv = c.hp.n_head_kv(layer);
    const int64_t head_k = c.n_embd_head_k;
    const int64_t head_v = c.n_embd_head_v;
    const NodeId fused = c.w(il, "attn_qkv.weight");
    if (!present(fused)) {
        const auto cut = [&](const char * name, int64_t head, int64_t count) {
            return g.reshape(c.linear(c.w(il, name), x), head, count, c.n_tokens);
        };
        return {cut("attn_q.weight", head_k, heads), cut("attn_k.weight", head_k, heads_kv),
                cut("attn_v.weight", head_v, heads_kv)};
    }
    const NodeId all = c.cb(c.linear(fused, x), "wqkv", il);
    if (!present(all)) return {};
    const uint64_t row = g[all].nb[1];
    const auto floats = [](int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); };
    const uint64_t after_q = floats(head_k * heads);
    const uint64_t after_k = after_q + floats(head_k * heads_kv);
    return {g.view3d(all, head_k, heads, c.n_tokens, floats(head_k), row, 0),
            g.view3d(all, head_k, heads_kv, c.n_tokens, floats(head_k), row, after_q),
            g.view3d(all, head_v, heads_kv, c.n_tokens, floats(head_v), row, after_k)};
}

void mimo2Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        Qkv p = mimo2Projections(c, rmsNormed(c, x, il, "attn_norm"), il);
        p.q = c.cb(c.rope(p.q, in.pos), "Qcur", il);
        p.k = c.cb(c.rope(p.k, in.pos), "Kcur", il);
        Attn a = c.attnOf(il);
        a.wo_b = NodeId::none;
        a.sinks = c.w(il, "attn_sinks.weight");
        NodeId cur = c.cb(c.attn(in.attn, a, p.q, p.k, c.cb(p.v, "Vcur", il), il), "attn_out", il);
        if (c.hp.f_attn_value_scale != 0.0F) cur = c.cb(g.scale(cur), "attn_out_scaled", il);
        keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = feedForward(c, rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                          {.norm_weights = NormWeights::yes,
                           .gating = ExpertGating::sigmoid,
                           .dense = Dense::without_router,
                           .dense_biases = true});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

// --- Command A MoE: attention and experts side by side
// --------------------------------------------------------------------

void cohere2moeGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const NormKind kind = c.hp.norm_is_rms ? NormKind::rms : NormKind::layer;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        const auto layer = static_cast<uint32_t>(il);
        const NodeId normed = c.cb(c.norm(x, il, "attn_norm", kind), "attn_norm", il);
        const bool rope = c.hp.is_swa(layer) || layer < c.hp.n_layer_dense_lead;
        const NodeId attended = attention(c, in, normed, il, {.rope = rope, .rope_factors = true});
        const Shared shared = present(c.w(il, "ffn_gate_inp.weight")) ? Shared::where_file : Shared::none;
        NodeId cur = feedForward(
            c, normed, il, {.selection_bias = false, .scales = true, .shared = shared, .dense = Dense::without_router});
        const bool halves = shared == Shared::where_file && present(c.w(il, "ffn_up_shexp.weight"));
        if (halves) cur = c.cb(g.scale(cur), "ffn_out", il);
        x = c.cb(g.add(g.add(cur, x), attended), "l_out", il);
    }
    x = normOfAllTokens(c, x, in.out_ids, kind);
    NodeId logits = c.linear(c.outputWeight(), x);
    if (c.hp.f_logit_scale != 0.0F) logits = g.scale(logits);
    c.finish(x, c.cb(logits, "result_output"));
}

constexpr std::array kRows = {
    GraphRow{"afmoe", afmoeGraph},
    GraphRow{"cohere2moe", cohere2moeGraph},
    GraphRow{"exaone-moe", exaoneMoeGraph},
    GraphRow{"laguna", lagunaGraph},
    GraphRow{"llama4", llama4Graph},
    GraphRow{"mimo2", mimo2Graph},
    GraphRow{"smallthinker", smallthinkerGraph},
    GraphRow{"step35", step35Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> sliding_experts() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
