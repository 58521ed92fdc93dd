// Which flash attention kernel CUDA would choose (ggml-cuda/fattn.cu), and the room it needs for K and V as f16.
#include "placement/flash_attention.h"
#include "sched/backend.h"
#include "sched/support.h"

namespace ggufit {

namespace {

constexpr int64_t kKvStride = 256;  // FATTN_KQ_STRIDE
constexpr uint32_t kVolta = 700, kTuring = 750, kAda = 890;

bool stridesAligned(const Node & node) {
    if (traitsOf(node.type).quantized) return true;
    for (size_t i = 1; i < 4; ++i) {
        if (node.nb[i] % 16 != 0) return false;
    }
    return true;
}

}  // namespace

FlashKernel flashKernel(const Graph & graph, const Node & node, uint32_t cc) {
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    const Node * mask = node.src[3] == NodeId::none ? nullptr : &graph[node.src[3]];
    if (k.ne[2] == 0 || q.ne[2] % k.ne[2] != 0) return FlashKernel::none;

    const int64_t gqa_ratio = q.ne[2] / k.ne[2];
    const bool alibi = node.params[1] != 0;
    bool gqa_applies = gqa_ratio >= 2 && mask != nullptr && !alibi && k.ne[1] % kKvStride == 0;
    for (const Node * t : {&q, &k, &v, mask}) {
        if (t != nullptr && !stridesAligned(*t)) gqa_applies = false;
    }
    if (!hasFlashHeadSizes(k.ne[0], v.ne[0], gqa_ratio, gqa_applies)) return FlashKernel::none;
    if (k.type != v.type || !flashKernelsRead(k.type)) return FlashKernel::none;
    if (mask != nullptr && mask->ne[2] != 1) return FlashKernel::none;

    const bool quantized = traitsOf(k.type).quantized;
    const bool vec_possible = q.ne[0] <= 256 && q.ne[0] % 64 == 0 && q.ne[0] != 192 && k.ne[1] % kKvStride == 0;
    const bool odd_head = q.ne[0] == 40 || q.ne[0] == 72;

    if (cc >= kTuring && !odd_head) {
        if (vec_possible) {
            if (!quantized) {
                const bool long_grouped = gqa_ratio > 4 && k.ne[1] >= 8192;
                if (cc >= kAda && q.ne[1] == 1 && q.ne[3] == 1 && !long_grouped) return FlashKernel::vec;
            } else if (q.ne[1] <= (cc >= kAda ? 2 : 1)) {
                return FlashKernel::vec;
            }
            if (!gqa_applies && q.ne[1] == 1) return FlashKernel::vec;
        }
        return FlashKernel::mma;
    }

    if (cc >= kVolta && cc < kTuring && !odd_head) {
        const int64_t ncols2_max = q.ne[0] == 320 ? 32 : (q.ne[0] == 576 || q.ne[0] == 192 ? 16 : 8);
        int64_t effective = 1;
        while (gqa_ratio % (2 * effective) == 0 && effective < ncols2_max) effective *= 2;
        if (vec_possible && q.ne[1] * effective <= 2) return FlashKernel::vec;
        return q.ne[1] * effective <= 16 ? FlashKernel::tile : FlashKernel::mma;
    }

    if (vec_possible) {
        if (!quantized) {
            if (q.ne[1] == 1 && !gqa_applies) return FlashKernel::vec;
        } else if (q.ne[1] <= 2) {
            return FlashKernel::vec;
        }
    }
    return FlashKernel::tile;
}

uint64_t cudaFlashAllocBytes(const Graph & graph, const Node & node, uint32_t compute_capability) {
    constexpr uint64_t kPadding = 128;
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    const FlashKernel kernel = flashKernel(graph, node, compute_capability);
    const bool wants_f16 = kernel == FlashKernel::tile || kernel == FlashKernel::mma;
    const bool k_as_f16 =
        (wants_f16 || (kernel == FlashKernel::vec && k.type == GgmlType::f32)) && k.type != GgmlType::f16;
    const bool v_as_f16 =
        (wants_f16 || (kernel == FlashKernel::vec && v.type == GgmlType::f32)) && v.type != GgmlType::f16;
    const bool v_is_k = v.view_src != NodeId::none &&
                        (v.view_src == node.src[1] || (v.view_src == k.view_src && v.view_offs == k.view_offs));

    uint64_t end = bytesOf(node);
    if (k_as_f16) end = padTo(end, kPadding) + static_cast<uint64_t>(elementsOf(k)) * 2;
    if (v_as_f16 && !v_is_k) end = padTo(end, kPadding) + static_cast<uint64_t>(elementsOf(v)) * 2;
    return end;
}

}  // namespace ggufit
