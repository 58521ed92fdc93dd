// DeepSeek V2 and V3, GLM-4.7-Flash and their like: multi-head latent attention, leading dense layers, shared experts.
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"
#include "graph/arch/latent.h"

namespace ggufit {

namespace latent {

Parts split(GraphContext & c, NodeId pos, NodeId x, NodeId q, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head = c.hp.is_mla() ? c.hp.n_embd_head_k_mla_impl : c.hp.n_embd_head_k(layer);
    const int64_t rope_dims = c.n_rot;
    const int64_t nope_dims = head - rope_dims;
    const int64_t rank = c.hp.n_lora_kv;
    const auto floats = [](int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); };
    Parts p;
    p.q_nope = g.view3d(q, nope_dims, c.n_head, c.n_tokens, floats(head), floats(head * c.n_head), 0);
    c.cb(p.q_nope, "q_nope", il);
    p.q_pe = g.view3d(q, rope_dims, c.n_head, c.n_tokens, floats(head), floats(head * c.n_head), floats(nope_dims));
    c.cb(p.q_pe, "q_pe", il);

    const NodeId both = c.cb(g.mulMat(c.w(il, "attn_kv_a_mqa.weight"), x), "kv_cmpr_pe", il);
    const uint64_t row = floats(rank + rope_dims);
    p.kv = c.cb(g.view2d(both, rank, c.n_tokens, row, 0), "kv_cmpr", il);
    p.k_pe = c.cb(g.view3d(both, rope_dims, 1, c.n_tokens, row, row, floats(rank)), "k_pe", il);
    p.q_pe = c.cb(c.rope(p.q_pe, pos), "q_pe", il);
    p.k_pe = c.cb(c.rope(p.k_pe, pos), "k_pe", il);
    p.kv = c.norm(p.kv, c.w(il, "attn_kv_a_norm.weight"), NodeId::none, NormKind::rms, il);
    c.cb(p.kv, "kv_cmpr", il);
    return p;
}

Qkv absorbed(GraphContext & c, const Parts & p, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId q_nope = c.cb(g.permute(p.q_nope, 0, 2, 1, 3), "q_nope_perm", il);
    NodeId queries = c.cb(g.mulMat(c.w(il, "attn_k_b.weight"), q_nope), "q_nope_absorbed", il);
    queries = c.cb(g.permute(queries, 0, 2, 1, 3), "q_nope_absorbed_perm", il);
    queries = c.cb(g.concat(queries, p.q_pe, 0), "Qcur", il);
    const NodeId values = g.reshape(p.kv, c.hp.n_lora_kv, 1, c.n_tokens);
    const NodeId keys = c.cb(g.concat(values, p.k_pe, 0), "Kcur", il);
    return {queries, keys, c.cb(values, "Vcur", il)};
}

Attn attnOf(GraphContext & c, int64_t il) {
    Attn a = c.attnOf(il);
    a.wo_b = NodeId::none;
    return a;
}

}  // namespace latent

namespace {

/// Inputs of the attention: the compressed cache where the file has absorbed projections, else a plain one.
struct LatentInputs {
    AttnInput attn;
    NodeId pos = NodeId::none, scale = NodeId::none;
};

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

NodeId scaled(GraphContext & c, const LatentInputs & in, NodeId q, int64_t il) {
    if (in.scale == NodeId::none) return q;
    return c.cb(c.g.mul(q, in.scale), "Qcur_attn_temp_scaled", il);
}

NodeId queriesOf(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    if (const NodeId wq = c.w(il, "attn_q.weight"); wq != NodeId::none) return c.cb(g.mulMat(wq, x), "q", il);
    NodeId q = c.cb(g.mulMat(c.w(il, "attn_q_a.weight"), x), "q", il);
    q = c.cb(c.norm(q, c.w(il, "attn_q_a_norm.weight"), NodeId::none, NormKind::rms, il), "q", il);
    return c.cb(g.mulMat(c.w(il, "attn_q_b.weight"), q), "q", il);
}

/// Attention over latent K and V (llama.cpp: deepseek2.cpp).
NodeId latentAttention(GraphContext & c, const LatentInputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const latent::Parts parts = latent::split(c, in.pos, x, queriesOf(c, x, il), il);
    Attn a = latent::attnOf(c, il);
    if (c.hp.is_mla()) {
        const Qkv p = latent::absorbed(c, parts, il);
        a.v_mla = c.w(il, "attn_v_b.weight");
        return c.attnK(in.attn, a, scaled(c, in, p.q, il), p.k, p.v, il);
    }
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head_v = c.hp.n_embd_head_v(layer);
    const int64_t nope_dims = c.hp.n_embd_head_k(layer) - c.n_rot;
    const NodeId up = c.cb(g.mulMat(c.w(il, "attn_kv_b.weight"), parts.kv), "kv", il);
    const uint64_t row = floats(nope_dims + head_v);
    const uint64_t token = row * static_cast<uint64_t>(c.n_head);
    const NodeId k_nope = c.cb(g.view3d(up, nope_dims, c.n_head, c.n_tokens, row, token, 0), "k_nope_view", il);
    NodeId values = g.view3d(up, head_v, c.n_head, c.n_tokens, row, token, floats(nope_dims));
    values = c.cb(g.cont(c.cb(values, "Vcur_view", il)), "Vcur_cont", il);
    const NodeId queries = c.cb(g.concat(parts.q_nope, parts.q_pe, 0), "Qcur", il);
    const NodeId keys = c.cb(g.concat(k_nope, g.repeat(parts.k_pe, parts.q_pe), 0), "Kcur", il);
    return c.attn(in.attn, a, scaled(c, in, queries, il), keys, values, il);
}

/// DeepSeek-OCR's decoder attends plainly.
NodeId plainAttention(GraphContext & c, const LatentInputs & in, NodeId x, int64_t il) {
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
    return c.cb(c.attn(in.attn, latent::attnOf(c, il), q, k, v, il), "attn_out", il);
}

}  // namespace

void latent::denseGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const bool ocr = c.model.architecture->name == "deepseek2-ocr";
    NodeId x = c.inpEmbd();
    LatentInputs in;
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
        cur = experts::feedForward(c, cur, il, {.shared = experts::Shared::always, .dense = experts::Dense::leading});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
    c.t_h_nextn = c.t_embd;
}

namespace {

constexpr std::array kRows = {
    GraphRow{"deepseek2", latent::denseGraph},
    GraphRow{"deepseek2-ocr", latent::denseGraph},
    GraphRow{"mistral4", latent::denseGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> deepseek() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
