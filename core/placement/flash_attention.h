// Whether flash attention is on, and whether a GPU has a kernel for a layer's heads and cache types.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "gguf/ggml_type.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// -fa as llama.cpp takes it before the graph is known: Grok switches it off; a quantized V cache and -sm tensor switch
/// `auto` to on (llama-context.cpp, llama_init_from_model).
[[nodiscard]] FlashAttention requestedFlashAttention(const Model & model, const Settings & settings);

/// Types that a cache read by CUDA's flash attention may have (ggml_cuda_fattn_kv_type_supported, built without
/// GGML_CUDA_FA_ALL_QUANTS).
[[nodiscard]] bool flashKernelsRead(GgmlType type);

/// Head sizes of K and V that CUDA's flash-attention kernels were compiled for, with the heads of Q for one of K that
/// the larger ones need; `grouped`: kernels that take heads in groups apply (ggml-cuda/fattn.cu,
/// ggml_cuda_get_best_fattn_kernel).
[[nodiscard]] bool hasFlashHeadSizes(int64_t k, int64_t v, int64_t gqa_ratio, bool grouped);

/// Whether a CUDA device has a flash-attention kernel for layer `il` with these cache types (ggml-cuda/fattn.cu,
/// ggml_cuda_get_best_fattn_kernel); `padded` cells, as every cache of llama.cpp has them.
[[nodiscard]] bool hasFlashAttentionKernel(const Hparams & hparams, uint32_t il, GgmlType type_k, GgmlType type_v);

/// Whether flash attention is on in the end: `auto` gives it up where a layer's attention would not run on the device
/// of the layer (llama-context.cpp, resolve_fused_ops). Usage errors as for layerDevices().
[[nodiscard]] Result<bool> flashAttentionOn(const Model & model, const Machine & machine, const Settings & settings);

}  // namespace ggufit
