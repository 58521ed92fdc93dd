// What makes one placement better than another: what a token reads from which memory, and how often it changes devices.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"

namespace ggufit {

struct Goal {
    uint64_t host_bytes = 0;  // that a token reads from system memory (plan/token_reads.h)
    uint64_t slow_bytes = 0;  // from devices with less bandwidth than the fastest; 0 where not all are known
    double seconds = 0;       // readSeconds of a token
};

/// `devices`: positions of those that may be used.
[[nodiscard]] Goal goalOf(const Model & model, const Machine & machine, const std::vector<uint32_t> & devices,
                          const Placement & placement);

/// Of tokens, by what they read: 0.05 is 5 % more than with `before`.
[[nodiscard]] double gainOf(const Goal & goal, const Goal & before);

/// Whether the gain is worth naming: 1 %.
[[nodiscard]] bool better(const Goal & a, const Goal & b);

}  // namespace ggufit
