// llama.cpp's --fit, followed step for step (common/fit.cpp): which context, layers and overrides it arrives at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "memory/estimate.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// The pattern that --fit writes for the routed experts of a block, after "blk\.N", and of every block.
inline constexpr const char * kBlockExperts = "\\.ffn_(up|down|gate_up|gate)_(ch|)exps";
inline constexpr const char * kAllExperts = "blk\\.\\d+\\.ffn_(up|down|gate_up|gate)_(ch|)exps";

enum class FitStatus : uint8_t {
    off,      // -fit off
    success,  // the arguments below satisfy the margins (they may be unchanged)
    failure,  // it gives up and llama.cpp goes on with the arguments as they were given: an argument it would have to
              // change was given, or nothing fits
};

[[nodiscard]] const char * fitStatusName(FitStatus status);

struct FitResult {
    FitStatus status = FitStatus::off;
    std::string reason;  // why it failed, or what it changed, in one sentence
    uint32_t n_ctx = 0;  // as passed on: 0 where it was left at "as trained"
    int32_t n_gpu_layers = kGpuLayersAuto;
    std::vector<uint32_t> tensor_split;
    std::vector<TensorOverride> override_tensors;  // "PATTERN=BUFFER" in JSON
    std::vector<std::string> trace;                // each step with its numbers, in words
    Settings settings;                             // the settings that llama.cpp then runs with; fit = false
};

/// What --fit chooses for these settings. Its trials, and whoever gives the same `graphs`, build each graph once.
[[nodiscard]] Result<FitResult> fitMemory(const Model & model, const Machine & machine, const Settings & settings,
                                          GraphStore * graphs = nullptr);

}  // namespace ggufit
