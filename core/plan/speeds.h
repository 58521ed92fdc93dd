// How fast the placements of a plan run.
#pragma once

#include <optional>
#include <string>

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "plan/plan.h"

namespace ggufit {

/// Nothing where the graph is not known or the placement does not fit.
[[nodiscard]] std::optional<PlanSpeed> speedOf(const Model & model, const Machine & machine,
                                               const Placement & placement, GraphStore * graphs = nullptr);

/// Tokens a second at an empty context, whether it fits or not; 0 where the graph is not known.
[[nodiscard]] double decodeSpeed(const Model & model, const Machine & machine, const Placement & placement);

/// "Speed, estimated: 33 tokens a second, 26 to 41, with an empty context (87 % of …), 21 with a full one."
[[nodiscard]] std::string speedSentence(const PlanSpeed & speed);

/// "33", "0.42": tokens a second with the digits that an estimate is worth.
[[nodiscard]] std::string formatSpeed(double tokens_per_second);

}  // namespace ggufit
