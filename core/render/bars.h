// Bars of a plan's devices: named parts to one scale, each with a fill of its own so that they read without colour.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "render/text.h"

namespace ggufit {

/// A heading, a bar and a legend in MiB for each device, all bars to the scale of the largest.
[[nodiscard]] std::string renderBars(const std::vector<PlanDevice> & devices, bool approximate,
                                     const TextOptions & options);

}  // namespace ggufit
