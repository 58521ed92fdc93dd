// What llama.cpp reserves for a context: the prompt graph, the decode graph, their splits, and the compute buffers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/build.h"
#include "graph/store.h"
#include "sched/schedule.h"

namespace ggufit {

enum class Phase : uint8_t { prompt, decode };

/// Who asks for the buffers. --fit measures without allocating, and llama.cpp then resets its scheduler between
/// building the prompt graph and sizing it, which forgets the operations that were set to a device by hand; a start
/// allocates and keeps them (ggml-backend.cpp, ggml_backend_sched_reserve_size and ggml_backend_sched_reserve). With
/// several devices the two differ, in bytes and in splits of the prompt graph. A start also grows each buffer to what
/// the decode graph needs, where that is more: --fit sizes the prompt graph alone. `sized` gives the bytes of
/// `measured` and no figures of the decode graph, which it mostly need not build: for searches that try many settings.
enum class Reserving : uint8_t { sized, measured, started };

/// A graph after scheduling, for printing and for the speed of each operation.
struct ScheduledGraph {
    Graph graph;
    Schedule schedule;
    std::vector<Backend> backends;
};

struct ComputeReservation {
    std::vector<uint64_t> device_bytes;  // same positions as Machine::devices
    uint64_t host_bytes = 0;
    uint32_t nodes_prompt = 0, nodes_decode = 0;
    uint32_t splits_prompt = 0, splits_decode = 0;
    bool flash_attn = true;
    bool pipeline = false;
    std::string no_room;  // why llama.cpp aborts at one of the graphs rather than reserve it; mostly empty
};

/// Follows llama_context::sched_reserve: fused operations are kept where the layer's device runs them, then the prompt
/// graph is sized at min(n_ctx, n_ubatch) tokens. Unsupported where the graph cannot be built. `graphs`, of this model,
/// spares building what it holds.
[[nodiscard]] Result<ComputeReservation> reserveCompute(const Model & model, const Machine & machine,
                                                        const Settings & settings, const WeightPlan & weights,
                                                        const CachePlan & cache, Reserving reserving,
                                                        GraphStore * graphs = nullptr);

/// A graph, and what each backend's buffer holds when it is at its largest.
struct MeasuredGraph {
    ScheduledGraph scheduled;
    Reservation reservation;  // with its peaks
    int64_t n_tokens = 0;
};

/// The graphs that the buffers are sized by: the prompt graph, and behind it the decode graph for a start.
[[nodiscard]] Result<std::vector<MeasuredGraph>> measuredGraphs(const Model & model, const Machine & machine,
                                                                const Settings & settings, const WeightPlan & weights,
                                                                const CachePlan & cache, Reserving reserving);

/// One of the two graphs as it is reserved.
[[nodiscard]] Result<ScheduledGraph> scheduledGraph(const Model & model, const Machine & machine,
                                                    const Settings & settings, const WeightPlan & weights,
                                                    const CachePlan & cache, Phase phase,
                                                    GraphStore * graphs = nullptr);

/// The text format of `ggufit graph`: splits, leaves, nodes.
[[nodiscard]] std::string graphText(const ScheduledGraph & scheduled, const Machine & machine);

}  // namespace ggufit
