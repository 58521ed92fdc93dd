// Compares placements by their speed and by what their tokens read.
#include "advise/goal.h"

#include <algorithm>

#include "base/checked.h"
#include "plan/speeds.h"
#include "plan/token_reads.h"

namespace ggufit {

namespace {

/// 0 where one is not known.
double highestBandwidth(const Machine & machine, const std::vector<uint32_t> & devices) {
    double most = 0;
    for (const uint32_t i : devices) {
        const double bandwidth = machine.devices[i].bandwidth_gb_s;
        if (bandwidth <= 0) return 0;
        most = std::max(most, bandwidth);
    }
    return most;
}

}  // namespace

Goal goalOf(const Model & model, const Machine & machine, const std::vector<uint32_t> & devices,
            const Placement & placement) {
    Goal goal;
    const auto reads = tokenReads(model, machine, placement.placed);
    if (!reads) return goal;  // can't be: the placement was measured
    goal.host_bytes = reads->host_bytes;
    goal.tokens_per_second = decodeSpeed(model, machine, placement);
    const double most = highestBandwidth(machine, devices);
    for (const uint32_t i : devices) {
        if (machine.devices[i].bandwidth_gb_s >= most) continue;
        goal.slow_bytes = saturatingAdd(goal.slow_bytes, reads->device_bytes[i]);
    }
    return goal;
}

double gainOf(const Goal & goal, const Goal & before) {
    const bool known = goal.tokens_per_second > 0 && before.tokens_per_second > 0;
    return known ? goal.tokens_per_second / before.tokens_per_second - 1 : 0;
}

bool better(const Goal & a, const Goal & b) { return gainOf(a, b) >= 0.01; }

}  // namespace ggufit
