// Rescales a machine's calibration.
#include "machine/calibrate.h"

#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"

namespace ggufit {

Result<double> parseMeasured(std::string_view text) {
    constexpr double kFastest = 1e6;
    const auto speed = parseDecimal(text);
    if (speed && *speed > 0 && *speed <= kFastest) return *speed;
    return usageError("--measured", quotedText(text) + " is no speed; write tokens a second, for example 42.5.");
}

Result<Machine> calibrated(Machine machine, double predicted, double measured) {
    constexpr double kSteps = 10000;  // more digits than a measurement has
    const double ratio = predicted > 0 ? measured / predicted : 0;
    const double factor = std::round(machine.calibration.decode * ratio * kSteps) / kSteps;
    if (!isCalibration(factor)) {
        return usageError("--measured",
                          phrase("{} tokens a second are not believed where {} are estimated: check that model, "
                                 "machine and arguments are those of the run.",
                                 formatFixed(measured, 2), formatFixed(predicted / machine.calibration.decode, 2)));
    }
    machine.calibration.decode = factor;
    return machine;
}

}  // namespace ggufit
