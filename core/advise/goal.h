// What makes one placement better than another: its speed, and what a token reads from which memory.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "plan/placement.h"

namespace ggufit {

struct Goal {
    uint64_t host_bytes = 0;       // that a token reads from system memory (plan/token_reads.h)
    uint64_t slow_bytes = 0;       // from devices with less bandwidth than the fastest; 0 where not all are known
    double tokens_per_second = 0;  // estimated, at an empty context (plan/speeds.h)
};

/// `devices`: positions of those that may be used.
[[nodiscard]] Goal goalOf(const Model & model, const Machine & machine, const std::vector<uint32_t> & devices,
                          const Placement & placement);

/// Of tokens a second: 0.05 is 5 % more than with `before`. 0 where a speed is not known.
[[nodiscard]] double gainOf(const Goal & goal, const Goal & before);

/// Whether the gain is worth naming: 1 %.
[[nodiscard]] bool better(const Goal & a, const Goal & b);

}  // namespace ggufit
