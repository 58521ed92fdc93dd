// Blocks of keys as llama.cpp gathers, weights and stores them (deepseek4.cpp; llama-kv-cache-dsv4.cpp).
#include "graph/compressed_keys.h"

#include <algorithm>
#include <string>

#include "base/checked.h"

namespace ggufit::keys {

namespace {

constexpr uint64_t kCellPadding = 256;

bool present(NodeId id) { return id != NodeId::none; }

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// A state of all sequences, [width, rows].
NodeId stateOf(GraphContext & c, const Compressor & k, const char * what, int64_t il) {
    const NodeId state = c.cacheTensor(std::string("dsv4_") + k.name + "_state_" + what + "_l" + std::to_string(il));
    if (!present(state)) return state;
    const Node s = c.g[state];
    return c.g.view2d(state, s.ne[0], k.n_rows * (1 + static_cast<int64_t>(c.cache.shape.n_rs_seq)), s.nb[1], 0);
}

NodeId restored(GraphContext & c, const Compressor & k, const char * what, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId state = stateOf(c, k, what, il);
    if (!present(k.restore_from)) return state;
    return g.setRows(stateOf(c, k, what, il), g.getRows(state, k.restore_from), k.restore_to);
}

NodeId withBlankRow(GraphBuilder & g, NodeId x) {
    if (!present(x)) return x;
    const int64_t width = g[x].ne[0];
    return g.concat(x, g.reshape(g.scale(g.view1d(x, width, 0)), width, 1), 1);
}

/// Rows of the state by block, [width, rows of a block, n_blocks].
NodeId blocksOf(GraphContext & c, const Compressor & k, NodeId state) {
    GraphBuilder & g = c.g;
    if (!k.overlap) return g.reshape(g.getRows(state, k.read), k.width, k.ratio, k.n_blocks);
    const NodeId rows = g.getRows(withBlankRow(g, state), k.read);
    if (!present(rows)) return rows;
    const uint64_t nb1 = g[rows].nb[1];
    const int64_t n_read = k.ratio * k.n_blocks;
    const auto half = [&](uint64_t offset) {
        return g.reshape(g.cont(g.view2d(rows, k.width, n_read, nb1, offset)), k.width, k.ratio, k.n_blocks);
    };
    const NodeId before = half(0);
    return g.concat(before, half(static_cast<uint64_t>(n_read) * nb1 + floats(k.width)), 1);
}

/// Each block's keys as one, weighted by their scores (build_hca_…, build_overlap_compressed_kv_from_state).
NodeId compressed(GraphContext & c, const Compressor & k, NodeId kv, NodeId score, NodeId norm, int64_t il) {
    GraphBuilder & g = c.g;
    const auto turned = [&](NodeId x) { return g.cont(g.permute(blocksOf(c, k, x), 1, 0, 2, 3)); };
    const NodeId values = turned(kv);
    const NodeId weights = g.softMax(turned(score));
    NodeId sum = g.sumRows(g.mul(values, weights));
    sum = g.cont(g.permute(sum, 1, 0, 2, 3));
    return ropeTail(c, c.norm(sum, norm, NodeId::none, NormKind::rms, il), k.block_pos);
}

}  // namespace

void compress(GraphContext & c, const Compressor & k, const Sources & s, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId kv = c.linear(s.kv, x);
    const NodeId score = g.add(c.linear(s.gate, x), g.getRows(s.ape, k.state_pos));
    const NodeId old_kv = restored(c, k, "kv", il);
    const NodeId old_score = restored(c, k, "score", il);
    if (!present(old_kv) || !present(old_score)) return;
    const auto joined = [&](NodeId old, NodeId batch) {
        return g.concat(g.view2d(old, g[old].ne[0], k.n_rows, g[old].nb[1], 0), batch, 1);
    };
    NodeId block = compressed(c, k, joined(old_kv, kv), joined(old_score, score), s.norm, il);
    block = c.rotate(block, k.cache.k_rot);
    g.expand(c.storeK(k.cache, block, il));
    const auto keep = [&](const char * what, NodeId rows, NodeId from, NodeId to) {
        return g.setRows(stateOf(c, k, what, il), g.getRows(rows, from), to);
    };
    if (present(k.snapshot_from)) {
        g.expand(keep("kv", g.concat(old_kv, kv, 1), k.snapshot_from, k.snapshot_to));
        g.expand(keep("score", g.concat(old_score, score, 1), k.snapshot_from, k.snapshot_to));
    }
    g.expand(keep("kv", kv, k.persist_from, k.persist_to));
    g.expand(keep("score", score, k.persist_from, k.persist_to));
}

void addInputs(GraphContext & c, Compressor & k, bool half_mask) {
    const int64_t state_size = k.ratio * (k.overlap ? 2 : 1);
    const auto n_rs_seq = static_cast<int64_t>(c.cache.shape.n_rs_seq);
    const auto ids = [&](int64_t n) { return n > 0 ? c.input(GgmlType::i32, n) : NodeId::none; };
    k.n_rows = state_size * static_cast<int64_t>(c.cache.shape.n_seq_max);
    k.n_blocks = std::max<int64_t>(1, c.n_seqs * ((c.n_seq_tokens + k.ratio - 1) / k.ratio));
    k.state_pos = ids(c.n_tokens);
    const int64_t n_persist = std::min(c.n_tokens, k.n_rows);
    k.persist_from = ids(n_persist);
    k.persist_to = ids(n_persist);
    const int64_t n_restore = n_rs_seq > 0 ? state_size * c.n_seqs : 0;
    k.restore_from = ids(n_restore);
    k.restore_to = ids(n_restore);
    k.snapshot_from = ids(n_rs_seq * state_size * c.n_seqs);
    k.snapshot_to = ids(n_rs_seq * state_size * c.n_seqs);
    k.read = ids(state_size * k.n_blocks);
    k.cache.k_idxs = c.input(GgmlType::i64, k.n_blocks);
    k.block_pos = ids(k.n_blocks);
    const uint64_t cells =
        (uint64_t{c.cache.shape.n_ctx_seq} + static_cast<uint64_t>(k.ratio) - 1) / static_cast<uint64_t>(k.ratio);
    k.cache.n_cells = padTo(std::max<uint64_t>(1, cells), kCellPadding);
    k.cache.mask = c.input(half_mask ? GgmlType::f16 : GgmlType::f32, static_cast<int64_t>(k.cache.n_cells),
                           c.n_seq_tokens, 1, c.n_seqs, k.mask_name);
}

NodeId cellsOf(GraphContext & c, const Compressor & k, int64_t il) {
    const NodeId keys = c.loadK(k.cache, il);
    if (!present(keys)) return keys;
    const Node n = c.g[keys];
    return c.g.view4d(keys, n.ne[0], n.ne[1], n.ne[2], n.ne[3], n.nb[1], n.nb[2], n.nb[3], 0);
}

NodeId ropeTail(GraphContext & c, NodeId x, NodeId pos) {
    GraphBuilder & g = c.g;
    if (!present(x)) return x;
    const Node n = g[x];
    const int64_t rest = n.ne[0] - c.n_rot;
    if (rest < 0) return g.fail("heads smaller than what rope turns");
    const uint64_t row = floats(n.ne[0]);
    const uint64_t token = row * static_cast<uint64_t>(n.ne[1]);
    const NodeId still = g.view3d(x, rest, n.ne[1], n.ne[2], row, token, 0);
    const NodeId turned = c.rope(g.view3d(x, c.n_rot, n.ne[1], n.ne[2], row, token, floats(rest)), pos);
    return g.concat(still, turned, 0);
}

}  // namespace ggufit::keys
