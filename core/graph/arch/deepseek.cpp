// DeepSeek V2 and V3, GLM-4.7-Flash and their like: multi-head latent attention, leading dense layers, shared experts.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

/// Inputs of the attention: the compressed cache where the file has absorbed projections, else a plain one.
struct Inputs {
    AttnInput attn;
    NodeId pos = NodeId::none, scale = NodeId::none;
};

NodeId scaled(GraphContext & c, const Inputs & in, NodeId q, int64_t il) {
    if (in.scale == NodeId::none) return q;
    return c.cb(c.g.mul(q, in.scale), "Qcur_attn_temp_scaled", il);
}

/// Attention over latent K and V (llama.cpp: deepseek2.cpp).
NodeId latentAttention(GraphContext & c, const Inputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const bool mla = c.hp.is_mla();
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head_k = mla ? c.hp.n_embd_head_k_mla_impl : c.hp.n_embd_head_k(layer);
    const int64_t head_v = mla ? c.hp.n_embd_head_v_mla_impl : c.hp.n_embd_head_v(layer);
    const int64_t rope_dims = c.n_rot;
    const int64_t nope_dims = head_k - rope_dims;
    const int64_t rank = c.hp.n_lora_kv;

    NodeId q = NodeId::none;
    if (const NodeId wq = c.w(il, "attn_q.weight"); wq != NodeId::none) {
        q = c.cb(g.mulMat(wq, x), "q", il);
    } else {
        q = c.cb(g.mulMat(c.w(il, "attn_q_a.weight"), x), "q", il);
        q = c.cb(c.norm(q, c.w(il, "attn_q_a_norm.weight"), NodeId::none, NormKind::rms, il), "q", il);
        q = c.cb(g.mulMat(c.w(il, "attn_q_b.weight"), q), "q", il);
    }
    if (q == NodeId::none) return q;
    const auto floats = [](int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); };
    NodeId q_nope = g.view3d(q, nope_dims, c.n_head, c.n_tokens, floats(head_k), floats(head_k * c.n_head), 0);
    c.cb(q_nope, "q_nope", il);
    NodeId q_pe =
        g.view3d(q, rope_dims, c.n_head, c.n_tokens, floats(head_k), floats(head_k * c.n_head), floats(nope_dims));
    c.cb(q_pe, "q_pe", il);

    const NodeId both = c.cb(g.mulMat(c.w(il, "attn_kv_a_mqa.weight"), x), "kv_cmpr_pe", il);
    NodeId kv = c.cb(g.view2d(both, rank, c.n_tokens, floats(rank + rope_dims), 0), "kv_cmpr", il);
    NodeId k_pe =
        g.view3d(both, rope_dims, 1, c.n_tokens, floats(rank + rope_dims), floats(rank + rope_dims), floats(rank));
    c.cb(k_pe, "k_pe", il);
    q_pe = c.cb(c.rope(q_pe, in.pos), "q_pe", il);
    k_pe = c.cb(c.rope(k_pe, in.pos), "k_pe", il);
    kv = c.cb(c.norm(kv, c.w(il, "attn_kv_a_norm.weight"), NodeId::none, NormKind::rms, il), "kv_cmpr", il);

    Attn a = c.attnOf(il);
    a.wo_b = NodeId::none;
    if (mla) {
        q_nope = c.cb(g.permute(q_nope, 0, 2, 1, 3), "q_nope_perm", il);
        NodeId absorbed = c.cb(g.mulMat(c.w(il, "attn_k_b.weight"), q_nope), "q_nope_absorbed", il);
        absorbed = c.cb(g.permute(absorbed, 0, 2, 1, 3), "q_nope_absorbed_perm", il);
        NodeId queries = c.cb(g.concat(absorbed, q_pe, 0), "Qcur", il);
        kv = c.cb(g.reshape(kv, rank, 1, c.n_tokens), "kv_cmpr_reshape", il);
        const NodeId keys = c.cb(g.concat(kv, k_pe, 0), "Kcur", il);
        c.cb(kv, "Vcur", il);
        a.v_mla = c.w(il, "attn_v_b.weight");
        return c.attnK(in.attn, a, scaled(c, in, queries, il), keys, kv, il);
    }
    const NodeId up = c.cb(g.mulMat(c.w(il, "attn_kv_b.weight"), kv), "kv", il);
    const uint64_t row = floats(nope_dims + head_v);
    const uint64_t token = row * static_cast<uint64_t>(c.n_head);
    const NodeId k_nope = c.cb(g.view3d(up, nope_dims, c.n_head, c.n_tokens, row, token, 0), "k_nope_view", il);
    NodeId values = g.view3d(up, head_v, c.n_head, c.n_tokens, row, token, floats(nope_dims));
    values = c.cb(g.cont(c.cb(values, "Vcur_view", il)), "Vcur_cont", il);
    const NodeId queries = c.cb(g.concat(q_nope, q_pe, 0), "Qcur", il);
    const NodeId keys = c.cb(g.concat(k_nope, g.repeat(k_pe, q_pe), 0), "Kcur", il);
    return c.attn(in.attn, a, scaled(c, in, queries, il), keys, values, il);
}

/// DeepSeek-OCR's decoder attends plainly.
NodeId plainAttention(GraphContext & c, const Inputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.n_head == 0 ? 0 : c.n_embd / c.n_head;
    NodeId q = c.cb(g.mulMat(c.w(il, "attn_q.weight"), x), "q", il);
    NodeId k = c.cb(g.mulMat(c.w(il, "attn_k.weight"), x), "k", il);
    NodeId v = c.cb(g.mulMat(c.w(il, "attn_v.weight"), x), "v", il);
    q = g.reshape(q, head, c.n_head, c.n_tokens);
    k = g.reshape(k, head, c.n_head, c.n_tokens);
    v = g.reshape(v, head, c.n_head, c.n_tokens);
    q = c.cb(c.rope(q, in.pos), "q_pe", il);
    k = c.cb(c.rope(k, in.pos), "k_pe", il);
    Attn a = c.attnOf(il);
    a.wo_b = NodeId::none;
    return c.cb(c.attn(in.attn, a, q, k, v, il), "attn_out", il);
}

void deepseekGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const bool ocr = c.model.architecture->name == "deepseek2-ocr";
    NodeId x = c.inpEmbd();
    Inputs in;
    if (c.hp.f_attn_temp_scale != 0.0F) in.scale = c.inpAttnScale();
    in.pos = c.inpPos();
    in.attn = c.hp.is_mla() ? c.attnInputK() : c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        cur = ocr ? plainAttention(c, in, cur, il) : latentAttention(c, in, cur, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        if (il < static_cast<int64_t>(c.hp.n_layer_dense_lead)) {
            cur = c.cb(c.ffn(cur, c.ffnOf(il, Activation::silu, FfnGate::parallel), il), "ffn_out", il);
        } else {
            const NodeId routed = c.cb(c.moe(cur, c.moeOf(il, Activation::silu), il), "ffn_moe_out", il);
            const NodeId shared =
                c.cb(c.ffn(cur, c.ffnOf(il, Activation::silu, FfnGate::parallel, "_shexp"), il), "ffn_shexp", il);
            cur = c.cb(g.add(routed, shared), "ffn_out", il);
        }
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
    c.t_h_nextn = c.t_embd;
}

constexpr std::array kRows = {
    GraphRow{"deepseek2", deepseekGraph},
    GraphRow{"deepseek2-ocr", deepseekGraph},
    GraphRow{"mistral4", deepseekGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> deepseek() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
