// Gemma 3n: several versions of the hidden state that a router predicts and corrects (AltUp), a low-rank path beside
// attention (Laurel), and embeddings for each layer.
#include <array>
#include <span>

#include "graph/arch/gemma_per_layer.h"
#include "graph/build.h"

namespace ggufit {

namespace {

constexpr int64_t kSparseLayers = 10;  // the first so many gate few units (n_layer_sparsity)

NodeId norm(GraphContext & c, NodeId x, int64_t il, const char * weight, int64_t cb_il) {
    return c.norm(x, c.w(il, weight), NodeId::none, NormKind::rms, cb_il);
}

NodeId norm(GraphContext & c, NodeId x, int64_t il, const char * weight) { return norm(c, x, il, weight, il); }

NodeId magnitude(GraphBuilder & g, NodeId x) { return g.simple(Op::sqrt, g.sumRows(g.simple(Op::sqr, x))); }

/// x[:, :, 1:] of [n_embd, n_tokens, n_altup].
NodeId allButFirst(GraphContext & c, NodeId x) {
    if (x == NodeId::none) return x;
    const Node n = c.g[x];
    return c.g.view3d(x, n.ne[0], n.ne[1], n.ne[2] - 1, n.nb[1], n.nb[2], n.nb[2]);
}

/// y with the magnitude of x.
NodeId rescaled(GraphBuilder & g, NodeId y, NodeId target) {
    const NodeId own = magnitude(g, y);
    return g.div(g.mul(y, target), own);
}

NodeId stackVersions(GraphContext & c, NodeId x) {
    GraphBuilder & g = c.g;
    const NodeId target = magnitude(g, x);
    const NodeId repeated = g.repeat4d(x, c.n_embd, c.n_tokens, c.hp.n_altup - 1, 1);
    const NodeId added = rescaled(g, g.mulMat(c.w("altup_proj.weight"), repeated), target);
    return c.cb(g.concat(x, added, 2), "inp_stacked");
}

NodeId mergeVersions(GraphContext & c, NodeId x) {
    GraphBuilder & g = c.g;
    const NodeId target = magnitude(g, slice2d(g, x, c.hp.i_altup_act));
    const NodeId others = g.mulMat(c.w("altup_unembd_proj.weight"), allButFirst(c, x));
    const NodeId scaled = c.cb(rescaled(g, others, target), "altup_unembd");
    NodeId sum = slice2d(g, x, 0);
    for (int64_t i = 0; i + 1 < c.hp.n_altup; ++i) sum = g.add(sum, slice2d(g, scaled, i));
    return c.cb(g.scale(sum), "unembd_merged");
}

NodeId modalities(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId routed = g.scale(norm(c, x, il, "altup_router_norm.weight"));
    return c.cb(g.tanh(g.mulMat(c.w(il, "altup_router.weight"), routed)), "modalities", il);
}

NodeId predict(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId m = modalities(c, slice2d(g, x, c.hp.i_altup_act), il);
    NodeId coefs = c.cb(c.linear(c.w(il, "altup_predict_coef.weight"), m), "all_coefs", il);
    coefs = g.reshape(coefs, c.hp.n_altup, c.hp.n_altup, c.n_tokens);
    const NodeId product = g.mulMat(g.cont(g.permute(x, 1, 2, 0, 3)), coefs);
    const NodeId predictions = g.cont(g.permute(product, 0, 2, 1, 3));
    return c.cb(g.add(predictions, x), "predictions", il);
}

NodeId correct(GraphContext & c, NodeId predictions, NodeId activated, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId m = modalities(c, activated, il);
    NodeId innovation = g.sub(activated, slice2d(g, predictions, c.hp.i_altup_act));
    c.cb(innovation, "innovation", il);
    NodeId coefs = g.scale(c.linear(c.w(il, "altup_correct_coef.weight"), m));
    c.cb(coefs, "all_coefs", il);
    coefs = g.contAs(g.transpose(coefs), 1, c.n_tokens, c.hp.n_altup);
    innovation = g.repeat4d(innovation, c.n_embd, c.n_tokens, c.hp.n_altup, 1);
    return c.cb(g.add(g.mul(innovation, coefs), predictions), "corrected", il);
}

NodeId laurel(GraphContext & c, NodeId x, int64_t il) {
    NodeId y = c.linear(c.w(il, "laurel_l.weight"), x);
    y = c.linear(c.w(il, "laurel_r.weight"), y);
    y = norm(c, y, il, "laurel_post_norm.weight");
    return c.cb(c.g.add(y, x), "laurel_out", il);
}

NodeId attention(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, int64_t il) {
    GraphBuilder & g = c.g;
    Attn a = c.attnOf(il);
    a.wo_b = NodeId::none;
    if (!c.hp.has_kv(static_cast<uint32_t>(il))) {
        NodeId q = c.cb(c.linear(c.w(il, "attn_q.weight"), x), "Qcur", il);
        q = g.reshape(q, c.n_embd_head_k, c.n_head, c.n_tokens);
        q = c.cb(norm(c, q, il, "attn_q_norm.weight"), "Qcur_normed", il);
        q = c.cb(c.rope(q, pos), "Qcur_pos", il);
        return c.attn(in, a, q, NodeId::none, NodeId::none, il);
    }
    Qkv p = c.qkv(il, x, c.n_embd_head_k, c.n_head, c.n_head_kv);
    p.q = c.cb(norm(c, p.q, il, "attn_q_norm.weight"), "Qcur_normed", il);
    p.k = c.cb(norm(c, p.k, il, "attn_k_norm.weight"), "Kcur_normed", il);
    p.v = c.cb(g.rmsNorm(p.v), "Vcur_normed", il);
    p.q = c.cb(c.rope(p.q, pos), "Qcur_pos", il);
    p.k = c.cb(c.rope(p.k, pos), "Kcur_pos", il);
    return c.attn(in, a, p.q, p.k, p.v, il);
}

/// Only what is far above the mean of its row stays (gaussian_topk).
NodeId sparse(GraphBuilder & g, NodeId x) {
    const NodeId mean = g.mean(x);
    const NodeId variance = g.scale(g.sumRows(g.simple(Op::sqr, g.sub(x, mean))));
    const NodeId cutoff = g.add(mean, g.scale(g.simple(Op::sqrt, variance)));
    return g.relu(g.sub(x, cutoff));
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId up = c.linear(c.w(il, "ffn_up.weight"), x);
    NodeId gate = c.linear(c.w(il, "ffn_gate.weight"), x);
    if (il < kSparseLayers) gate = sparse(g, gate);
    return c.cb(c.linear(c.w(il, "ffn_down.weight"), g.mul(up, g.gelu(gate))), "ffn_out", il);
}

/// Adds the layer's own embedding to all versions but the first.
NodeId addPerLayer(GraphContext & c, NodeId corrected, NodeId per_layer, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId first = g.mul(slice2d(g, corrected, c.hp.i_altup_act), c.w(il, "altup_correct_scale.weight"));
    first = c.cb(g.gelu(c.linear(c.w(il, "inp_gate.weight"), first)), "first_prediction_gated", il);
    first = c.cb(g.mul(first, slice2d(g, per_layer, il)), "first_prediction_scaled", il);
    first = c.linear(c.w(il, "proj.weight"), first);
    first = c.cb(norm(c, first, il, "post_norm.weight"), "first_prediction_out", il);
    const NodeId rest = g.add(allButFirst(c, corrected), first);
    return g.concat(slice2d(g, corrected, 0), rest, 2);
}

NodeId layerOf(GraphContext & c, const AttnInput & in, NodeId x, NodeId pos, NodeId per_layer, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId predictions = predict(c, x, il);
    const NodeId active = c.cb(slice2d(g, predictions, c.hp.i_altup_act), "active_prediction", il);
    NodeId cur = c.cb(norm(c, active, il, "attn_norm.weight"), "attn_norm", il);
    const NodeId beside = laurel(c, cur, il);
    cur = attention(c, in, cur, pos, il);
    cur = c.cb(norm(c, cur, il, "post_attention_norm.weight"), "attn_post_norm", il);
    cur = c.cb(g.add(cur, active), "attn_gated", il);
    const NodeId attn_laurel = c.cb(g.scale(g.add(cur, beside)), "attn_laurel", il);
    cur = c.cb(norm(c, attn_laurel, il, "ffn_norm.weight"), "ffn_norm", il);
    cur = feedForward(c, cur, il);
    cur = c.cb(norm(c, cur, il, "post_ffw_norm.weight", -1), "ffn_post_norm", il);
    cur = c.cb(g.add(cur, attn_laurel), "attn_ffw_laurel_gated", il);
    cur = correct(c, predictions, cur, il);
    return c.cb(addPerLayer(c, cur, per_layer, il), "l_out", il);
}

void gemma3nGraph(GraphContext & c) {
    NodeId x = c.cb(c.g.scale(c.inpEmbd()), "inp_scaled");
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId per_layer = perLayerInputs(c, x, c.hp.n_embd_altup);
    x = stackVersions(c, x);
    for (int64_t il = 0; il < c.n_layer; ++il) x = layerOf(c, in, x, pos, per_layer, il);
    x = mergeVersions(c, x);
    c.finishWithHead(c.selectOutputs(x, c.inpOutIds()), NormKind::rms, true);
}

constexpr std::array kRows = {
    GraphRow{"gemma3n", gemma3nGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gemma3n() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
