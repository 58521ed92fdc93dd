// The smallest margins for --fit that are still safe on a machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// Bytes that CUDA's pool takes on a device once a prompt runs, beside the buffers that are counted: the largest
/// product's activations as blocks of 8-bit values, 144 bytes for each 128, rows padded to 512 (ggml-cuda/mmq.cu,
/// ggml_cuda_mul_mat_q; the pool keeps its largest size). Grows with the micro-batch and, of experts, with those used.
[[nodiscard]] uint64_t poolBytes(const Model & model, const Settings & settings);

/// FIT_TARGET in MiB, one figure for each device that the settings use: 1,024, llama.cpp's own, where a display or
/// other programs hold memory, since what they hold changes; 128 on a card of its own, or what the pool takes and 64
/// more where that is above it.
[[nodiscard]] std::vector<uint64_t> safeMargins(const Model & model, const Machine & machine,
                                                const Settings & settings);

/// "128,1024".
[[nodiscard]] std::string marginText(const std::vector<uint64_t> & margins);

}  // namespace ggufit
