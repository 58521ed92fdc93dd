// What a compute buffer is made of when it is at its largest, and which settings would shrink it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/ggml_type.h"
#include "machine/machine.h"
#include "model/model.h"
#include "sched/reserve.h"
#include "settings/settings.h"

namespace ggufit {

/// A tensor of the graph that is alive at the peak.
struct AliveTensor {
    std::string name;     // llama.cpp's: "result_output", "ffn_moe_gate-3"; of what is copied, with "(copy)"
    std::string meaning;  // its dimensions in words where they are known: "512 tokens × 151,936 logits"; else empty
    GgmlType type = GgmlType::f32;
    std::array<int64_t, 4> ne = {1, 1, 1, 1};
    uint64_t bytes = 0;
    uint32_t count = 1;  // of equal copies: pipeline parallelism keeps four of each input
};

/// The buffer of one backend: bytes = what is alive, largest first + others_bytes + gaps_bytes.
struct ComputePeak {
    std::string device;  // "CUDA0"; "host" for system memory
    uint64_t bytes = 0;
    std::vector<AliveTensor> alive;
    uint64_t others_bytes = 0;  // of the smaller tensors
    uint64_t gaps_bytes = 0;    // alignment, and holes that nothing fits
};

/// A setting that makes a compute buffer smaller, everything else left as it is.
struct ComputeLever {
    std::string argument;              // "-ub 256"
    std::vector<int64_t> saved_bytes;  // same positions as Machine::devices; negative where a buffer grows
    int64_t host_saved_bytes = 0;
};

struct ComputeExplanation {
    std::vector<ComputePeak> peaks;  // of each backend that has a buffer, devices first
    std::vector<ComputeLever> levers;
};

/// Explains the compute buffers of exactly these settings (--fit is not applied). The effect of a lever is measured:
/// the whole estimate is made again with it. Unsupported where the graph of the architecture is not described.
[[nodiscard]] Result<ComputeExplanation> explainCompute(const Model & model, const Machine & machine,
                                                        const Settings & settings,
                                                        Reserving reserving = Reserving::measured);

}  // namespace ggufit
