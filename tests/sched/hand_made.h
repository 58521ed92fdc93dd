// Graphs of a few operations by hand, on one or two CUDA devices and the CPU.
#pragma once

#include <vector>

#include "graph/builder.h"
#include "sched/schedule.h"
#include "support/plans.h"

namespace ggufit::test {

/// So many CUDA devices, then the CPU.
inline std::vector<Backend> backendsWith(uint32_t n_devices) {
    static const Machine machine = [] {
        Machine m;
        m.devices = {gpu("CUDA0", 24000), gpu("CUDA1", 24000)};
        return m;
    }();
    std::vector<uint32_t> used;
    for (uint32_t i = 0; i < n_devices; ++i) used.push_back(i);
    return makeBackends(machine, used);
}

inline NodeId inputOf(GraphBuilder & g, int64_t ne0, int64_t ne1 = 1) {
    return g.setInput(g.newTensor(GgmlType::f32, ne0, ne1));
}

/// A weight of single precision in a device's memory, or in the host's.
inline NodeId weightOn(GraphBuilder & g, int32_t device, int64_t ne0, int64_t ne1) {
    return g.newTensor(GgmlType::f32, ne0, ne1, 1, 1, g.buffer({device, HostBuffer::cpu, true}));
}

}  // namespace ggufit::test
