// Spreading layers over devices: the part of --fit that chooses -ngl, -ts and -ot.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fit/search.h"

namespace ggufit {

/// How much of a device's first partial layer stays on it (common/fit.cpp, common_layer_fraction_t).
enum class LayerFraction : uint8_t {
    attention,  // attention alone
    up,         // and the up projection
    gate,       // and the gate
    dense,      // all but the routed experts
};

/// Layers of one device. Counts wrap as llama.cpp's uint32_t do: a search step may take a part from a device that has
/// none, and what follows from the wrapped count is what llama.cpp then does.
struct LayerCount {
    uint32_t n_layer = 0;
    uint32_t n_part = 0;  // of them without their experts, the first with `fraction`
    LayerFraction fraction = LayerFraction::dense;

    [[nodiscard]] uint32_t full() const { return n_layer - n_part; }
};

/// A way to spread the layers, and what it takes.
struct Spread {
    std::vector<LayerCount> layers;    // by device
    std::vector<int32_t> overflow_to;  // by device: where its first partial layer overflows to, kHost or the next
    std::vector<int64_t> bytes;        // by device
    size_t dense_start = 0;            // first device whose layers are all without their experts
};

/// Writes a spread into settings as -ngl, -ts (several devices only) and -ot. False where a layer's number is beyond
/// what llama.cpp has patterns for.
[[nodiscard]] bool applySpread(const FitProblem & problem, const Spread & spread, Settings & settings);

/// Steps 3 and 4 of the search. `settings` are those of step 2 (a reduced context is in them) and receive the result;
/// the trace grows. Where a trial failed `failure` says how, and the settings stay as they are.
void spreadLayers(const FitProblem & problem, Settings & settings, std::vector<std::string> & trace,
                  std::string & failure);

}  // namespace ggufit
