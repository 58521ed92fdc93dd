// DeepSeek 3.2 and GLM with sparse attention: an indexer picks the cells that latent attention looks at.
#include <algorithm>
#include <array>
#include <span>

#include "graph/arch/expert_decoder.h"
#include "graph/arch/latent.h"

namespace ggufit {

namespace {

/// Leaves of both caches (llama-graph.cpp, build_attn_inp_k_dsa).
struct SparseInputs {
    NodeId pos = NodeId::none;
    CacheInput latent, indexer;
};

SparseInputs sparseInputs(GraphContext & c) {
    SparseInputs in;
    in.pos = c.inpPos();
    const uint64_t cells = c.cache.shape.n_ctx_seq;
    in.latent = c.cacheInput("", cells, false, c.request.flash_attn);
    // The fused operation wants its mask in half precision, whatever attention does.
    in.indexer = c.cacheInput("indexer_", cells, false, c.request.fused_lightning_indexer);
    const int64_t width = hadamardWidth(c.hp.indexer_head_size);
    in.indexer.k_rot = c.input(GgmlType::f32, width, width, 1, 1, "attn_inp_k_rot");
    return in;
}

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// Rope on the first values of each head, then the rotation.
NodeId indexed(GraphContext & c, const SparseInputs & in, NodeId x, int64_t n_heads) {
    GraphBuilder & g = c.g;
    const int64_t head = c.hp.indexer_head_size;
    if (head < c.n_rot) return g.fail("an indexer with heads smaller than what rope turns");
    const uint64_t row = floats(head);
    const uint64_t token = row * static_cast<uint64_t>(n_heads);
    const NodeId pe = c.rope(g.view3d(x, c.n_rot, n_heads, c.n_tokens, row, token, 0), in.pos);
    const NodeId nope = g.view3d(x, head - c.n_rot, n_heads, c.n_tokens, row, token, floats(head - c.n_rot));
    return g.mulMat(in.indexer.k_rot, g.concat(pe, nope, 0));
}

/// The score of each cell for each token, the way llama.cpp takes without the fused operation.
NodeId plainScores(GraphContext & c, const SparseInputs & in, NodeId q, NodeId k, NodeId weights, int64_t il) {
    GraphBuilder & g = c.g;
    q = g.permute(q, 0, 2, 1, 3);
    k = g.permute(k, 0, 2, 1, 3);
    const NodeId products = c.cb(g.cont(g.permute(g.mulMat(k, q), 2, 1, 0, 3)), "indexer_kq", il);
    NodeId scores = g.sumRows(g.mul(g.relu(products), weights));
    scores = g.cont(g.permute(scores, 2, 1, 0, 3));
    return c.cb(g.add(scores, in.indexer.mask), "indexer_score", il);
}

/// Stores the indexer's key of each token and picks the best cells, [top_k, tokens, 1, streams].
NodeId pickCells(GraphContext & c, const SparseInputs & in, NodeId x, NodeId q_low_rank, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t heads = c.hp.indexer_n_head;
    NodeId q = g.mulMat(c.w(il, "indexer.attn_q_b.weight"), q_low_rank);
    q = c.cb(indexed(c, in, q, heads), "indexer_q", il);
    NodeId k = g.mulMat(c.w(il, "indexer.attn_k.weight"), x);
    k = c.norm(k, c.w(il, "indexer.k_norm.weight"), c.w(il, "indexer.k_norm.bias"), NormKind::layer, il);
    k = c.cb(indexed(c, in, k, 1), "indexer_k", il);
    g.expand(c.storeK(in.indexer, k, il));

    NodeId weights = g.mulMat(c.w(il, "indexer.proj.weight"), x);
    k = c.loadK(in.indexer, il);
    if (q == NodeId::none || k == NodeId::none || weights == NodeId::none) return NodeId::none;
    const int64_t n_stream = g[k].ne[3];
    const auto streams = static_cast<uint64_t>(n_stream);
    const Node nq = g[q];
    const Node nw = g[weights];
    q = g.view4d(q, nq.ne[0], nq.ne[1], nq.ne[2] / n_stream, n_stream, nq.nb[1], nq.nb[2], nq.nb[3] / streams, 0);
    weights = g.view4d(weights, nw.ne[0], nw.ne[1] / n_stream, nw.ne[2], n_stream, nw.nb[1], nw.nb[2] / streams,
                       nw.nb[3] / streams, 0);
    weights = c.cb(g.scale(weights), "indexer_weights", il);
    const NodeId scores = c.request.fused_lightning_indexer
                              ? c.cb(g.lightningIndexer(q, k, weights, in.indexer.mask), "indexer_score", il)
                              : plainScores(c, in, q, k, weights, il);
    if (scores == NodeId::none) return scores;
    const int64_t count = std::min<int64_t>(g[scores].ne[0], c.hp.indexer_top_k);
    return c.cb(g.cont(g.topK(scores, count)), "top_k", il);
}

/// The mask with every cell but the picked ones hidden.
NodeId maskBut(GraphContext & c, NodeId mask, NodeId picked) {
    GraphBuilder & g = c.g;
    if (mask == NodeId::none || picked == NodeId::none) return NodeId::none;
    NodeId all = g.fill(mask);
    if (all == NodeId::none) return all;
    const Node m = g[all];
    all = g.view4d(all, 1, m.ne[0], m.ne[1], m.ne[3], m.nb[0], m.nb[1], m.nb[2], 0);
    const Node p = g[picked];
    const NodeId ids =
        g.view4d(picked, p.ne[0], p.ne[1], p.ne[3], 1, p.nb[1], p.nb[2], static_cast<uint64_t>(p.ne[3]) * p.nb[3], 0);
    const NodeId zeros = g.fill(g.newTensor(GgmlType::f32, 1, p.ne[0], p.ne[1], p.ne[3]));
    const NodeId shown = g.setRows(all, zeros, ids);
    if (shown == NodeId::none) return shown;
    const Node s = g[shown];
    return g.add(g.view4d(shown, s.ne[1], s.ne[2], 1, s.ne[3], s.nb[2], s.nb[3], s.nb[3], 0), mask);
}

/// Latent attention over the picked cells (llama-graph.cpp, build_attn for llm_graph_input_attn_k_dsa).
NodeId sparseAttention(GraphContext & c, const SparseInputs & in, const Qkv & p, NodeId picked, int64_t il) {
    GraphBuilder & g = c.g;
    g.expand(p.q);
    g.expand(p.v);
    g.expand(p.k);
    g.expand(c.storeK(in.latent, p.k, il));
    const NodeId mask = maskBut(c, in.latent.mask, picked);
    const NodeId k = c.loadK(in.latent, il);
    if (k == NodeId::none || p.v == NodeId::none) return NodeId::none;
    const Node s = g[k];
    const NodeId v = g.view4d(k, g[p.v].ne[0], s.ne[1], s.ne[2], s.ne[3], s.nb[1], s.nb[2], s.nb[3], 0);
    Attn a = latent::attnOf(c, il);
    a.v_mla = c.w(il, "attn_v_b.weight");
    return c.attnOut(c.cb(c.attnMha(p.q, k, v, mask, a, il), "kqv_out", il), a);
}

void sparseGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const bool shares_indexers = c.model.architecture->name == "glm-dsa";
    NodeId x = c.inpEmbd();
    const SparseInputs in = sparseInputs(c);
    const NodeId out_ids = c.inpOutIds();
    NodeId picked = NodeId::none;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = experts::rmsNormed(c, x, il, "attn_norm");
        NodeId q = c.cb(g.mulMat(c.w(il, "attn_q_a.weight"), cur), "qr", il);
        q = experts::rmsNormed(c, q, il, "attn_q_a_norm", "qr");
        if (!shares_indexers || c.hp.is_indexer_full(static_cast<uint32_t>(il))) picked = pickCells(c, in, cur, q, il);
        if (picked == NodeId::none) {
            g.fail("a layer that shares an indexer has none before it");
            return;
        }
        q = c.cb(g.mulMat(c.w(il, "attn_q_b.weight"), q), "q", il);
        const Qkv p = latent::absorbed(c, latent::split(c, in.pos, cur, q, il), il);
        cur = sparseAttention(c, in, p, picked, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur =
            experts::feedForward(c, experts::rmsNormed(c, ffn_inp, il, "ffn_norm"), il,
                                 {.scales = true, .shared = experts::Shared::always, .dense = experts::Dense::leading});
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    c.t_h_nextn = x;
    c.finish(x, c.cb(g.mulMat(c.outputWeight(), x), "result_output"));
}

/// GLM 5 was run without its indexer at first.
void glmGraph(GraphContext & c) {
    if (!c.has(LlamaRule::late_july)) return latent::denseGraph(c);
    sparseGraph(c);
}

constexpr std::array kRows = {
    GraphRow{"deepseek32", sparseGraph},
    GraphRow{"glm-dsa", glmGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> deepseek_sparse() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
