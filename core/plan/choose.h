// The decision tree itself: one GPU if it holds all, else --fit; every question asked is kept as a reason.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "plan/placement.h"

namespace ggufit {

struct Choice {
    Placement placement;
    std::vector<Reason> reasons;  // of the placement: single_gpu, all_gpus, dense_on_gpus, fit, given, cpu, host
};

/// Whether reasons are wanted: without them what is clear from the weights alone is not measured.
enum class Explain : uint8_t { no, yes };

/// Walks the tree for these settings.
[[nodiscard]] Result<Choice> choose(const Model & model, const Machine & machine, const Settings & settings,
                                    Explain explain, GraphStore * graphs = nullptr);

/// The same; where the wrapper's own cache type is one that the model can't have, for f16, which changes `settings` and
/// adds a warning.
[[nodiscard]] Result<Choice> chooseOrFallBack(const Model & model, const Machine & machine, Settings & settings,
                                              Explain explain, std::vector<Warning> & warnings,
                                              GraphStore * graphs = nullptr);

/// These settings on the `position`-th of the devices that they use, alone: -sm none -mg. Not fitted: all layers are
/// there, whether they fit or not.
[[nodiscard]] Result<Placement> measureAlone(const Model & model, const Machine & machine, const Settings & settings,
                                             uint32_t position, GraphStore * graphs = nullptr);

/// Whether a placement on one device leaves the margins that --fit would insist on, so that it changes nothing.
[[nodiscard]] bool leavesMargins(const Placement & placement, const Settings & settings, uint32_t position,
                                 uint32_t device);

/// Whether the settings place layers by hand (-ngl, -ts, -ot, -sm row, -fit off): --fit is off or would refuse.
[[nodiscard]] bool placesByHand(const Settings & settings);

/// "CUDA0 (RTX 4090)".
[[nodiscard]] std::string deviceLabel(const Device & device);

}  // namespace ggufit
