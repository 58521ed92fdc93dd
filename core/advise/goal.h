// What makes one placement better than another as long as no speed is predicted: bytes off the fastest memory, splits.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/machine.h"
#include "plan/placement.h"

namespace ggufit {

struct Goal {
    uint64_t host_bytes = 0;  // weights and cache that are read from system memory for each token; no input embeddings
    uint64_t slow_bytes =
        0;  // weights and cache on devices with less bandwidth than the fastest; 0 where not all known
    uint32_t splits_decode = 0;  // 0 where the graph is not known
};

/// `devices`: positions of those that may be used.
[[nodiscard]] Goal goalOf(const Placement & placement, const Machine & machine, const std::vector<uint32_t> & devices);

/// Fewer bytes in system memory, then fewer on slower devices, then fewer splits. What changes by less than 1 % of the
/// larger counts as equal.
[[nodiscard]] bool better(const Goal & a, const Goal & b);

}  // namespace ggufit
