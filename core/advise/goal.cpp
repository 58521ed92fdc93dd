// Counts what a placement leaves off the fastest memory.
#include "advise/goal.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

namespace {

/// −1 where a is smaller by at least 1 %, 1 where it is larger by that, else 0.
int compareBytes(uint64_t a, uint64_t b) {
    const uint64_t least = std::max<uint64_t>(std::max(a, b) / 100, 1);
    if (saturatingSub(b, a) >= least) return -1;
    return saturatingSub(a, b) >= least ? 1 : 0;
}

uint64_t readBytes(const DeviceEstimate & device) {
    uint64_t sum = 0;
    for (const Part & part : device.parts) {
        if (part.name == "compute" || part.name == weightPartName(WeightPart::embeddings)) continue;
        sum = saturatingAdd(sum, part.bytes);
    }
    return sum;
}

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

Goal goalOf(const Placement & placement, const Machine & machine, const std::vector<uint32_t> & devices) {
    Goal goal;
    goal.host_bytes = readBytes(placement.estimate.host);
    goal.splits_decode = placement.estimate.graph.splits_decode;
    const double most = highestBandwidth(machine, devices);
    for (const uint32_t i : devices) {
        if (machine.devices[i].bandwidth_gb_s >= most) continue;
        goal.slow_bytes = saturatingAdd(goal.slow_bytes, readBytes(placement.estimate.devices[i]));
    }
    return goal;
}

bool better(const Goal & a, const Goal & b) {
    const int host = compareBytes(a.host_bytes, b.host_bytes);
    if (host != 0) return host < 0;
    const int slow = compareBytes(a.slow_bytes, b.slow_bytes);
    if (slow != 0) return slow < 0;
    return a.splits_decode != 0 && a.splits_decode < b.splits_decode;
}

}  // namespace ggufit
