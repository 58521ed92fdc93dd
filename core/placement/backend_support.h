// What llama.cpp's backends can do with a weight, and how they lay out what they allocate.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "gguf/ggml_type.h"
#include "machine/machine.h"
#include "model/hparams.h"
#include "model/tensor_role.h"
#include "settings/llama_cpp.h"

namespace ggufit {

enum class BackendKind : uint8_t { cuda, rocm, vulkan, metal, sycl };

/// Padding of tensors in system memory (ggml-impl.h, TENSOR_ALIGNMENT).
inline constexpr uint64_t kHostAlignment = 32;

/// Traits of the buffers of one device.
struct BackendTraits {
    std::string_view name;  // Device::backend; empty: unknown, read as CUDA
    BackendKind kind = BackendKind::cuda;
    uint64_t alignment = 128;                  // each tensor's bytes are padded to a multiple of it
    uint64_t row_padding = 512;                // quantized rows are padded to so many elements; 0: they are not
    bool host_buffer = true;                   // has a pinned buffer type in system memory
    bool reads_host_buffer = false;            // in place, where the device shares the host's memory
    uint64_t host_alignment = kHostAlignment;  // of tensors in that buffer type
    uint64_t max_buffer_bytes = UINT64_MAX;    // a larger compute buffer is made of several
    uint64_t max_tensor_bytes = UINT64_MAX;    // operations on a larger tensor are refused
    std::string_view assumption = {};          // what is taken for granted about the device; empty: nothing
    uint64_t assumed_above_bytes = 0;          // of compute buffers: below, the assumption changes nothing
};

/// Traits of a device. What a Vulkan device says of itself is assumed by its vendor, and `assumption` says so.
[[nodiscard]] BackendTraits backendTraits(const Device & device);
[[nodiscard]] std::vector<BackendTraits> backendTraits(const Machine & machine);  // of each device

/// Rows from which on a device takes over an operation (GGML_OP_OFFLOAD_MIN_BATCH's default in every backend).
inline constexpr int64_t kOffloadMinRows = 32;

/// Whether a device of this backend runs `op` on a weight of this type and shape, which is what decides if the weight
/// may lie in its memory (llama-model-loader.cpp, weight_buft_supported, with the operands that it makes up).
[[nodiscard]] bool deviceSupports(const BackendTraits & backend, WeightOp op, const Tensor & tensor,
                                  const Hparams & hparams, const LlamaVersion & version = {});

/// Processors by what ggml's CPU backend does on them: x86 with AVX2, or an Apple chip.
enum class CpuKind : uint8_t { x86, apple };

/// A machine with a Metal device is a Mac with an Apple chip; others are taken to be x86.
[[nodiscard]] bool isMac(const Machine & machine);

/// Whether the CPU backend keeps the weight in its own rearranged layout (ggml-cpu/repack.cpp).
[[nodiscard]] bool cpuRepacks(CpuKind cpu, WeightOp op, GgmlType type, const std::array<uint64_t, 4> & ne);

/// Bytes that a tensor of `n_bytes` and rows of `ne0` elements takes in a buffer of the backend. Saturates.
[[nodiscard]] uint64_t deviceAllocBytes(const BackendTraits & backend, GgmlType type, uint64_t ne0, uint64_t n_bytes);

/// The same in system memory.
[[nodiscard]] uint64_t hostAllocBytes(uint64_t n_bytes, uint64_t alignment = kHostAlignment);

}  // namespace ggufit
