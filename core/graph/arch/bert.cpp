// BERT and its relatives: encoders without a cache, norms after attention and feed-forward.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

struct Traits {
    bool positions = true;  // position ids are an input
    bool position_embeddings = false;
    bool rope = false;
    bool gated = false;    // feed-forward with a SiLU gate
    bool jina_v2 = false;  // its own feed-forward
};

/// Norm of Q or K over all heads at once.
NodeId wideNorm(GraphContext & c, NodeId x, const char * name, int64_t heads, int64_t il) {
    const std::string base(name);
    if (c.w(il, base + ".weight") == NodeId::none) return x;
    const int64_t head = c.n_embd_head_v;
    x = c.g.reshape(x, head * heads, c.n_tokens);
    x = c.norm(x, il, name, NormKind::layer);
    return c.g.reshape(x, head, heads, c.n_tokens);
}

NodeId feedForward(GraphContext & c, const Traits & t, NodeId x, int64_t il) {
    const int64_t every = c.hp.moe_every_n_layers;
    if (every > 0 && il % every == 1) {
        Moe m = c.moeOf(il, Activation::gelu);
        m.gate_inp_b = m.probs_b = m.gate = NodeId::none;
        m.norm_w = false;
        m.gating = ExpertGating::softmax;
        return c.cb(c.moe(x, m, il), "ffn_moe_out", il);
    }
    Ffn f = c.ffnOf(il, Activation::gelu, FfnGate::sequential);
    f.gate_b = f.gate_s = f.up_s = f.down_s = NodeId::none;
    if (t.jina_v2) {
        const bool fused = f.gate == NodeId::none && f.up != NodeId::none && c.g[f.up].ne[1] != c.hp.n_ff();
        f.op = fused ? Activation::geglu : Activation::gelu;
        f.gate_kind = FfnGate::parallel;
    } else if (t.gated) {
        f.up_b = f.down_b = NodeId::none;
        f.op = Activation::silu;
        f.gate_kind = FfnGate::parallel;
    } else {
        f.gate = NodeId::none;
    }
    return c.cb(c.ffn(x, f, il), "ffn_out", il);
}

void encoder(GraphContext & c, const Traits & t) {
    GraphBuilder & g = c.g;
    const NodeId pos = t.positions ? c.inpPos() : NodeId::none;
    NodeId x = c.inpEmbd();
    if (const NodeId types = c.w("token_types.weight"); types != NodeId::none) {
        x = g.add(x, g.view1d(types, c.n_embd, 0));
    }
    if (t.position_embeddings) x = g.add(g.getRows(c.w("position_embd.weight"), pos), x);
    c.cb(x, "inp_embd");
    x = c.norm(x, c.w("token_embd_norm.weight"), c.w("token_embd_norm.bias"), NormKind::layer, 0);
    c.cb(x, "inp_norm", 0);
    const AttnInput in = c.attnInput();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        Qkv p = c.qkv(il, x, c.n_embd_head_v, c.n_head, c.n_head_kv);
        p.q = wideNorm(c, p.q, "attn_q_norm", c.n_head, il);
        p.k = wideNorm(c, p.k, "attn_k_norm", c.n_head_kv, il);
        if (t.rope) {
            p.q = c.rope(p.q, pos);
            p.k = c.rope(p.k, pos);
        }
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        NodeId cur = c.cb(c.attn(in, c.attnOf(il), p.q, p.k, p.v, il), "kqv_out", il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        cur = c.norm(g.add(cur, x), il, "attn_output_norm", NormKind::layer);
        if (c.w(il, "attn_norm_2.weight") != NodeId::none) {
            cur = c.norm(g.add(cur, x), il, "attn_norm_2", NormKind::layer);
        }
        const NodeId ffn_inp = c.cb(cur, "ffn_inp", il);
        cur = g.add(feedForward(c, t, cur, il), ffn_inp);
        x = c.norm(cur, il, "layer_output_norm", NormKind::layer);
    }
    c.finish(c.cb(x, "result_embd"), NodeId::none);
}

void bertGraph(GraphContext & c) { encoder(c, {.position_embeddings = true}); }
void nomicBertGraph(GraphContext & c) { encoder(c, {.rope = true, .gated = true}); }
void nomicBertMoeGraph(GraphContext & c) { encoder(c, {.rope = true}); }
void jinaBertV2Graph(GraphContext & c) { encoder(c, {.positions = false, .jina_v2 = true}); }
void jinaBertV3Graph(GraphContext & c) { encoder(c, {.rope = true}); }

constexpr std::array kRows = {
    GraphRow{"bert", bertGraph},
    GraphRow{"nomic-bert", nomicBertGraph},
    GraphRow{"nomic-bert-moe", nomicBertMoeGraph},
    GraphRow{"jina-bert-v2", jinaBertV2Graph},
    GraphRow{"jina-bert-v3", jinaBertV3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> bert() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
