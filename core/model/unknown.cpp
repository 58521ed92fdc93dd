// The best reading of an architecture that nobody knows.
#include <algorithm>

#include "model/arch_load.h"

namespace ggufit {

namespace {

/// Sizes of experts for those who count parameters; windows are left aside, since their pattern is not known.
void loadUnknown(Keys & keys, Hparams & hparams) {
    keys.get(arch::key::kLeadingDense, hparams.n_layer_dense_lead);
    keys.get(arch::key::kExpertFf, hparams.n_ff_exp);
    keys.get(arch::key::kSharedExpertFf, hparams.n_ff_shexp);
    keys.get(arch::key::kSharedExperts, hparams.n_expert_shared);
    hparams.n_expert_used = std::min(hparams.n_expert_used, hparams.n_expert);
    if (keys.has(arch::key::kSlidingWindow)) {
        keys.warn(
            "the model has a sliding window, and it is not known which layers use it: all count as full attention",
            "the cache may be smaller than estimated");
    }
}

}  // namespace

const Architecture & unknownArchitecture() {
    static constexpr Architecture row{.name = "unknown", .load = loadUnknown};
    return row;
}

}  // namespace ggufit
