// What single change would make a model fit, or keep all of it on the GPUs.
#pragma once

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace ggufit {

/// For the placement that a plan chose with these settings.
[[nodiscard]] Remedies findRemedies(const Model & model, const Machine & machine, const Settings & settings,
                                    const Placement & placement);

}  // namespace ggufit
