// Attention with its caches and masks (llama-graph.cpp, build_attn*; llama-kv-cache.cpp, get_k, get_v, cpy_k, cpy_v).
#include <algorithm>

#include "graph/context.h"

namespace ggufit {

namespace {

bool present(NodeId id) { return id != NodeId::none; }

}  // namespace

int64_t hadamardWidth(int64_t head_size) {
    if (head_size <= 0) return 64;
    int64_t n = 64;
    do {
        n *= 2;
    } while (head_size % n == 0);
    return n / 2;
}

CacheInput GraphContext::cacheInput(std::string_view label, uint64_t n_cells, bool with_v, bool flash_attn) {
    CacheInput in;
    in.label = label;
    in.n_cells = n_cells;
    in.k_idxs = input(GgmlType::i64, n_tokens);
    if (with_v) {
        const auto width = static_cast<int64_t>(hp.n_embd_v_gqa_max());
        in.v_idxs = input(GgmlType::i64, request.v_transposed ? n_tokens * width : n_tokens);
    }
    const int64_t n_stream = cache.shape.kv_unified ? 1 : n_seqs;
    const bool half = flash_attn && has(LlamaRule::half_mask);
    in.mask = input(half ? GgmlType::f16 : GgmlType::f32, static_cast<int64_t>(n_cells), n_tokens / n_stream, 1,
                    n_stream, "attn_inp_kq_mask");
    if (flash_attn && !half) in.mask = g.cast(in.mask, GgmlType::f16);
    return in;
}

namespace {

/// Head sizes that all layers of a cache share, or −1 where they differ, 0 where there are none.
struct HeadSizes {
    int64_t k = 0, v = 0;
};

HeadSizes headSizes(const GraphContext & c, bool sliding, bool split_by_sliding) {
    HeadSizes sizes;
    const auto merge = [](int64_t & all, int64_t one) {
        if (all == 0) {
            all = one;
        } else if (all > 0 && all != one) {
            all = -1;
        }
    };
    for (const CacheTensor & t : c.cache.tensors) {
        if (!t.name.starts_with("cache_k_l")) continue;
        if (split_by_sliding && c.hp.is_swa(t.layer) != sliding) continue;
        merge(sizes.k, c.hp.n_embd_head_k(t.layer));
        if (!c.hp.is_mla()) merge(sizes.v, c.hp.n_embd_head_v(t.layer));
    }
    return sizes;
}

GgmlType cacheType(const GraphContext & c, const char * kind) {
    const std::string start = std::string("cache_") + kind + "_l";
    for (const CacheTensor & t : c.cache.tensors) {
        if (t.name.starts_with(start)) return t.type;
    }
    return GgmlType::f16;
}

void addRotations(GraphContext & c, CacheInput & in, const HeadSizes & sizes, bool with_v) {
    if (!c.has(LlamaRule::rotated_cache)) return;
    if (sizes.k > 0 && traitsOf(cacheType(c, "k")).quantized && c.hp.n_embd_head_k() % 64 == 0) {
        const int64_t n = hadamardWidth(sizes.k);
        in.k_rot = c.input(GgmlType::f32, n, n, 1, 1, "attn_inp_k_rot");
    }
    if (with_v && sizes.v > 0 && traitsOf(cacheType(c, "v")).quantized && c.hp.n_embd_head_v() % 64 == 0) {
        in.v_rot = c.input(GgmlType::f32, 64, 64, 1, 1, "attn_inp_v_rot");
    }
}

}  // namespace

AttnInput GraphContext::attnInputWithoutCache() {
    AttnInput in;
    in.cached = false;
    const bool half = request.flash_attn && has(LlamaRule::half_mask);
    const auto mask = [&] {
        const NodeId made = input(half ? GgmlType::f16 : GgmlType::f32, n_tokens, n_tokens);
        return request.flash_attn && !half ? g.cast(made, GgmlType::f16) : made;
    };
    in.base.mask = mask();
    if (hp.swa_type != SwaType::none) in.swa.mask = mask();
    return in;
}

AttnInput GraphContext::attnInput() {
    if (model.architecture->cache == CacheKind::none) return attnInputWithoutCache();
    AttnInput in;
    const bool sliding = hp.swa_type != SwaType::none;
    in.base = cacheInput("", cache.shape.n_ctx_seq, true, request.flash_attn);
    if (sliding) in.swa = cacheInput("", cache.n_swa_cells, true, request.flash_attn);
    addRotations(*this, in.base, headSizes(*this, false, sliding), true);
    if (sliding) addRotations(*this, in.swa, headSizes(*this, true, true), true);
    return in;
}

AttnInput GraphContext::attnInputK() {
    AttnInput in;
    const bool sliding = hp.swa_type != SwaType::none;
    in.base = cacheInput("", cache.shape.n_ctx_seq, false, request.flash_attn);
    if (!sliding) return in;
    in.swa = cacheInput("", cache.n_swa_cells, false, request.flash_attn);
    addRotations(*this, in.base, headSizes(*this, false, true), false);
    addRotations(*this, in.swa, headSizes(*this, true, true), false);
    return in;
}

NodeId GraphContext::storeK(const CacheInput & in, NodeId k, int64_t il) {
    if (!present(k)) return k;
    const Node cur = g[k];
    NodeId store = cacheTensor(in.label, "k", il);
    if (!present(store)) return store;
    const NodeId rows = g.view2d(k, cur.ne[0] * cur.ne[1], cur.ne[2], cur.nb[2], 0);
    const Node s = g[store];
    if (s.ne[2] > 1) store = g.reshape(store, s.ne[0], s.ne[1] * s.ne[2]);
    return g.setRows(store, rows, in.k_idxs);
}

NodeId GraphContext::storeV(const CacheInput & in, NodeId v, int64_t il) {
    if (!present(v)) return v;
    const Node cur = g[v];
    const int64_t width = cur.ne[0] * cur.ne[1];
    NodeId store = cacheTensor(in.label, "v", il);
    if (!present(store)) return store;
    const Node s = g[store];
    if (!request.v_transposed) {
        const NodeId rows = g.view2d(v, width, cur.ne[2], cur.nb[2], 0);
        if (s.ne[2] > 1) store = g.reshape(store, s.ne[0], s.ne[1] * s.ne[2]);
        return g.setRows(store, rows, in.v_idxs);
    }
    NodeId rows = cur.nb[2] == cur.nb[0] * static_cast<uint64_t>(width) ? g.reshape(v, width, cur.ne[2])
                                                                        : g.contAs(v, width, cur.ne[2]);
    if (width < s.ne[0]) rows = g.pad(rows, s.ne[0] - width, 0, 0, 0);
    if (!present(rows)) return rows;
    const NodeId single = g.reshape(store, 1, elementsOf(s));
    return g.setRows(single, g.reshape(rows, 1, elementsOf(g[rows])), in.v_idxs);
}

NodeId GraphContext::loadK(const CacheInput & in, int64_t il) {
    const NodeId store = cacheTensor(in.label, "k", il);
    if (!present(store)) return store;
    const Node s = g[store];
    const bool own = in.label.empty();
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head = own ? hp.n_embd_head_k(layer) : s.ne[0];
    const int64_t heads = own ? hp.n_head_kv(layer) : 1;
    const uint64_t row = rowBytes(s.type, static_cast<uint64_t>(s.ne[0]));
    return g.view4d(store, head, heads, static_cast<int64_t>(in.n_cells), s.ne[2],
                    rowBytes(s.type, static_cast<uint64_t>(head)), row, row * static_cast<uint64_t>(s.ne[1]), 0);
}

NodeId GraphContext::loadV(const CacheInput & in, int64_t il) {
    const NodeId store = cacheTensor(in.label, "v", il);
    if (!present(store)) return store;
    const Node s = g[store];
    const auto layer = static_cast<uint32_t>(il);
    const int64_t head = hp.n_embd_head_v(layer);
    const int64_t heads = hp.n_head_kv(layer);
    const auto cells = static_cast<int64_t>(in.n_cells);
    const auto bytes = [&](int64_t elements) { return rowBytes(s.type, static_cast<uint64_t>(elements)); };
    if (!request.v_transposed) {
        return g.view4d(store, head, heads, cells, s.ne[2], bytes(head), bytes(s.ne[0]), bytes(s.ne[0] * s.ne[1]), 0);
    }
    return g.view4d(store, cells, heads, head, s.ne[2], bytes(s.ne[1] * head), bytes(s.ne[1]), bytes(s.ne[1] * s.ne[0]),
                    0);
}

NodeId GraphContext::rotate(NodeId x, NodeId rotation) {
    if (!present(rotation) || !present(x)) return x;
    const Node n = g[x];
    const int64_t width = g[rotation].ne[0];
    NodeId y = isContiguous(n) ? g.reshape(x, width, elementsOf(n) / width) : g.contAs(x, width, elementsOf(n) / width);
    y = g.mulMat(rotation, y);
    return g.reshape(y, n.ne[0], n.ne[1], n.ne[2], n.ne[3]);
}

NodeId GraphContext::attnMha(NodeId q, NodeId k, NodeId v, NodeId mask, const Attn & a, int64_t il) {
    if (!present(q) || !present(k) || !present(v)) return NodeId::none;
    const bool v_transposed = g[v].nb[1] > g[v].nb[2];
    const int64_t n_stream = g[k].ne[3];
    const Node n = g[q];
    const auto streams = static_cast<uint64_t>(n_stream);
    q = g.view4d(q, n.ne[0], n.ne[1], n.ne[2] / n_stream, n_stream, n.nb[1], n.nb[2], n.nb[3] / streams, 0);
    q = g.permute(q, 0, 2, 1, 3);
    k = g.permute(k, 0, 2, 1, 3);
    v = g.permute(v, 0, 2, 1, 3);

    NodeId cur = NodeId::none;
    if (request.flash_attn && !present(a.kq_b)) {
        if (v_transposed) v = g.transpose(v);
        if (g[k].type == GgmlType::f32) k = g.cast(k, GgmlType::f16);
        if (g[v].type == GgmlType::f32) v = g.cast(v, GgmlType::f16);
        cur = g.flashAttnExt(q, k, v, mask, a.sinks, hp.attn_soft_cap, hp.f_max_alibi_bias > 0.0F);
        if (present(cur)) g.graph()[cur].layer = static_cast<int32_t>(il);
        if (present(a.v_mla)) {
            cur = g.permute(cur, 0, 2, 1, 3);
            cur = cb(g.mulMat(a.v_mla, cur), "fattn_mla", il);
            cur = g.cont(g.permute(cur, 0, 2, 1, 3));
        }
        if (!present(cur)) return cur;
        const Node o = g[cur];
        cur = g.reshape(cur, o.ne[0] * o.ne[1], o.ne[2] * o.ne[3]);
    } else {
        NodeId kq = cb(g.mulMat(k, q), "kq", il);
        if (a.caps_scores) {
            kq = cb(g.tanh(g.scale(kq)), "kq_tanh", il);
            kq = cb(g.scale(kq), "kq_scaled", il);
        }
        if (hp.attn_soft_cap) {
            kq = cb(g.scale(kq), "kq_scaled_1", il);
            kq = cb(g.tanh(kq), "kq_tanh", il);
            kq = cb(g.scale(kq), "kq_scaled_2", il);
        }
        if (present(a.kq_b)) kq = cb(g.add(kq, a.kq_b), "kq_plus_kq_b", il);
        kq = cb(g.softMax(kq, mask, a.sinks), "kq_soft_max", il);
        if (!v_transposed) v = cb(g.cont(g.transpose(v)), "v_cont", il);
        NodeId kqv = cb(g.mulMat(v, kq), "kqv", il);
        if (present(a.v_mla)) kqv = cb(g.mulMat(a.v_mla, kqv), "kqv_mla", il);
        cur = g.permute(kqv, 0, 2, 1, 3);
        if (!present(cur)) return cur;
        const Node o = g[cur];
        cur = g.contAs(cur, o.ne[0] * o.ne[1], o.ne[2] * o.ne[3]);
        if (!request.kv_offload && present(cur)) g.graph()[cur].pinned = kHost;
    }
    g.expand(cur);
    return cur;
}

NodeId GraphContext::attnOut(NodeId x, const Attn & a) {
    if (present(a.wo)) x = linear(a.wo, x, a.wo_s);
    if (present(a.wo_b)) x = g.add(x, a.wo_b);
    return x;
}

NodeId GraphContext::attn(const AttnInput & in, const Attn & a, NodeId q, NodeId k, NodeId v, int64_t il) {
    const bool slides = hp.is_swa(static_cast<uint32_t>(il)) && present(in.swa.mask);
    const CacheInput & c = slides ? in.swa : in.base;
    if (!in.cached) {
        g.expand(q);
        g.expand(k);
        g.expand(v);
        return attnOut(cb(attnMha(q, k, v, c.mask, a, il), "kqv_out", il), a);
    }
    q = rotate(q, c.k_rot);
    k = rotate(k, c.k_rot);
    v = rotate(v, c.v_rot);
    // Kept together so that the order, and with it the number of splits, stays. The two kinds of input differ in it.
    g.expand(q);
    if (hp.swa_type == SwaType::none) {
        g.expand(v);
        g.expand(k);
    } else {
        g.expand(k);
        g.expand(v);
    }
    const int64_t store = cacheLayer(il);
    if (present(k)) g.expand(storeK(c, k, il));
    if (present(v)) g.expand(storeV(c, v, il));
    NodeId cur = attnMha(q, loadK(c, store), loadV(c, store), c.mask, a, il);
    cur = rotate(cb(cur, "kqv_out", il), c.v_rot);
    return attnOut(cur, a);
}

NodeId GraphContext::attnK(const AttnInput & in, const Attn & a, NodeId q, NodeId k, NodeId v, int64_t il) {
    const bool sliding_caches = present(in.swa.mask);
    const bool slides = sliding_caches && hp.is_swa(static_cast<uint32_t>(il));
    const CacheInput & c = slides ? in.swa : in.base;
    q = rotate(q, c.k_rot);
    k = rotate(k, c.k_rot);
    g.expand(q);
    if (!sliding_caches) g.expand(v);
    g.expand(k);
    if (present(k)) g.expand(storeK(c, k, il));
    const NodeId keys = loadK(c, il);
    NodeId values = keys;
    if (!sliding_caches && present(keys) && present(v)) {
        const Node s = g[keys];
        values = g.view4d(keys, g[v].ne[0], s.ne[1], s.ne[2], s.ne[3], s.nb[1], s.nb[2], s.nb[3], 0);
    }
    NodeId cur = attnMha(q, keys, values, c.mask, a, il);
    cur = rotate(cb(cur, "kqv_out", il), c.k_rot);
    return attnOut(cur, a);
}

}  // namespace ggufit
