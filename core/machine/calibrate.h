// A measured speed → what it says of the machine.
#pragma once

#include "base/result.h"
#include "machine/machine.h"

namespace ggufit {

/// Text of a measured speed in tokens a second ("42.5"); a usage error where it is none.
[[nodiscard]] Result<double> parseMeasured(std::string_view text);

/// The machine with its calibration rescaled, so that what was predicted with it becomes what was measured of the same
/// run, in tokens generated a second. A usage error where that is beyond belief (isCalibration).
[[nodiscard]] Result<Machine> calibrated(Machine machine, double predicted, double measured);

}  // namespace ggufit
