// Hyper-connections as DeepSeek V4 has them, with llama.cpp's fused operations and without.
#include "graph/hyper_connections.h"

namespace ggufit::hyper {

namespace {

constexpr uint32_t kMaxIterations = 256;  // models have 20; the count is a file's, and each one costs operations
constexpr int64_t kStreams = 4;           // the only count that llama.cpp's operations know

bool present(NodeId id) { return id != NodeId::none; }

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

NodeId affine(GraphBuilder & g, NodeId x, NodeId scale, NodeId base) { return g.add(g.mul(x, scale), base); }

/// Rows [first, first + count) of the mixes of all tokens.
NodeId part(GraphBuilder & g, NodeId mixes, int64_t count, int64_t first) {
    if (!present(mixes)) return mixes;
    return g.view2d(mixes, count, g[mixes].ne[1], g[mixes].nb[1], floats(first));
}

NodeId stream(GraphBuilder & g, NodeId streams, int64_t index) {
    const Node n = g[streams];
    return g.view2d(streams, n.ne[0], n.ne[2], n.nb[2], static_cast<uint64_t>(index) * n.nb[1]);
}

NodeId weightedSum(GraphContext & c, NodeId streams, NodeId weights, int64_t il) {
    GraphBuilder & g = c.g;
    if (!present(streams) || !present(weights)) return NodeId::none;
    const Node n = g[streams];
    const Node w = g[weights];
    if (c.request.fused_hyper_connections && il >= 0) {
        return g.result(Op::dsv4_hc_pre, GgmlType::f32, {n.ne[0], n.ne[2]}, {streams, weights});
    }
    NodeId sum = NodeId::none;
    for (int64_t i = 0; i < kStreams; ++i) {
        const NodeId share = g.view2d(weights, 1, n.ne[2], w.nb[1], static_cast<uint64_t>(i) * w.nb[0]);
        const NodeId one = g.mul(stream(g, streams, i), share);
        sum = present(sum) ? g.add(sum, one) : one;
    }
    return sum;
}

/// Rows and columns normalized in turn (build_hc_sinkhorn).
NodeId sinkhorn(GraphContext & c, NodeId comb) {
    GraphBuilder & g = c.g;
    if (c.hp.dsv4_hc_sinkhorn_iters > kMaxIterations)
        return g.fail("more Sinkhorn iterations than a graph has room for");
    comb = g.softMax(comb);
    const NodeId eps = g.fill(g.newTensor(GgmlType::f32, 1));
    comb = g.add(comb, eps);
    const auto columns = [&] {
        const NodeId sums = g.add(g.sumRows(g.cont(g.permute(comb, 1, 0, 2, 3))), eps);
        comb = g.div(comb, g.permute(sums, 1, 0, 2, 3));
    };
    columns();
    for (uint32_t i = 1; i < c.hp.dsv4_hc_sinkhorn_iters && g.ok(); ++i) {
        comb = g.div(comb, g.add(g.sumRows(comb), eps));
        columns();
    }
    return comb;
}

NodeId mixesOf(GraphContext & c, NodeId streams, NodeId fn) {
    GraphBuilder & g = c.g;
    if (!present(streams) || c.hp.dsv4_hc_mult != kStreams) return g.fail("hyper-connections of other than 4 streams");
    return g.mulMat(fn, g.rmsNorm(g.reshape(streams, kStreams * c.n_embd, g[streams].ne[2])));
}

NodeId combination(GraphContext & c, NodeId mixes, const Weights & w) {
    GraphBuilder & g = c.g;
    if (!present(mixes)) return mixes;
    const int64_t n_tokens = g[mixes].ne[1];
    if (c.request.fused_hyper_connections) {
        return g.result(Op::dsv4_hc_comb, GgmlType::f32, {kStreams, kStreams, n_tokens}, {mixes, w.scale, w.base});
    }
    const NodeId scale = g.view1d(w.scale, 1, floats(2));
    const NodeId base = g.view1d(w.base, kStreams * kStreams, floats(2 * kStreams));
    const NodeId comb = affine(g, part(g, mixes, kStreams * kStreams, 2 * kStreams), scale, base);
    return sinkhorn(c, g.reshape(comb, kStreams, kStreams, n_tokens));
}

}  // namespace

Mix before(GraphContext & c, NodeId streams, const Weights & w, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId mixes = c.cb(mixesOf(c, streams, w.fn), "hc_mixes", il);
    if (!present(mixes) || !present(w.scale) || !present(w.base)) return {};
    NodeId pre = affine(g, part(g, mixes, kStreams, 0), g.view1d(w.scale, 1, 0), g.view1d(w.base, kStreams, 0));
    pre = c.cb(g.scale(g.sigmoid(pre)), "hc_pre", il);
    Mix mix;
    mix.post = affine(g, part(g, mixes, kStreams, kStreams), g.view1d(w.scale, 1, floats(1)),
                      g.view1d(w.base, kStreams, floats(kStreams)));
    mix.post = c.cb(g.scale(g.sigmoid(mix.post)), "hc_post", il);
    mix.comb = c.cb(combination(c, mixes, w), "hc_comb", il);
    mix.x = weightedSum(c, streams, pre, il);
    return mix;
}

NodeId after(GraphContext & c, NodeId x, NodeId streams, const Mix & mix) {
    GraphBuilder & g = c.g;
    if (!present(x) || !present(streams) || !present(mix.post) || !present(mix.comb)) return NodeId::none;
    const int64_t n_tokens = g[x].ne[1];
    if (c.request.fused_hyper_connections) {
        return g.result(Op::dsv4_hc_post, GgmlType::f32, {c.n_embd, kStreams, n_tokens},
                        {x, streams, mix.post, mix.comb});
    }
    const Node post = g[mix.post];
    const Node comb = g[mix.comb];
    NodeId out = NodeId::none;
    for (int64_t to = 0; to < kStreams; ++to) {
        const uint64_t column = static_cast<uint64_t>(to) * comb.nb[0];
        NodeId cur = g.mul(x, g.view2d(mix.post, 1, n_tokens, post.nb[1], static_cast<uint64_t>(to) * post.nb[0]));
        for (int64_t from = 0; from < kStreams; ++from) {
            const uint64_t row = static_cast<uint64_t>(from) * comb.nb[1];
            const NodeId share = g.view2d(mix.comb, 1, n_tokens, comb.nb[2], column + row);
            cur = g.add(cur, g.mul(stream(g, streams, from), share));
        }
        cur = g.reshape(cur, c.n_embd, 1, n_tokens);
        out = present(out) ? g.concat(out, cur, 1) : cur;
    }
    return out;
}

NodeId merged(GraphContext & c, NodeId streams, const Weights & w) {
    GraphBuilder & g = c.g;
    const NodeId mixes = c.cb(mixesOf(c, streams, w.fn), "hc_head_mixes");
    const NodeId pre = c.cb(g.scale(g.sigmoid(affine(g, mixes, w.scale, w.base))), "hc_head_pre");
    return weightedSum(c, streams, pre, -1);
}

}  // namespace ggufit::hyper
