// What the Metal backend runs (ggml-metal-device.m, ggml_metal_device_supports_op), on an Apple GPU from M1 on, which
// has simdgroup reductions, simdgroup matrices and bfloat; and the room its operations keep.
#include <algorithm>

#include "sched/support.h"

namespace ggufit {

namespace {

using enum GgmlType;

bool isCacheBlock(GgmlType type) {
    return type == q8_0 || type == q4_0 || type == q4_1 || type == q5_0 || type == q5_1;
}

bool copies(GgmlType from, GgmlType to) {
    const bool bits = to == q1_0 || to == q2_0;
    switch (from) {
        case f32: return isHalfOrSingle(to) || to == bf16 || isCacheBlock(to) || bits || to == iq4_nl || to == i32;
        case f16: return isHalfOrSingle(to);
        case bf16: return to == f32 || to == bf16;
        case i32: return to == f32 || to == i32;
        default: return (isCacheBlock(from) || from == q1_0 || from == q2_0) && isHalfOrSingle(to);
    }
}

bool setsRows(GgmlType values, GgmlType to) {
    if (values == f16) return to == f16;
    return values == f32 && (isHalfOrSingle(to) || to == bf16 || isCacheBlock(to) || to == iq4_nl);
}

bool indexes(const Graph & graph, const Node & node) {
    const Node & q = graph[node.src[0]];
    if (q.ne[0] != 128 || q.ne[1] != 64 || q.type != f32) return false;
    for (size_t i = 0; i < 4; ++i) {
        if (!isContiguousRows(graph[node.src[i]])) return false;
    }
    const GgmlType k = graph[node.src[1]].type;
    return graph[node.src[2]].type == f32 && graph[node.src[3]].type == f16 &&
           (isHalfOrSingle(k) || k == bf16 || isCacheBlock(k));
}

/// The hyper-connections of DeepSeek 4, with four streams.
bool connects(const Graph & graph, const Node & node) {
    for (size_t i = 0; i < 4; ++i) {
        const Node * t = sourceOf(graph, node, i);
        if (t != nullptr && (t->type != f32 || !isContiguousRows(*t))) return false;
    }
    const Node & a = graph[node.src[0]];
    const Node & b = graph[node.src[1]];
    if (node.op == Op::dsv4_hc_comb) return a.ne[0] == 24 && b.ne[0] >= 3 && graph[node.src[2]].ne[0] == 24;
    if (node.op == Op::dsv4_hc_pre) return a.ne[1] == 4 && b.ne[0] == 4;
    const Node & d = graph[node.src[3]];
    return b.ne[1] == 4 && graph[node.src[2]].ne[0] == 4 && d.ne[0] == 4 && d.ne[1] == 4;
}

uint64_t product(std::initializer_list<int64_t> factors) {
    uint64_t all = 1;
    for (const int64_t factor : factors) all = saturatingMul(all, static_cast<uint64_t>(std::max<int64_t>(factor, 0)));
    return all;
}

/// Flash attention keeps the last cells of K, V and mask padded, which blocks of the mask are empty, and the partial
/// results of 32 workgroups (ggml-metal-ops.cpp, ggml_metal_op_flash_attn_ext_extra_pad, _blk, _tmp).
uint64_t flashExtraBytes(const Graph & graph, const Node & node) {
    constexpr uint64_t kCells = 64, kVecCells = 32;  // OP_FLASH_ATTN_EXT_NCPSG, OP_FLASH_ATTN_EXT_VEC_NCPSG
    constexpr int64_t kQueries = 8;                  // OP_FLASH_ATTN_EXT_NQPSG; 1 for vectors
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    const Node * mask = sourceOf(graph, node, 3);
    uint64_t cell = k.nb[1] * product({k.ne[2], k.ne[3]}) + v.nb[1] * product({v.ne[2], v.ne[3]});
    uint64_t bytes = 0;
    if (mask != nullptr) {
        cell += 2 * product({mask->ne[1], mask->ne[2], mask->ne[3]});
        const bool vectors = q.ne[1] < 20 && q.ne[0] % 32 == 0;
        const int64_t rows = vectors ? q.ne[1] : (q.ne[1] + kQueries - 1) / kQueries;
        const auto cells = static_cast<int64_t>(vectors ? kVecCells : kCells);
        bytes += padTo(product({(mask->ne[0] + cells - 1) / cells, rows, mask->ne[2], mask->ne[3]}), 32);
    }
    bytes += kCells * cell;
    return bytes + 4 * product({std::min<int64_t>(q.ne[1], 32), q.ne[2], q.ne[3], 32, v.ne[0] + 2});
}

}  // namespace

bool metalSupportsOp(const Graph & graph, const Node & node, const Backend & /*backend*/) {
    if (node.op == Op::none || isViewOp(node.op)) return true;
    const auto type = [&](size_t i) { return graph[node.src[i]].type; };
    const auto source = [&](size_t i) -> const Node & { return graph[node.src[i]]; };
    switch (node.op) {
        case Op::scale:
        case Op::fill:
        case Op::clamp:
        case Op::sqr:
        case Op::sqrt:
        case Op::sin:
        case Op::cos:
        case Op::log:
        case Op::unary: return isContiguousRows(source(0)) && isHalfOrSingle(type(0));
        case Op::glu: return isContiguousFrom(source(0), 1) && isHalfOrSingle(type(0));
        case Op::concat:
            return type(0) == type(1) && type(0) == node.type && !traitsOf(type(0)).quantized && type(0) != f64;
        case Op::add:
        case Op::sub:
        case Op::mul:
        case Op::div:
        case Op::add_id:
            return isContiguousRows(source(0)) && isContiguousRows(source(1)) && isHalfOrSingle(type(0)) &&
                   type(0) == type(1);
        case Op::sum: return isContiguous(source(0));
        case Op::tri:
        case Op::sum_rows:
        case Op::cumsum:
        case Op::mean:
        case Op::soft_max:
        case Op::group_norm:
        case Op::l2_norm:
        case Op::norm:
        case Op::rms_norm: return isContiguousRows(source(0));
        case Op::im2col: return isContiguous(source(1)) && type(1) == f32 && isHalfOrSingle(node.type);
        case Op::pool_2d: return type(0) == f32;
        case Op::repeat:
        case Op::argmax:
        case Op::rope:
        case Op::pad:  // at the end, as all of llama.cpp's graphs pad
        case Op::argsort:
        case Op::top_k:
        case Op::arange:
        case Op::roll:
        case Op::diag:
        case Op::ssm_conv:
        case Op::ssm_scan:
        case Op::rwkv_wkv6:
        case Op::rwkv_wkv7: return true;
        case Op::flash_attn_ext: return hasFlashAttentionKernel(BackendKind::metal, flashShapeOf(graph, node));
        case Op::lightning_indexer: return indexes(graph, node);
        case Op::dsv4_hc_comb:
        case Op::dsv4_hc_pre:
        case Op::dsv4_hc_post: return connects(graph, node);
        case Op::gated_delta_net: return source(2).ne[0] % 32 == 0;
        case Op::solve_tri:
        case Op::mul_mat:
        case Op::mul_mat_id:
        case Op::get_rows: return type(0) != nvfp4;
        case Op::set:
        case Op::cpy:
        case Op::dup:
        case Op::cont: return copies(type(0), node.type);
        case Op::set_rows: return setsRows(type(0), node.type);
        default: return false;  // gated linear attention, add1
    }
}

uint64_t metalAllocBytes(const Graph & graph, const Node & node, const Backend & /*backend*/) {
    const uint64_t bytes = bytesOf(node);
    switch (node.op) {
        case Op::mul_mat_id: {  // tokens of each expert, and which (ggml_metal_op_mul_mat_id_extra_tpe, _ids)
            const int64_t n_expert = graph[node.src[0]].ne[2];
            return bytes + 4 * (product({n_expert}) + product({n_expert, graph[node.src[2]].ne[1]}));
        }
        case Op::flash_attn_ext: return bytes + flashExtraBytes(graph, node);
        case Op::cumsum:
        case Op::argsort: return 2 * bytes;
        case Op::top_k: return 8 * static_cast<uint64_t>(elementsOf(graph[node.src[0]]));
        default: return bytes;
    }
}

}  // namespace ggufit
