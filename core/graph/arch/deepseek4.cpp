// DeepSeek V4: keys without values, compressed by 4 or 128 beside a sliding window, an indexer that picks among the
// compressed ones, and hyper-connections.
#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "graph/build.h"
#include "graph/compressed_keys.h"
#include "graph/hyper_connections.h"

namespace ggufit {

namespace {

constexpr int64_t kCompressed = 4;           // llama-kv-cache-dsv4.cpp, DSV4_CSA_RATIO
constexpr int64_t kHeavilyCompressed = 128;  // the same, DSV4_HCA_RATIO

bool present(NodeId id) { return id != NodeId::none; }

struct Inputs {
    NodeId pos = NodeId::none;
    CacheInput raw;
    keys::Compressor csa, hca, lid;
};

/// The rotation of a cache that is quantized, or whose heads are as wide as the indexer's.
NodeId rotationOf(GraphContext & c, int64_t head, const char * kind) {
    bool quantized = false;
    for (const CacheTensor & t : c.cache.tensors) {
        if (t.name.starts_with(kind)) quantized = traitsOf(t.type).quantized;
    }
    if (head <= 0 || !((quantized && head % 64 == 0) || head == c.hp.indexer_head_size)) return NodeId::none;
    const int64_t n = hadamardWidth(head);
    return c.input(GgmlType::f32, n, n, 1, 1, "attn_inp_k_rot");
}

/// build_inp_dsv4. All caches keep sequences apart, also where the user's cache is unified.
Inputs inputsOf(GraphContext & c) {
    Inputs in;
    const bool fa = c.request.flash_attn;
    const int64_t head = c.n_embd_head_k;
    in.raw.n_cells = c.cache.n_swa_cells;
    in.raw.k_idxs = c.input(GgmlType::i64, c.n_tokens);
    in.raw.mask = c.input(fa ? GgmlType::f16 : GgmlType::f32, static_cast<int64_t>(in.raw.n_cells), c.n_seq_tokens, 1,
                          c.n_seqs, "attn_inp_kq_mask");
    in.raw.k_rot = rotationOf(c, head, "cache_k_l");
    in.csa = {.name = "csa", .mask_name = "dsv4_csa_kq_mask", .ratio = kCompressed, .width = head, .overlap = true};
    in.hca = {.name = "hca", .mask_name = "dsv4_hca_kq_mask", .ratio = kHeavilyCompressed, .width = head};
    in.lid = {.name = "lid", .mask_name = "dsv4_lid_kq_mask", .ratio = kCompressed, .overlap = true};
    in.lid.width = c.hp.indexer_head_size;
    in.csa.cache.label = "csa_";
    in.hca.cache.label = "hca_";
    in.lid.cache.label = "lid_";
    keys::addInputs(c, in.csa, fa);
    keys::addInputs(c, in.hca, fa);
    keys::addInputs(c, in.lid, c.request.fused_lightning_indexer);
    in.csa.cache.k_rot = rotationOf(c, head, "csa_cache_k_l");
    in.hca.cache.k_rot = rotationOf(c, head, "hca_cache_k_l");
    in.lid.cache.k_rot = rotationOf(c, in.lid.width, "lid_cache_k_l");
    return in;
}

keys::Sources sourcesOf(GraphContext & c, int64_t il, const std::string & start) {
    return {c.w(il, start + "_kv.weight"), c.w(il, start + "_gate.weight"), c.w(il, start + "_ape.weight"),
            c.w(il, start + "_norm.weight")};
}

// --- the indexer -----------------------------------------------------------------------------------------------------

NodeId plainScores(GraphContext & c, const keys::Compressor & k, NodeId q, NodeId keys, NodeId weights, int64_t il) {
    GraphBuilder & g = c.g;
    q = g.permute(q, 0, 2, 1, 3);
    keys = g.permute(keys, 0, 2, 1, 3);
    const NodeId products = c.cb(g.cont(g.permute(g.mulMat(keys, q), 2, 1, 0, 3)), "lid_kq", il);
    const NodeId sums = g.sumRows(g.mul(g.relu(products), weights));
    return g.add(c.cb(g.cont(g.permute(sums, 2, 1, 0, 3)), "lid_score", il), k.cache.mask);
}

/// The compressed cells that each token looks at (build_lid_top_k).
NodeId pickCells(GraphContext & c, const Inputs & in, NodeId q_low_rank, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId q = c.linear(c.w(il, "indexer.attn_q_b.weight"), q_low_rank);
    q = keys::ropeTail(c, c.cb(g.reshape(q, in.lid.width, c.hp.indexer_n_head, c.n_tokens), "lid_q", il), in.pos);
    q = c.cb(c.rotate(q, in.lid.cache.k_rot), "lid_q_rot", il);
    NodeId weights = c.cb(g.scale(c.linear(c.w(il, "indexer.proj.weight"), x)), "lid_weights", il);
    const NodeId keys = c.cb(keys::cellsOf(c, in.lid, il), "lid_k", il);
    if (!present(q) || !present(keys) || !present(weights)) return NodeId::none;
    const int64_t n_stream = g[keys].ne[3];
    const auto streams = static_cast<uint64_t>(n_stream);
    const Node n = g[q];
    const Node w = g[weights];
    q = g.view4d(q, n.ne[0], n.ne[1], n.ne[2] / n_stream, n_stream, n.nb[1], n.nb[2], n.nb[3] / streams, 0);
    weights = g.view4d(weights, w.ne[0], w.ne[1] / n_stream, w.ne[2], n_stream, w.nb[1], w.nb[2] / streams,
                       w.nb[3] / streams, 0);
    NodeId scores = c.request.fused_lightning_indexer ? g.lightningIndexer(q, keys, weights, in.lid.cache.mask)
                                                      : plainScores(c, in.lid, q, keys, weights, il);
    c.cb(scores, "lid_score_masked", il);
    if (!present(scores)) return scores;
    const int64_t count = std::min<int64_t>(g[scores].ne[0], c.hp.indexer_top_k);
    return c.cb(g.cont(g.topK(scores, count)), "lid_top_k", il);
}

/// The mask with every cell but the picked ones hidden (build_top_k_mask).
NodeId maskBut(GraphContext & c, NodeId mask, NodeId picked, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId all = g.fill(mask);
    if (!present(all) || !present(picked)) return NodeId::none;
    const Node m = g[all];
    all = g.view4d(all, 1, m.ne[0], m.ne[1], m.ne[3], m.nb[0], m.nb[1], m.nb[2], 0);
    const Node p = g[picked];
    const NodeId ids =
        g.view4d(picked, p.ne[0], p.ne[1], p.ne[3], 1, p.nb[1], p.nb[2], static_cast<uint64_t>(p.ne[3]) * p.nb[3], 0);
    const GgmlType type = c.request.flash_attn ? GgmlType::f16 : GgmlType::f32;
    const NodeId shown = g.setRows(all, g.fill(g.newTensor(type, 1, p.ne[0], p.ne[1], p.ne[3])), ids);
    if (!present(shown)) return shown;
    const Node s = g[shown];
    const NodeId cut = g.view4d(shown, s.ne[1], s.ne[2], 1, s.ne[3], s.nb[2], s.nb[3], s.nb[3], 0);
    return c.cb(g.add(cut, mask), "csa_top_k_mask", il);
}

// --- attention -------------------------------------------------------------------------------------------------------

/// Over the window's keys and, with a compressor, over its cells; keys are their own values.
NodeId attend(GraphContext & c, const Inputs & in, const keys::Compressor * k, NodeId picked, NodeId q, NodeId kv,
              int64_t il) {
    GraphBuilder & g = c.g;
    q = c.rotate(q, in.raw.k_rot);
    kv = c.rotate(kv, in.raw.k_rot);
    g.expand(q);
    g.expand(kv);
    g.expand(c.storeK(in.raw, kv, il));
    NodeId keys = c.loadK(in.raw, il);
    NodeId mask = in.raw.mask;
    if (k != nullptr) {
        keys = g.concat(keys, keys::cellsOf(c, *k, il), 2);
        mask = g.concat(mask, k->ratio == kCompressed ? maskBut(c, k->cache.mask, picked, il) : k->cache.mask, 0);
    }
    Attn a;
    a.sinks = c.w(il, "attn_sinks.weight");
    return c.rotate(c.attnMha(q, keys, keys, mask, a, il), in.raw.k_rot);
}

/// The first output matrix by groups of heads: a matrix in the file, three dimensions once it is loaded.
NodeId groupedOutput(GraphContext & c, int64_t il, int64_t group_width) {
    const NodeId id = c.w(il, "attn_output_a.weight");
    if (!present(id)) return id;
    Node & n = c.g.graph()[id];
    const int64_t groups = c.hp.dsv4_o_group_count;
    const int64_t rank = c.hp.dsv4_o_lora_rank;
    if (n.ne[2] == groups && n.ne[1] == rank) return id;
    if (n.ne[0] != group_width || n.ne[1] != rank * groups || n.ne[2] != 1) {
        return c.g.fail("attn_output_a of other than the heads' groups");
    }
    n.ne = {group_width, rank, groups, 1};
    n.nb[2] = n.nb[1] * static_cast<uint64_t>(rank);
    n.nb[3] = n.nb[2] * static_cast<uint64_t>(groups);
    return id;
}

NodeId project(GraphContext & c, const Inputs & in, NodeId out, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t groups = c.hp.dsv4_o_group_count;
    if (groups == 0 || c.n_head % groups != 0) return g.fail("heads that do not divide into output groups");
    const int64_t width = c.n_head / groups * c.n_embd_head_k;
    out = keys::ropeTail(c, g.reshape(out, c.n_embd_head_k, c.n_head, c.n_tokens), in.pos);
    out = g.reshape(c.cb(out, "attn_derope", il), width, groups, c.n_tokens);
    out = g.mulMat(groupedOutput(c, il, width), g.permute(out, 0, 2, 1, 3));
    out = g.permute(c.cb(out, "attn_wo_a", il), 0, 2, 1, 3);
    out = g.contAs(out, c.hp.dsv4_o_lora_rank * groups, c.n_tokens);
    return c.cb(c.linear(c.w(il, "attn_output_b.weight"), out), "attn_out", il);
}

NodeId attention(GraphContext & c, const Inputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const auto rms = [&](NodeId y, const char * name) {
        return c.norm(y, c.w(il, name), NodeId::none, NormKind::rms, il);
    };
    NodeId qr = c.cb(c.linear(c.w(il, "attn_q_a.weight"), x), "qr", il);
    qr = c.cb(rms(qr, "attn_q_a_norm.weight"), "qr_norm", il);
    NodeId q = g.reshape(c.linear(c.w(il, "attn_q_b.weight"), qr), c.n_embd_head_k, c.n_head, c.n_tokens);
    q = c.cb(keys::ropeTail(c, c.cb(g.rmsNorm(q), "q_norm", il), in.pos), "q", il);
    NodeId kv = rms(c.linear(c.w(il, "attn_kv.weight"), x), "attn_kv_a_norm.weight");
    kv = c.cb(g.reshape(kv, c.n_embd_head_k, 1, c.n_tokens), "kv_norm", il);
    kv = c.cb(keys::ropeTail(c, kv, in.pos), "kv", il);

    const int64_t ratio = c.hp.dsv4_compress_ratios[static_cast<size_t>(il)];
    const keys::Compressor * k = nullptr;
    NodeId picked = NodeId::none;
    if (ratio == kCompressed) {
        k = &in.csa;
        keys::compress(c, in.csa, sourcesOf(c, il, "attn_compressor"), x, il);
        keys::compress(c, in.lid, sourcesOf(c, il, "indexer_compressor"), x, il);
        picked = pickCells(c, in, qr, x, il);
    } else if (ratio == kHeavilyCompressed) {
        k = &in.hca;
        keys::compress(c, in.hca, sourcesOf(c, il, "attn_compressor"), x, il);
    }
    return project(c, in, attend(c, in, k, picked, q, kv, il), il);
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il) {
    Moe m = c.moeOf(il, Activation::silu);
    m.gate_inp_b = m.up_b = m.up_s = m.gate_b = m.gate_s = m.gate_up = m.gate_up_b = m.down_b = m.down_s = NodeId::none;
    m.clamp = c.hp.swiglu_clamp_exp[static_cast<size_t>(il)];
    m.clamp_gate_first = true;
    if (il < c.hp.dsv4_hash_layer_count) {  // the token itself says which experts
        m.selected_in = c.g.getRows(c.w(il, "ffn_gate_tid2eid.weight"), c.inp_tokens);
        m.probs_b = NodeId::none;
    }
    const NodeId routed = c.cb(c.moe(x, m, il), "ffn_moe_out", il);
    Ffn f = weightsAlone(c.ffnOf(il, Activation::silu, FfnGate::parallel, "_shexp"));
    f.clamp = c.hp.swiglu_clamp_shexp[static_cast<size_t>(il)];
    f.clamp_gate_first = true;
    return c.cb(c.g.add(routed, c.cb(c.ffn(x, f, il), "ffn_shexp", il)), "ffn_out", il);
}

hyper::Weights mixWeights(GraphContext & c, int64_t il, const std::string & start) {
    return {c.w(il, start + "_fn.weight"), c.w(il, start + "_scale.weight"), c.w(il, start + "_base.weight")};
}

NodeId layerOf(GraphContext & c, const Inputs & in, NodeId streams, int64_t il) {
    hyper::Mix mix = hyper::before(c, streams, mixWeights(c, il, "hc_attn"), il);
    NodeId cur = c.cb(mix.x, "hc_attn_pre", il);
    cur = c.norm(cur, c.w(il, "attn_norm.weight"), NodeId::none, NormKind::rms, il);
    cur = attention(c, in, c.cb(cur, "attn_norm", il), il);
    streams = c.cb(hyper::after(c, cur, streams, mix), "hc_attn_post", il);

    mix = hyper::before(c, streams, mixWeights(c, il, "hc_ffn"), il);
    c.cb(mix.x, "hc_ffn_pre", il);
    c.g.expand(streams);
    c.g.expand(mix.post);
    c.g.expand(mix.comb);
    cur = c.norm(mix.x, c.w(il, "ffn_norm.weight"), NodeId::none, NormKind::rms, il);
    cur = feedForward(c, c.cb(cur, "ffn_norm", il), il);
    return c.cb(hyper::after(c, cur, streams, mix), "l_last", il);
}

void deepseek4Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const int64_t n_streams = c.hp.dsv4_hc_mult;
    const NodeId embd = c.inpEmbd();
    const NodeId pos = c.inpPos();
    const NodeId out_ids = c.inpOutIds();
    Inputs in = inputsOf(c);
    in.pos = pos;
    g.expand(in.raw.mask);
    NodeId x = g.reshape(embd, c.n_embd, 1, c.n_tokens);
    x = c.cb(g.repeat4d(x, c.n_embd, n_streams, c.n_tokens, 1), "hc_init");
    for (int64_t il = 0; il < c.n_layer && g.ok(); ++il) x = layerOf(c, in, x, il);
    x = c.selectOutputs(g.reshape(x, c.n_embd * n_streams, c.n_tokens), out_ids);
    x = g.reshape(x, c.n_embd, n_streams, c.n_outputs);
    const hyper::Weights head = {c.w("output_hc_fn.weight"), c.w("output_hc_scale.weight"),
                                 c.w("output_hc_base.weight")};
    x = c.cb(hyper::merged(c, x, head), "hc_head");
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    c.finish(x, c.cb(g.mulMat(c.w("output.weight"), x), "result_output"));
}

constexpr std::array kRows = {
    GraphRow{"deepseek4", deepseek4Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> deepseek4() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
