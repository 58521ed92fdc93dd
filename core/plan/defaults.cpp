// The settings that a plan starts from, and the names of its strategies and verdicts.
#include <algorithm>

#include "plan/plan.h"

namespace ggufit {

namespace {

constexpr uint32_t kProductionContext = 131072;
constexpr uint32_t kBenchContext = 10240;
constexpr uint32_t kBenchBatch = 512;

}  // namespace

Settings wrapperDefaults() {
    Settings settings;
    settings.n_parallel = 1;
    settings.type_k = GgmlType::q8_0;
    settings.type_v = GgmlType::q8_0;
    settings.flash_attn = FlashAttention::on;
    settings.fit_target_mib = {128, 1024};
    return settings;
}

Settings plannedSettings(const Model & model, const PlanRequest & request) {
    Settings settings = request.settings;
    const uint32_t n_ctx_train = model.hparams.n_ctx_train;
    if (settings.n_ctx == 0) {
        const uint32_t open = request.bench ? kBenchContext : kProductionContext;
        const bool trained = settings.fit_ctx == kFitCtxFull || (n_ctx_train != 0 && n_ctx_train < open);
        settings.n_ctx = trained ? n_ctx_train : open;
        settings.given_n_ctx = true;  // an entry always says its context
    }
    if (request.bench) {
        settings.n_batch = kBenchBatch;
        settings.n_ubatch = kBenchBatch;
    }
    return settings;
}

const char * strategyName(Strategy strategy) {
    switch (strategy) {
        case Strategy::single_gpu: return "single_gpu";
        case Strategy::fit: return "fit";
        case Strategy::cpu: return "cpu";
        case Strategy::given: return "given";
    }
    return "fit";
}

const char * verdictName(Verdict verdict) {
    switch (verdict) {
        case Verdict::fits: return "fits";
        case Verdict::tight: return "tight";
        case Verdict::does_not_fit: return "does_not_fit";
    }
    return "does_not_fit";
}

}  // namespace ggufit
