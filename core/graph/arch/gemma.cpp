// Gemma and Gemma 2, and Gemma's embedding model: scaled embeddings, Q scaled before attention.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

struct Traits {
    bool post_norms = false;  // norms after attention and feed-forward
    bool qk_norm = false;     // norms of Q and K per head, before rope
    bool head = true;         // logits
    bool soft_cap = false;    // of the logits
    const char * q_scaled = nullptr;
};

void decoder(GraphContext & c, const Traits & t) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(g.scale(c.inpEmbd()), "inp_scaled");
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = c.cb(c.norm(x, c.w(il, "attn_norm.weight"), NodeId::none, NormKind::rms, il), "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_k, c.n_head, c.n_head_kv);
        if (t.qk_norm) p.q = c.cb(c.norm(p.q, il, "attn_q_norm", NormKind::rms), "Qcur_normed", il);
        p.q = c.rope(p.q, pos);
        if (t.qk_norm) p.k = c.cb(c.norm(p.k, il, "attn_k_norm", NormKind::rms), "Kcur_normed", il);
        p.k = c.rope(p.k, pos);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        p.q = g.scale(p.q);
        if (t.q_scaled != nullptr) c.cb(p.q, t.q_scaled, il);
        Attn a = c.attnOf(il);
        a.wo_b = NodeId::none;
        cur = c.attn(in, a, p.q, p.k, p.v, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        if (t.post_norms) cur = c.cb(c.norm(cur, il, "post_attention_norm", NormKind::rms), "attn_post_norm", il);
        const NodeId sa_out = c.cb(g.add(cur, x), "sa_out", il);
        cur = c.cb(c.norm(sa_out, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        cur = c.cb(c.ffn(cur, weightsAlone(c.ffnOf(il, Activation::gelu, FfnGate::parallel)), il), "ffn_out", il);
        if (t.post_norms) {
            cur = c.norm(cur, c.w(il, "post_ffw_norm.weight"), NodeId::none, NormKind::rms, -1);
            c.cb(cur, "ffn_post_norm");
        }
        x = c.cb(g.add(cur, sa_out), "l_out", il);
    }
    if (t.head) {
        c.finishWithHead(x, NormKind::rms, t.soft_cap);
        return;
    }
    c.finish(c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm"), NodeId::none);
}

void gemmaGraph(GraphContext & c) { decoder(c, {.q_scaled = "Qcur_scaled"}); }
void gemma2Graph(GraphContext & c) { decoder(c, {.post_norms = true, .soft_cap = true}); }
void gemmaEmbeddingGraph(GraphContext & c) { decoder(c, {.post_norms = true, .qk_norm = true, .head = false}); }

constexpr std::array kRows = {
    GraphRow{"gemma", gemmaGraph},
    GraphRow{"gemma-embedding", gemmaEmbeddingGraph},
    GraphRow{"gemma2", gemma2Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gemma() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
