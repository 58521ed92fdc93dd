// Graph × backends → splits: which backend runs each operation, what is copied between them, and the buffers they need.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "sched/backend.h"

namespace ggufit {

struct ScheduleOptions {
    bool op_offload = true;  // large batches of host-resident weights run on a device (--no-op-offload)
    bool pinned = true;      // follow Node::pinned
    bool split = true;       // false: assign backends alone; the graph stays as it is
    bool pipeline = false;   // pipeline parallelism: four copies of each input
    HostBuffer host_compute =
        HostBuffer::cpu;  // buffer type of the CPU's compute buffer: pinned where there is a device
};

/// A run of operations on one backend.
struct Split {
    uint8_t backend = 0;  // position in the backends
    uint32_t begin = 0;   // of Graph::nodes
    uint32_t end = 0;
    std::vector<NodeId> inputs;  // what is copied in, in order (the originals)
};

/// What a scheduler made of a graph. The graph has grown by the copies, and sources point to them where they are used.
struct Schedule {
    std::vector<Split> splits;
    std::vector<int8_t> backend;                    // by tensor
    std::vector<NodeId> copy_of;                    // by tensor: the original of a copy, none for others
    std::vector<int8_t> copy_backend;               // by tensor: the backend that a copy is for
    std::vector<NodeId> graph_inputs;               // inputs that pipeline parallelism keeps several of
    std::vector<std::vector<NodeId>> input_copies;  // of each graph input, then of each split's inputs in order
    uint32_t n_copies = 1;
    bool ok = true;  // false: an operation that no backend runs
};

/// Assigns backends and splits the graph (ggml-backend.cpp, ggml_backend_sched_split_graph).
[[nodiscard]] Schedule scheduleGraph(Graph & graph, const std::vector<Backend> & backends,
                                     const ScheduleOptions & options);

/// A tensor that is alive when a buffer is at its largest.
struct PeakTensor {
    NodeId id = NodeId::none;
    uint64_t bytes = 0;
};

struct Reservation {
    std::vector<uint64_t> bytes;                // of each backend's compute buffer
    std::vector<std::vector<PeakTensor>> peak;  // of each backend, the largest first; empty unless asked for
};

/// The sizes that ggml's graph allocator would reserve (ggml-alloc.c, ggml_gallocr_reserve_n_size).
[[nodiscard]] Reservation reserveGraph(const Graph & graph, const Schedule & schedule,
                                       const std::vector<Backend> & backends, bool with_peak);

}  // namespace ggufit
