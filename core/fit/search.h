// The search behind --fit, over any function that says what a trial would take.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fit/fit.h"
#include "settings/settings.h"

namespace ggufit {

/// What llama.cpp would allocate for a trial's settings, in bytes.
struct TrialMemory {
    std::vector<int64_t> device_bytes;        // model + context + compute, in the order of FitProblem::devices
    std::vector<int64_t> device_model_bytes;  // of them weights
    int64_t host_bytes = 0;                   // asked for only where there is no device
};

using MemoryOfTrial = std::function<Result<TrialMemory>(const Settings & trial)>;

struct FitDevice {
    std::string name;
    int64_t free_bytes = 0;
    int64_t margin_bytes = 0;  // to leave free (-fitt)
};

/// All that the search knows of model and machine.
struct FitProblem {
    std::vector<FitDevice> devices;  // those that llama.cpp uses
    int64_t host_total_bytes = 0;    // 0: not known, taken as enough
    int64_t host_margin_bytes = 0;   // only where there is no device
    uint32_t n_layer = 0;            // repeating layers; MTP layers only where they are loaded
    uint32_t n_ctx_train = 0;
    uint32_t n_expert = 0;
    uint32_t n_ctx_min = 0;  // kFitCtxFull: the context must not be reduced
    Settings settings;       // as given
    MemoryOfTrial memory;
};

/// common/fit.cpp, common_params_fit_impl. The error is the memory function's own, for the settings as given; where it
/// fails on a trial later on, the search gives up.
[[nodiscard]] Result<FitResult> searchFit(const FitProblem & problem);

/// a × b / c in 64-bit arithmetic that wraps where llama.cpp's would; 0 where c is 0.
[[nodiscard]] int64_t wrappedRatio(int64_t a, int64_t b, int64_t c);

/// "24,564" MiB of a byte count that may be negative; rounds towards zero as llama.cpp's log does.
[[nodiscard]] std::string signedMib(int64_t bytes);

}  // namespace ggufit
