// As many whole layers on the devices as fit, found without --fit: for placements whose overrides are given.
#pragma once

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "settings/settings.h"

namespace ggufit {

/// The fastest device that holds all layers alone (-sm none), else the largest -ngl with a -ts that keeps every
/// device's margin (marginBytes). Overrides in the settings stay as they are; --fit is off in what is measured. Where
/// not even -ngl 0 keeps the margins that is the result, with its own verdict.
[[nodiscard]] Result<Placement> fillLayers(const Model & model, const Machine & machine, const Settings & settings);

}  // namespace ggufit
