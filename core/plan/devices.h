// A placement as the devices of a plan: what lies where, as named parts that sum to the device.
#pragma once

#include <vector>

#include "machine/machine.h"
#include "plan/placement.h"
#include "plan/plan.h"

namespace ggufit {

/// The devices of the machine, unused ones too.
[[nodiscard]] std::vector<PlanDevice> planDevices(const Placement & placement, const Machine & machine);

/// System memory; total_bytes is 0 where it was not given.
[[nodiscard]] PlanDevice planHost(const Placement & placement, const Machine & machine);

}  // namespace ggufit
