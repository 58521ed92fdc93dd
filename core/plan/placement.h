// One way to run a model on a machine, measured: settings → what --fit makes of them → memory, headroom, verdict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "fit/fit.h"
#include "machine/machine.h"
#include "memory/estimate.h"
#include "plan/plan.h"

namespace ggufit {

struct Placement {
    Strategy strategy = Strategy::fit;
    Settings asked;
    FitResult fit;
    Settings placed;  // as llama.cpp runs
    Estimate estimate;
    std::vector<int64_t> headroom_bytes;  // by device of the machine; its whole budget where it is not used
    std::vector<bool> used;               // holds something of the model
    int64_t host_headroom_bytes = 0;      // total − used; 0 where the RAM was not given
    Verdict verdict = Verdict::fits;
};

/// Measures settings, as a start reserves them. --fit is followed where they leave it on. Who measures several settings
/// of one model gives its `graphs`, and where --fit may come to settings that were measured before, that placement.
[[nodiscard]] Result<Placement> measure(const Model & model, const Machine & machine, const Settings & settings,
                                        Strategy strategy, GraphStore * graphs = nullptr,
                                        const Placement * known = nullptr);

/// Settings without what places layers by hand (-ngl, -ts, -ot, -sm row or tensor) and with --fit on.
[[nodiscard]] Settings openSettings(Settings settings);

/// Bytes of a device that llama.cpp finds free: at most its total.
[[nodiscard]] uint64_t budgetBytes(const Device & device);

/// The margin that --fit leaves on the `position`-th device that llama.cpp uses (common/arg.cpp, --fit-target: one
/// figure is for all, devices beyond a list keep the default of 1024 MiB).
[[nodiscard]] uint64_t marginBytes(const Settings & settings, size_t position);

/// Layers of a kind that lie on a device, and all of them.
struct PlacedLayers {
    uint32_t on_devices = 0;
    uint32_t total = 0;
};
[[nodiscard]] PlacedLayers countLayers(const Placement & placement);   // by their attention; unused ones do not count
[[nodiscard]] PlacedLayers countExperts(const Placement & placement);  // by most of their routed experts

/// Whether every weight but the input embeddings and the whole context lie on devices.
[[nodiscard]] bool allOnDevices(const Placement & placement);

/// Bytes of weights, context and compute over all devices.
[[nodiscard]] uint64_t deviceBytes(const Estimate & estimate);

/// Bytes that are left where there is least; negative where it does not fit.
[[nodiscard]] int64_t leastHeadroom(const Placement & placement, const Machine & machine);

/// The fault that keeps a placement from fitting: "CUDA0 lacks 1,204 MiB"; empty where it fits.
[[nodiscard]] std::string whatLacks(const Placement & placement, const Machine & machine);

}  // namespace ggufit
