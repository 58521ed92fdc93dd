// What llama.cpp's backends can do with a weight, and how they pad what they allocate.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gguf/file.h"
#include "gguf/ggml_type.h"
#include "model/hparams.h"
#include "model/tensor_role.h"

namespace ggufit {

/// Traits of the buffers of one backend.
struct BackendTraits {
    std::string_view name;  // Device::backend
    uint64_t alignment;     // each tensor's bytes are padded to a multiple of it
    uint64_t row_padding;   // the last row of a quantized tensor is padded to so many elements; 0: it is not
    bool host_buffer;       // has a pinned buffer type in system memory
    bool exact;             // checked against llama.cpp; the others follow its source as far as it is plain
};

/// Traits by Device::backend; unknown names get those of CUDA, marked as not exact.
[[nodiscard]] const BackendTraits & backendTraits(std::string_view backend);

/// Padding of tensors in system memory (ggml-impl.h, TENSOR_ALIGNMENT).
inline constexpr uint64_t kHostAlignment = 32;

/// Whether a device of this backend runs `op` on a weight of this type and shape, which is what decides if the weight
/// may lie in its memory (llama-model-loader.cpp, weight_buft_supported; ggml_backend_cuda_device_supports_op).
[[nodiscard]] bool deviceSupports(const BackendTraits & backend, WeightOp op, GgmlType type,
                                  const std::array<uint64_t, 4> & ne, const Hparams & hparams);

/// Whether the CPU backend keeps the weight in its own rearranged layout (ggml-cpu/repack.cpp, for x86 with AVX2).
[[nodiscard]] bool cpuRepacks(WeightOp op, GgmlType type, const std::array<uint64_t, 4> & ne);

/// Bytes that a tensor of `n_bytes` and rows of `ne0` elements takes in a buffer of the backend. Saturates.
[[nodiscard]] uint64_t deviceAllocBytes(const BackendTraits & backend, GgmlType type, uint64_t ne0, uint64_t n_bytes);

/// The same in system memory.
[[nodiscard]] uint64_t hostAllocBytes(uint64_t n_bytes);

}  // namespace ggufit
