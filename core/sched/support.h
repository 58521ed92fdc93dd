// Support, sizes and order by backend; the functions that the rows of ComputeTraits point to.
#pragma once

#include "base/checked.h"
#include "placement/flash_attention.h"
#include "sched/backend.h"

namespace ggufit {

/// Each follows its backend's supports_op.
[[nodiscard]] bool cpuSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool blasSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool cudaSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool vulkanSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool metalSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool syclSupportsOp(const Graph & graph, const Node & node, const Backend & backend);

/// ggml_nbytes, the whole size that Vulkan and host buffers give a tensor.
[[nodiscard]] uint64_t plainAllocBytes(const Graph & graph, const Node & node, const Backend & backend);

/// SYCL: rows of quantized tensors padded to 512 elements (ggml-sycl.cpp, buffer_type_get_alloc_size).
[[nodiscard]] uint64_t paddedAllocBytes(const Graph & graph, const Node & node, const Backend & backend);

/// CUDA: the same, and flash attention's room for K and V as f16 (ggml-cuda.cu,
/// ggml_backend_cuda_buffer_type_get_alloc_size).
[[nodiscard]] uint64_t cudaAllocBytes(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] uint64_t cudaFlashAllocBytes(const Graph & graph, const Node & node, const Backend & backend);

/// Metal: room for what some operations keep meanwhile (ggml-metal.cpp, buffer_type_get_alloc_size).
[[nodiscard]] uint64_t metalAllocBytes(const Graph & graph, const Node & node, const Backend & backend);

/// graph_optimize of two backends.
void vulkanReorder(Graph & graph, const ReorderedRange & range);
void metalReorder(Graph & graph, const ReorderedRange & range);

/// The shape of a FLASH_ATTN_EXT node, by which backends choose kernels.
[[nodiscard]] FlashShape flashShapeOf(const Graph & graph, const Node & node);

/// f32 or f16, which most kernels are written for.
[[nodiscard]] constexpr bool isHalfOrSingle(GgmlType type) { return type == GgmlType::f32 || type == GgmlType::f16; }

/// A source of a node; null where there is none.
[[nodiscard]] inline const Node * sourceOf(const Graph & graph, const Node & node, size_t i) {
    return node.src[i] == NodeId::none ? nullptr : &graph[node.src[i]];
}

}  // namespace ggufit
