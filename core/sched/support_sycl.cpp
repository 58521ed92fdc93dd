// What the SYCL backend runs (ggml-sycl.cpp, do_ggml_backend_sycl_device_supports_op), built for Intel GPUs.
#include "placement/kernel_types.h"
#include "sched/support.h"

namespace ggufit {

namespace {

using enum GgmlType;

constexpr int64_t kWarp = 16;        // GGML_SYCL_WARP_SIZE for Intel
constexpr int64_t kMaxSolved = 64;   // SYCL_SOLVE_TRI_MAX_N, SYCL_SOLVE_TRI_MAX_K
constexpr int64_t kMaxTopK = 32;     // of GGML_OP_TOP_K
constexpr int64_t kMklQueries = 32;  // rows from which on the MKL kernel is taken, and its cells
constexpr int64_t kMklCells = 1024;

/// Products of f16 that oneDNN computes wrongly are refused.
bool multiplies(const Node & a, const Node & b) {
    if (a.ne[3] != b.ne[3]) return false;
    if (a.type != f16) return true;
    if (isPermuted(a) && !isContiguous(a) && a.ne[2] > 1 && a.ne[3] > 1) return false;
    return !(!isPermuted(a) && isPermuted(b) && b.ne[2] > 1 && b.ne[3] > 1 && a.ne[0] > 128 && a.ne[2] == 1);
}

/// K-quants and iq types, which no kernel copies to.
bool isWeightBlock(GgmlType type) {
    switch (type) {
        case q2_K:
        case q3_K:
        case q4_K:
        case q5_K:
        case q6_K:
        case iq2_xxs:
        case iq2_xs:
        case iq2_s:
        case iq3_xxs:
        case iq3_s:
        case iq1_s:
        case iq1_m:
        case iq4_xs: return true;
        default: return false;
    }
}

bool copies(GgmlType from, GgmlType to) {
    const bool is_float = isHalfOrSingle(from) || from == bf16;
    if (is_float && isWeightBlock(to)) return false;
    if (from == bf16 && (to == q4_0 || to == q4_1 || to == q8_0)) return false;
    if (to == f32 && (isWeightBlock(from) || from == q1_0 || from == nvfp4 || from == iq4_nl)) return false;
    const bool k_quant = to == q2_K || to == q3_K || to == q4_K || to == q5_K || to == q6_K;
    return from != to || !isWeightBlock(to) || k_quant || to == iq4_xs;
}

/// The MKL kernel for prompts reads every cache type (ggml-sycl/fattn.cpp, ggml_sycl_get_best_fattn_kernel); the rest
/// goes by heads and types.
bool attends(const Graph & graph, const Node & node) {
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    const Node * mask = sourceOf(graph, node, 3);
    const FlashShape shape = flashShapeOf(graph, node);
    const bool plain = mask != nullptr && node.src[4] == NodeId::none && node.params[0] == 0 && node.params[1] == 0;
    const bool heads = q.ne[0] >= 64 && q.ne[0] <= 512 && q.ne[0] % 64 == 0 && q.ne[0] == v.ne[0];
    bool mkl = plain && heads && shape.gqa_ratio >= 2 && q.ne[1] >= kMklQueries && k.ne[1] >= kMklCells &&
               (q.ne[3] == k.ne[3] || k.ne[3] == 1);
    for (const Node * t : {&k, &v}) {
        if (t->type == f16 && t->nb[1] % (static_cast<uint64_t>(t->ne[0]) * 2) != 0) mkl = false;
    }
    if (mkl) return true;
    return hasFlashAttentionKernel(BackendKind::sycl, shape) && (mask == nullptr || mask->ne[2] == 1);
}

bool indexes(const Graph & graph, const Node & node) {
    const GgmlType k = graph[node.src[1]].type;
    const bool read =
        isHalfOrSingle(k) || k == bf16 || k == q8_0 || k == q5_1 || k == q5_0 || k == q4_1 || k == q4_0 || k == iq4_nl;
    return read && graph[node.src[0]].type == f32 && graph[node.src[2]].type == f32 && graph[node.src[3]].type == f16 &&
           graph[node.src[0]].ne[0] == kWarp * 8;
}

}  // namespace

bool syclSupportsOp(const Graph & graph, const Node & node, const Backend & /*backend*/) {
    const auto source = [&](size_t i) -> const Node & { return graph[node.src[i]]; };
    const auto type = [&](size_t i) { return graph[node.src[i]].type; };
    const auto all = [&](GgmlType wanted) {
        for (size_t i = 0; i < kMaxSources; ++i) {
            const Node * t = sourceOf(graph, node, i);
            if (t != nullptr && t->type != wanted) return false;
        }
        return node.type == wanted;
    };
    switch (node.op) {
        case Op::glu: return isContiguousFrom(source(0), 1);
        case Op::mul_mat:
        case Op::mul_mat_id: return multiplies(source(0), source(1));
        case Op::get_rows: return syclGetsRows(type(0));
        case Op::set:
        case Op::ssm_conv:
        case Op::dsv4_hc_pre:
        case Op::dsv4_hc_comb:
        case Op::dsv4_hc_post: return all(f32);
        case Op::set_rows: return (isHalfOrSingle(type(0)) || type(0) == bf16) && (type(1) == i64 || type(1) == i32);
        case Op::lightning_indexer: return indexes(graph, node);
        case Op::cpy: return copies(type(0), type(1));
        case Op::tri: return node.type == f32 && isContiguous(source(0));
        case Op::sum:
        case Op::sum_rows:
        case Op::mean: return isContiguous(source(0));
        case Op::top_k: return type(0) == f32 && isContiguous(source(0)) && node.ne[0] <= kMaxTopK;
        case Op::roll:
        case Op::arange: return node.type == f32;
        case Op::ssm_scan: {  // of Mamba 2
            const Node & state = source(0);
            return source(3).ne[0] == 1 && (state.ne[0] == 128 || state.ne[0] == 256) && state.ne[1] % kWarp == 0;
        }
        case Op::solve_tri: return source(0).ne[0] <= kMaxSolved && source(1).ne[0] <= kMaxSolved;
        case Op::flash_attn_ext: return attends(graph, node);
        default: return true;  // the rest of ggml's list, without conditions
    }
}

}  // namespace ggufit
