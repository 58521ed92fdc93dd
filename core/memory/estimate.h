// Weights + context + compute, by device: what llama.cpp will allocate. Every total is a sum of named parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "memory/compute_peak.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "sched/reserve.h"

namespace ggufit {

/// A named share of a device's bytes: a WeightPart's name, "cache" or "compute".
struct Part {
    std::string name;
    uint64_t bytes = 0;
};

struct DeviceEstimate {
    std::string name;  // "CUDA0"; "host" for system memory
    uint64_t model_bytes = 0;
    uint64_t context_bytes = 0;
    uint64_t compute_bytes = 0;
    std::vector<Part> parts;  // in the order of WeightPart, then cache, compute; sums to total_bytes()

    [[nodiscard]] uint64_t total_bytes() const { return model_bytes + context_bytes + compute_bytes; }
};

/// What one layer takes and where (for the layer map).
struct LayerPlacement {
    int32_t device = kHost;         // of attention and cache
    int32_t expert_device = kHost;  // of most of its routed experts' bytes; equal to device where it has none
    uint64_t weight_bytes = 0;      // experts included
    uint64_t expert_bytes = 0;
    uint64_t cache_bytes = 0;
};

/// What llama.cpp prints of its graphs; zeros where the graph could not be built.
struct GraphFigures {
    uint32_t nodes_prompt = 0, nodes_decode = 0;
    uint32_t splits_prompt = 0, splits_decode = 0;
    bool pipeline = false;  // pipeline parallelism is on

    [[nodiscard]] bool known() const { return nodes_prompt != 0; }
};

struct Estimate {
    ContextShape context;
    GraphFigures graph;
    std::vector<DeviceEstimate> devices;  // same positions as Machine::devices, unused ones too
    DeviceEstimate host;
    std::vector<LayerPlacement> layers;  // n_layer_all of them
    int32_t output_device = kHost;
    bool approximate = true;          // a figure in here is a formula, not llama.cpp's own arithmetic
    std::string approximate_because;  // which, in one sentence; empty where nothing is
    std::vector<Warning> warnings;
    std::optional<ComputeExplanation> explanation;  // of the compute buffers; only where it was asked for
};

/// The memory of exactly these settings: --fit is not applied here (fit/fit.h), which decides on what is `measured`.
/// A search over settings of one model gives its `graphs`.
[[nodiscard]] Result<Estimate> estimateMemory(const Model & model, const Machine & machine, const Settings & settings,
                                              Reserving reserving = Reserving::measured, GraphStore * graphs = nullptr);

}  // namespace ggufit
