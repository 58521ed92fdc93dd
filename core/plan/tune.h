// A placement by hand that reads faster than what --fit arrives at: layers and experts spread by what each memory
// gives.
#pragma once

#include <optional>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "settings/settings.h"

namespace ggufit {

/// A placement that was found, and how it compares.
struct Tuned {
    Placement placement;           // Strategy::given, --fit off; leaves every device its margin
    double tokens_per_second = 0;  // estimated, at an empty context (plan/speeds.h)
    double gain = 0;               // of them, against the plan: 0.05 is 5 % more
};

/// Gains below this are not worth a placement that --fit no longer looks after.
inline constexpr double kLeastGain = 0.05;

/// Searches contiguous ranges of layers for each device (-ngl, -ts) with the routed experts of as many of them as fit
/// (-ot), so that the time that a token's reads take is least (token_reads.h): exactly over sums of bytes by layer,
/// with the compute buffers of the last measured candidate, until a measured one keeps all margins. Of these the
/// fastest by its estimated speed is taken. `settings` are those that the plan was asked with; what places layers in
/// them is replaced. None where nothing was found that leaves the margins or where `plan` is as good.
[[nodiscard]] Result<std::optional<Tuned>> tunePlacement(const Model & model, const Machine & machine,
                                                         const Settings & settings, const Placement & plan);

}  // namespace ggufit
