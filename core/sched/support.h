// Support and sizes by backend; the functions that the rows of ComputeTraits point to.
#pragma once

#include "base/checked.h"
#include "sched/backend.h"

namespace ggufit {

[[nodiscard]] bool cudaSupportsOp(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] bool cpuSupportsOp(const Graph & graph, const Node & node, const Backend & backend);

/// ggml_nbytes, the whole size that host buffers give a tensor.
[[nodiscard]] uint64_t plainAllocBytes(const Graph & graph, const Node & node, const Backend & backend);

/// CUDA: rows of quantized tensors padded to 512 elements, and flash attention's room for K and V as f16
/// (ggml-cuda.cu, ggml_backend_cuda_buffer_type_get_alloc_size).
[[nodiscard]] uint64_t cudaAllocBytes(const Graph & graph, const Node & node, const Backend & backend);
[[nodiscard]] uint64_t cudaFlashAllocBytes(const Graph & graph, const Node & node, uint32_t compute_capability);

}  // namespace ggufit
