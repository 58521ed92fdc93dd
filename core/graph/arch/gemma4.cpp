// Gemma 4: heads of two sizes, layers that share an earlier one's cache, experts beside the feed-forward, and
// embeddings for each layer.
#include <array>
#include <span>

#include "graph/arch/gemma_per_layer.h"
#include "graph/build.h"

namespace ggufit {

namespace {

NodeId norm(GraphContext & c, NodeId x, int64_t il, const char * weight, int64_t cb_il) {
    return c.norm(x, c.w(il, weight), NodeId::none, NormKind::rms, cb_il);
}

NodeId norm(GraphContext & c, NodeId x, int64_t il, const char * weight) { return norm(c, x, il, weight, il); }

NodeId attention(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head = c.hp.n_embd_head_k(layer);
    const NodeId factors = c.hp.is_swa(layer) ? NodeId::none : c.ropeFactors(il);
    NodeId q = c.cb(c.linear(c.w(il, "attn_q.weight"), x, c.w(il, "attn_q.scale")), "Qcur", il);
    q = g.reshape(q, head, c.hp.n_head(layer), c.n_tokens);
    q = c.cb(norm(c, q, il, "attn_q_norm.weight"), "Qcur_normed", il);
    q = c.cb(c.rope(q, pos, factors), "Qcur_pos", il);

    NodeId k = NodeId::none;
    NodeId v = NodeId::none;
    if (c.hp.has_kv(layer)) {
        const int64_t heads = c.hp.n_head_kv(layer);
        k = c.cb(c.linear(c.w(il, "attn_k.weight"), x, c.w(il, "attn_k.scale")), "Kcur", il);
        const NodeId wv = c.w(il, "attn_v.weight");
        v = wv == NodeId::none ? k : c.linear(wv, x, c.w(il, "attn_v.scale"));
        c.cb(v, "Vcur", il);
        k = g.reshape(k, head, heads, c.n_tokens);
        v = g.reshape(v, head, heads, c.n_tokens);
        k = c.cb(norm(c, k, il, "attn_k_norm.weight"), "Kcur_normed", il);
        v = c.cb(g.rmsNorm(v), "Vcur_normed", il);
        k = c.cb(c.rope(k, pos, factors), "Kcur_pos", il);
    }
    Attn a = c.attnOf(il);
    a.wo_b = NodeId::none;
    return c.attn(in, a, q, k, v, il);
}

NodeId dense(GraphContext & c, NodeId x, int64_t il) {
    Ffn f = c.ffnOf(il, Activation::gelu, FfnGate::parallel);
    f.up_b = f.gate_b = f.down_b = NodeId::none;
    return c.ffn(x, f, il);
}

/// The dense feed-forward and the experts side by side; the router has its own norm of the same input.
NodeId denseAndExperts(GraphContext & c, NodeId attn_out, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId mlp = c.cb(norm(c, attn_out, il, "ffn_norm.weight"), "ffn_norm_1", il);
    mlp = c.cb(norm(c, dense(c, mlp, il), il, "post_ffw_norm_1.weight"), "ffn_mlp", il);

    NodeId experts = c.cb(norm(c, attn_out, il, "pre_ffw_norm_2.weight"), "ffn_norm_2", il);
    const NodeId router_in = g.mul(g.scale(g.rmsNorm(attn_out)), c.w(il, "ffn_gate_inp.scale"));
    Moe m = c.moeOf(il, Activation::gelu);
    m.probs_in = c.cb(c.linear(m.gate_inp, router_in), "ffn_moe_logits", il);
    m.gate_inp = m.gate_inp_b = m.probs_b = m.up_b = m.gate_b = m.gate_up_b = m.down_b = NodeId::none;
    m.norm_w = true;
    m.w_scale = 1.0F;
    m.gating = ExpertGating::softmax;
    experts = c.cb(norm(c, c.moe(experts, m, il), il, "post_ffw_norm_2.weight"), "ffn_moe", il);
    return c.cb(g.add(mlp, experts), "ffn_moe_combined", il);
}

NodeId feedForward(GraphContext & c, NodeId attn_out, int64_t il) {
    if (c.w(il, "ffn_gate_inp.weight") != NodeId::none) return denseAndExperts(c, attn_out, il);
    const NodeId x = c.cb(norm(c, attn_out, il, "ffn_norm.weight"), "ffn_norm", il);
    return c.cb(dense(c, x, il), "ffn_out", il);
}

NodeId addPerLayer(GraphContext & c, NodeId x, NodeId per_layer, NodeId out_ids, int64_t il) {
    GraphBuilder & g = c.g;
    const auto ofLayer = [&] {
        const NodeId all = slice2d(g, per_layer, il);
        const bool early = il == c.n_layer - 1 && !c.has(LlamaRule::draft_gemma4);
        return early ? c.selectOutputs(all, out_ids) : all;
    };
    c.cb(x, "pe_in", il);
    NodeId cur = g.gelu(c.linear(c.w(il, "inp_gate.weight"), x));
    cur = g.mul(cur, ofLayer());
    cur = c.linear(c.w(il, "proj.weight"), cur);
    cur = c.cb(norm(c, cur, il, "post_norm.weight"), "per_layer_embd_out", il);
    return g.add(x, cur);
}

void gemma4Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(g.scale(c.inpEmbd()), "inp_scaled");
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    NodeId per_layer = NodeId::none;
    if (c.w("per_layer_token_embd.weight") != NodeId::none) per_layer = perLayerInputs(c, x, c.hp.n_embd_per_layer);

    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.cb(norm(c, x, il, "attn_norm.weight"), "attn_norm", il);
        cur = attention(c, in, cur, pos, il);
        cur = c.cb(norm(c, cur, il, "post_attention_norm.weight"), "attn_post_norm", il);
        c.selectEarly(LlamaRule::draft_gemma4, il, out_ids, cur, x);
        const NodeId attn_out = c.cb(g.add(cur, x), "attn_out", il);
        cur = feedForward(c, attn_out, il);
        cur = c.cb(norm(c, cur, il, "post_ffw_norm.weight", -1), "ffn_post_norm", il);
        cur = g.add(cur, attn_out);
        if (per_layer != NodeId::none) cur = addPerLayer(c, cur, per_layer, out_ids, il);
        const NodeId scale = c.w(il, "layer_output_scale.weight");
        if (scale != NodeId::none) cur = c.cb(g.mul(cur, scale), "out_scaled", il);
        x = c.cb(cur, "l_out", il);
    }
    // All rows go through the last layer: a draft model may read them before the wanted ones are picked.
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "h_nextn");
    x = c.cb(c.selectLate(LlamaRule::draft_gemma4, x, out_ids), "result_norm");
    NodeId logits = c.linear(c.outputWeight(), x, c.w("output.scale"));
    if (c.hp.f_final_logit_softcapping != 0.0F) logits = g.scale(g.tanh(g.scale(logits)));
    c.finish(x, c.cb(logits, "result_output"));
}

constexpr std::array kRows = {
    GraphRow{"gemma4", gemma4Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gemma4() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
