// Which flash attention kernel CUDA, or the same source for HIP, would choose (ggml-cuda/fattn.cu), and the room it
// needs for K and V as f16.
#include "sched/support.h"

namespace ggufit {

namespace {

constexpr int64_t kKvStride = 256;  // FATTN_KQ_STRIDE
constexpr uint32_t kVolta = 700, kTuring = 750, kAda = 890;

/// Heads of Q that one block of a kernel takes together.
int64_t headsTogether(int64_t head, int64_t gqa_ratio) {
    const int64_t most = head == 320 ? 32 : (head == 576 || head == 192 ? 16 : 8);
    int64_t n = 1;
    while (gqa_ratio % (2 * n) == 0 && n < most) n *= 2;
    return n;
}

/// From Turing on.
FlashKernel turingKernel(const Node & q, const Node & k, const FlashShape & shape, bool vec_possible, uint32_t cc) {
    if (!vec_possible) return FlashKernel::mma;
    if (!traitsOf(k.type).quantized) {
        const bool long_grouped = shape.gqa_ratio > 4 && k.ne[1] >= 8192;
        if (cc >= kAda && q.ne[1] == 1 && q.ne[3] == 1 && !long_grouped) return FlashKernel::vec;
    } else if (q.ne[1] <= (cc >= kAda ? 2 : 1)) {
        return FlashKernel::vec;
    }
    return !shape.grouped && q.ne[1] == 1 ? FlashKernel::vec : FlashKernel::mma;
}

/// Where AMD's matrix cores outrun the tile kernel.
bool amdMatrixPays(AmdMatrix matrix, const FlashShape & shape, int64_t head, int64_t columns) {
    if (matrix == AmdMatrix::wmma) return shape.grouped && head <= 128 && columns > 8;
    if (matrix != AmdMatrix::mfma) return false;
    return (head <= 64 && columns > 8) || (head <= 128 && columns > 16) || (head <= 256 && columns > 64);
}

}  // namespace

FlashKernel flashKernel(const Graph & graph, const Node & node, const Backend & backend) {
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    const Node * mask = sourceOf(graph, node, 3);
    if (k.ne[2] == 0 || q.ne[2] % k.ne[2] != 0) return FlashKernel::none;
    const FlashShape shape = flashShapeOf(graph, node);
    if (!hasFlashAttentionKernel(BackendKind::cuda, shape, backend.llama_cpp)) return FlashKernel::none;
    if (mask != nullptr && mask->ne[2] != 1) return FlashKernel::none;

    const int64_t head = q.ne[0];
    const bool vec_possible = head <= 256 && head % 64 == 0 && head != 192 && k.ne[1] % kKvStride == 0;
    const uint32_t cc = backend.compute_capability;
    if (head != 40 && head != 72) {
        const int64_t columns = q.ne[1] * headsTogether(head, shape.gqa_ratio);
        if (cc >= kTuring) return turingKernel(q, k, shape, vec_possible, cc);
        if (cc >= kVolta) {
            if (vec_possible && columns <= 2) return FlashKernel::vec;
            return columns <= 16 ? FlashKernel::tile : FlashKernel::mma;
        }
        if (amdMatrixPays(backend.amd_matrix, shape, head, columns)) return FlashKernel::mma;
    }
    const bool few = traitsOf(k.type).quantized ? q.ne[1] <= 2 : q.ne[1] == 1 && !shape.grouped;
    return vec_possible && few ? FlashKernel::vec : FlashKernel::tile;
}

uint64_t cudaFlashAllocBytes(const Graph & graph, const Node & node, const Backend & backend) {
    if (!hasRule(backend.llama_cpp, LlamaRule::flash_room)) return bytesOf(node);
    constexpr uint64_t kPadding = 128;
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    const FlashKernel kernel = flashKernel(graph, node, backend);
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
