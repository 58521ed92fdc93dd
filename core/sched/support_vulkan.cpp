// What the Vulkan backend runs (ggml-vulkan.cpp, ggml_backend_vk_device_supports_op), on a device with the features of
// the drivers of the last years: subgroup operations, the Vulkan memory model, 32 KiB of shared memory.
#include "placement/kernel_types.h"
#include "sched/support.h"

namespace ggufit {

namespace {

using enum GgmlType;

constexpr int64_t kMaxTopK = 1024;            // num_topk_pipelines: rows of less than 2^10, or exactly that
constexpr int64_t kMaxWorkgroup = 1024;       // maxComputeWorkGroupInvocations
constexpr int64_t kSharedFloats = 32768 / 4;  // maxComputeSharedMemorySize

/// Rows and matrices without gaps (ggml_vk_dim01_contiguous).
bool isDense(const Node & t) {
    const TypeTraits & traits = traitsOf(t.type);
    const uint64_t row = t.nb[0] * static_cast<uint64_t>(t.ne[0]) / traits.block_size;
    return t.nb[0] == traits.block_bytes && t.nb[1] == row &&
           (t.ne[3] == 1 || t.nb[3] == t.nb[2] * static_cast<uint64_t>(t.ne[2]));
}

bool multiplies(const Graph & graph, const Node & node) {
    const Node & a = graph[node.src[0]];
    const Node & b = graph[node.src[1]];
    const Node & batched = node.op == Op::mul_mat_id ? graph[node.src[2]] : a;
    if (!vulkanMultiplies(a.type) || batched.ne[3] != b.ne[3]) return false;
    const bool strided_a = isHalfOrSingle(a.type) || a.type == bf16;
    if (!(isDense(a) || strided_a) || !(isDense(b) || isHalfOrSingle(b.type))) return false;
    return a.type != bf16 || b.type != f16;
}

/// Cache types that rows can be written as, and f32 can be copied to and from.
bool isCopied(GgmlType type) {
    switch (type) {
        case f16:
        case bf16:
        case q1_0:
        case q2_0:
        case q4_0:
        case q4_1:
        case q5_0:
        case q5_1:
        case q8_0:
        case iq4_nl: return true;
        default: return false;
    }
}

bool copies(const Node & from, const Node & to, const Node & node) {
    if (from.type == f32 && (to.type == f32 || isCopied(to.type) || to.type == i32)) return true;
    if (to.type == f32 && (isCopied(from.type) || from.type == i32)) return true;
    if (from.type != to.type) return false;
    const bool movable = !traitsOf(from.type).quantized || (isContiguous(from) && isContiguous(node));
    return movable && traitsOf(from.type).block_bytes % 2 == 0;
}

bool concatenates(const Node & node, const Node & a, const Node & b) {
    if (a.type != b.type || a.type != node.type) return false;
    if (!traitsOf(a.type).quantized) return true;
    return isContiguousRows(a) && isContiguousRows(b) && isContiguousRows(node);
}

bool attends(const Graph & graph, const Node & node) {
    const Node * mask = sourceOf(graph, node, 3);
    const Node * sinks = sourceOf(graph, node, 4);
    if (mask != nullptr && mask->type != f16) return false;
    if ((sinks != nullptr && sinks->type != f32) || graph[node.src[0]].type != f32) return false;
    return hasFlashAttentionKernel(BackendKind::vulkan, flashShapeOf(graph, node));
}

bool runsDeltaNet(const Graph & graph, const Node & node) {
    const int64_t width = graph[node.src[2]].ne[0];
    if (width != 16 && width != 32 && width != 64 && width != 128) return false;
    for (size_t i = 0; i < 6; ++i) {
        const Node * t = sourceOf(graph, node, i);
        if (t == nullptr || t->type != f32) return false;
    }
    return true;
}

/// Mamba 2 alone.
bool scans(const Graph & graph, const Node & node) {
    const Node & state = graph[node.src[0]];
    for (size_t i = 0; i < 6; ++i) {
        const Node * t = sourceOf(graph, node, i);
        if (t != nullptr && traitsOf(t->type).quantized) return false;
    }
    return state.type == f32 && graph[node.src[3]].nb[1] == 4 && (state.ne[0] == 128 || state.ne[0] == 256) &&
           state.ne[1] % 16 == 0;
}

/// Tensors beyond what a shader can address run nowhere, not even as memory.
bool tensorsFit(const Graph & graph, const Node & node, uint64_t max_bytes) {
    if (bytesOf(node) > max_bytes) return false;
    for (size_t i = 0; i < kMaxSources; ++i) {
        const Node * t = sourceOf(graph, node, i);
        if (t != nullptr && bytesOf(*t) > max_bytes) return false;
    }
    return true;
}

}  // namespace

bool vulkanSupportsOp(const Graph & graph, const Node & node, const Backend & backend) {
    if (!tensorsFit(graph, node, backend.buffers.max_tensor_bytes)) return false;
    if (node.op == Op::none || isViewOp(node.op)) return true;
    const auto type = [&](size_t i) { return graph[node.src[i]].type; };
    const auto source = [&](size_t i) -> const Node & { return graph[node.src[i]]; };
    switch (node.op) {
        case Op::unary:
        case Op::sqr:
        case Op::sqrt:
        case Op::sin:
        case Op::cos:
        case Op::clamp:
        case Op::log:
        case Op::tri:
        case Op::diag: return isHalfOrSingle(type(0)) && node.type == type(0);
        case Op::glu:
            return isHalfOrSingle(type(0)) && node.type == type(0) &&
                   (node.src[1] == NodeId::none || type(1) == type(0));
        case Op::mul_mat:
        case Op::mul_mat_id: return multiplies(graph, node);
        case Op::flash_attn_ext: return attends(graph, node);
        case Op::get_rows: return vulkanMultiplies(type(0)) || type(0) == i32;
        case Op::set_rows:
            return isHalfOrSingle(type(0)) && (type(1) == i32 || type(1) == i64) &&
                   (node.type == f32 || isCopied(node.type));
        case Op::cont:
        case Op::dup: return copies(source(0), source(0), node);
        case Op::cpy: return copies(source(0), source(1), node);
        case Op::repeat: {
            const uint32_t bytes = traitsOf(node.type).block_bytes;
            return bytes == traitsOf(type(0)).block_bytes && (bytes == 4 || bytes == 2);
        }
        case Op::rope: return isContiguousRows(node) && isContiguousRows(source(0));
        case Op::rms_norm:
        case Op::rwkv_wkv6:
        case Op::rwkv_wkv7: return true;
        case Op::group_norm: return isContiguous(source(0));
        case Op::norm:
        case Op::l2_norm: return type(0) == f32;
        case Op::add:
        case Op::sub:
        case Op::mul:
        case Op::div: return isHalfOrSingle(type(0)) && isHalfOrSingle(type(1)) && isHalfOrSingle(node.type);
        case Op::add_id: return type(0) == f32 && type(1) == f32;
        case Op::add1: return isHalfOrSingle(type(0)) && (type(1) == f32 || type(1) == type(0));
        case Op::argsort: return isContiguous(source(0));
        case Op::top_k: return isContiguous(source(0)) && node.ne[0] < kMaxTopK;
        case Op::set: return type(0) == type(1) && type(0) == node.type && (type(0) == f32 || type(0) == i32);
        case Op::concat: return concatenates(node, source(0), source(1));
        case Op::arange: return node.type == f32;
        case Op::fill: return isHalfOrSingle(node.type);
        case Op::scale:
        case Op::argmax:
        case Op::pool_2d: return isContiguous(source(0)) && type(0) == f32;
        case Op::pad:
        case Op::roll:
        case Op::ssm_conv: return type(0) == f32;
        case Op::soft_max:
            return isContiguous(source(0)) && type(0) == f32 &&
                   (node.src[1] == NodeId::none || isHalfOrSingle(type(1)));
        case Op::sum:
        case Op::sum_rows:
        case Op::mean:
        case Op::cumsum: return type(0) == f32 && isContiguousRows(source(0));
        case Op::solve_tri:
            return type(0) == f32 && source(1).ne[0] <= kMaxWorkgroup &&
                   source(0).ne[0] + source(1).ne[0] <= kSharedFloats;
        case Op::im2col: return isContiguous(source(1)) && type(1) == f32 && isHalfOrSingle(node.type);
        case Op::gated_linear_attn: return type(0) == f32 && source(0).ne[0] == 64;
        case Op::gated_delta_net: return runsDeltaNet(graph, node);
        case Op::ssm_scan: return scans(graph, node);
        default: return false;  // the lightning indexer and the hyper-connections have no shader
    }
}

}  // namespace ggufit
