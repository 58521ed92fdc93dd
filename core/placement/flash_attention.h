// Whether flash attention is on, and whether a backend has a kernel for a layer's heads and cache types.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "gguf/ggml_type.h"
#include "machine/machine.h"
#include "model/model.h"
#include "placement/backend_support.h"
#include "settings/settings.h"

namespace ggufit {

/// -fa as llama.cpp takes it before the graph is known: Grok switches it off; a quantized V cache and -sm tensor switch
/// `auto` to on (llama-context.cpp, llama_init_from_model).
[[nodiscard]] FlashAttention requestedFlashAttention(const Model & model, const Settings & settings);

/// What decides whether a backend has a flash-attention kernel.
struct FlashShape {
    int64_t head_k = 0, head_v = 0;  // sizes of a head of K and V
    int64_t gqa_ratio = 1;           // heads of Q for one of K
    bool grouped = false;            // kernels that take heads in groups apply: a mask, padded cells, no ALiBi
    GgmlType type_k = GgmlType::f16, type_v = GgmlType::f16;
};

/// Whether a device of this backend has a kernel of it, built as llama.cpp is by default:
/// - CUDA and ROCm: the heads and types that kernels were compiled for (ggml-cuda/fattn.cu,
///   ggml_cuda_get_best_fattn_kernel, without GGML_CUDA_FA_ALL_QUANTS);
/// - SYCL: the same types and fewer heads (ggml-sycl/fattn.cpp, ggml_sycl_get_best_fattn_kernel, for few tokens);
/// - Vulkan: any head of a multiple of 8, more types and mixed ones (ggml-vulkan.cpp, device_supports_op; with the
///   subgroup operations that it needs, which drivers of the last years have);
/// - Metal: a list of heads of Q, types alike (ggml-metal-device.m, ggml_metal_device_supports_op, from M1 on).
[[nodiscard]] bool hasFlashAttentionKernel(BackendKind backend, const FlashShape & shape,
                                           const LlamaVersion & version = {});

/// The same for layer `il` of a model with these cache types, with padded cells, as every cache of llama.cpp has them.
[[nodiscard]] bool hasFlashAttentionKernel(BackendKind backend, const Hparams & hparams, uint32_t il, GgmlType type_k,
                                           GgmlType type_v, const LlamaVersion & version = {});

/// Whether flash attention is on in the end: `auto` gives it up where a layer's attention would not run on the device
/// of the layer (llama-context.cpp, resolve_fused_ops). Usage errors as for layerDevices().
[[nodiscard]] Result<bool> flashAttentionOn(const Model & model, const Machine & machine, const Settings & settings);

}  // namespace ggufit
