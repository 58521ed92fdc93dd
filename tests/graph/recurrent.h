// Builds the graph of a model on one GPU that holds all, and counts operations.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "graph/build.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "sched/reserve.h"

namespace ggufit::test {

inline GraphRequest requestOf(uint32_t n_tokens, uint32_t n_seqs = 1) {
    GraphRequest request;
    request.n_tokens = n_tokens;
    request.n_seqs = n_seqs;
    request.n_outputs = n_seqs;
    return request;
}

/// A model on one GPU.
struct Placed {
    Machine machine;
    Settings settings;
    WeightPlan weights;
    CachePlan cache;
};

inline Placed place(const Model & model, uint32_t n_seqs, int32_t n_gpu_layers, bool load_mtp = false) {
    Placed out;
    Device device;
    device.name = "CUDA0";
    device.free_mib = device.total_mib = 80000;
    device.compute_capability = "8.9";
    out.machine.devices.push_back(device);
    out.settings.n_ctx = 4096;
    out.settings.n_parallel = static_cast<int32_t>(n_seqs);
    out.settings.n_gpu_layers = n_gpu_layers;
    out.settings.load_mtp = load_mtp;
    auto weights = placeWeights(model, out.machine, out.settings);
    BOOST_REQUIRE(weights);
    out.weights = std::move(*weights);
    auto cache = planCache(model, out.machine, out.settings, out.weights.layer_devices);
    BOOST_REQUIRE(cache);
    out.cache = std::move(*cache);
    return out;
}

/// The graph with all layers on the GPU; an error fails the test and gives an empty one.
inline Graph graphOf(const Model & model, const GraphRequest & request) {
    const Placed placed = place(model, request.n_seqs, 999);
    auto graph = buildGraph(model, placed.weights, placed.cache, request);
    BOOST_TEST(bool(graph), (graph ? "" : graph.error().text()));
    return graph ? std::move(*graph) : Graph{};
}

/// Both graphs are scheduled and have room, on the GPU, on both sides, in system memory.
inline void checkReserves(const Model & model) {
    for (const int32_t n_gpu_layers : {999, 2, 0}) {
        for (const uint32_t n_seqs : {1U, 4U}) {
            const Placed placed = place(model, n_seqs, n_gpu_layers);
            const auto reserved = reserveCompute(model, placed.machine, placed.settings, placed.weights, placed.cache,
                                                 Reserving::measured);
            BOOST_TEST(bool(reserved), (reserved ? "" : reserved.error().text()));
        }
    }
}

inline int64_t count(const Graph & graph, Op op) {
    return std::count_if(graph.nodes.begin(), graph.nodes.end(), [&](NodeId id) { return graph[id].op == op; });
}

/// Layers of the model that carry a state, and the others.
inline int64_t recurrentLayers(const Model & model) {
    int64_t n = 0;
    for (uint32_t il = 0; il < model.hparams.n_layer(); ++il) n += model.hparams.is_recr(il) ? 1 : 0;
    return n;
}

}  // namespace ggufit::test
