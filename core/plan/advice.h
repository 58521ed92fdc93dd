// The sentences of a plan: its verdict, what limits it, and warnings that name a remedy.
#pragma once

#include <string>
#include <vector>

#include "machine/machine.h"
#include "model/card.h"
#include "model/model.h"
#include "plan/placement.h"
#include "plan/plan.h"

namespace ggufit {

/// "Fits on CUDA0 (RTX 4090) alone", without a full stop.
[[nodiscard]] std::string summarize(const Placement & placement, const Machine & machine);

/// What limits the plan, one sentence.
[[nodiscard]] std::string limitOf(const Model & model, const Machine & machine, const Placement & placement);

/// What a model is, from its metadata, and how many bytes it has.
[[nodiscard]] std::vector<Reason> modelReasons(const Model & model, const Card & card, const Machine & machine,
                                               const Placement & placement);

/// Settings that cost more than they gain.
[[nodiscard]] std::vector<Warning> adviseSettings(const Model & model, const Machine & machine,
                                                  const Placement & placement);

}  // namespace ggufit
