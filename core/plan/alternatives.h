// What else could be run, each counted by the same functions as the plan.
#pragma once

#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "plan/plan.h"

namespace ggufit {

/// The recommended placement first, then at most kMostAlternatives others that differ from it and from each other.
inline constexpr size_t kMostAlternatives = 8;
[[nodiscard]] std::vector<Alternative> findAlternatives(const Model & model, const Machine & machine,
                                                        const Settings & settings, const Placement & recommended);

}  // namespace ggufit
