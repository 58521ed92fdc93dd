// Which types the kernels of a backend read: the same for a weight that is placed and a node that is scheduled.
#pragma once

#include <cstdint>

#include "gguf/ggml_type.h"
#include "settings/llama_cpp.h"

namespace ggufit {

/// Matrix products (ggml-cuda.cu, ggml_backend_cuda_device_supports_op).
[[nodiscard]] bool cudaMultiplies(GgmlType type);

/// Rows taken out of a matrix of `ne0` columns: iq4_nl and mxfp4 in whole groups of 256 alone (the same).
/// Before rows_of_quants the older types alone.
[[nodiscard]] bool cudaGetsRows(GgmlType type, uint64_t ne0, const LlamaVersion & version);

/// Matrix products, and rows but for i32 (ggml-vulkan.cpp, ggml_backend_vk_device_supports_op).
[[nodiscard]] bool vulkanMultiplies(GgmlType type);

/// Rows (ggml-sycl.cpp, do_ggml_backend_sycl_device_supports_op).
[[nodiscard]] bool syclGetsRows(GgmlType type);

}  // namespace ggufit
