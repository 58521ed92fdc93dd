// The compute buffers by a documented formula, until the graph is built as shapes. Marked approximate everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "memory/cache.h"
#include "memory/weights.h"

namespace ggufit {

struct ComputeEstimate {
    std::vector<uint64_t> device_bytes;  // same positions as Machine::devices
    uint64_t host_bytes = 0;
};

[[nodiscard]] ComputeEstimate approximateCompute(const Model & model, const Machine & machine,
                                                 const Settings & settings, const WeightPlan & weights,
                                                 const CachePlan & cache);

}  // namespace ggufit
