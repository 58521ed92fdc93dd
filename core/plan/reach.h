// How far a machine reaches with a model: the largest context of each placement and cache type.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"
#include "settings/settings.h"

namespace ggufit {

/// Bytes that stay beyond the margins on the device where there is least; negative: so many are lacking.
using Slack = std::function<int64_t(const Settings &)>;
inline constexpr int64_t kNoSlack = std::numeric_limits<int64_t>::min();  // the settings can't be run at all

/// The slack of settings with all layers on the devices that they use, as --fit measures them: what it keeps as it is
/// has no less than 0.
[[nodiscard]] int64_t slackOnAll(const Model & model, const Machine & machine, Settings settings);

/// The slack with everything on GPUs: on all that the settings use, or on one of them, whichever leaves more.
[[nodiscard]] int64_t slackOnGpus(const Model & model, const Machine & machine, const Settings & settings);

/// The largest context up to `most` with which there is slack, in steps of 1,024 tokens below it; 0 where there is
/// none. By false position, since slack falls almost evenly with the context. Where the settings' own context is known
/// to have slack, at least a step of it, `known_slack` is that, and the search begins there.
[[nodiscard]] uint32_t largestContext(Settings settings, uint32_t most, const Slack & slack,
                                      std::optional<int64_t> known_slack = std::nullopt);

/// By placement (the fastest GPU alone, all GPUs, all GPUs with every routed expert in system memory) and by cache type
/// (f16, q8_0, q4_0 and what the settings have). Contexts end at what the model was trained with. Empty where no GPU is
/// used.
[[nodiscard]] std::vector<LargestContext> largestContexts(const Model & model, const Machine & machine,
                                                          const Settings & settings);

}  // namespace ggufit
