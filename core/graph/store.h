// Graphs that were built already: another placement of the same model changes buffers and pins, not shapes.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "graph/build.h"

namespace ggufit {

/// Keeps the graphs of one model. A search that places it a dozen times builds each graph once. Model and store must
/// outlive the graphs.
class GraphStore {
  public:
    explicit GraphStore(const Model & model) : model_(&model) {}

    /// What buildGraph gives, taken from the store where only the placement differs.
    [[nodiscard]] Result<Graph> get(const WeightPlan & weights, const CachePlan & cache, const GraphRequest & request);

  private:
    struct Entry {
        GraphRequest request;
        std::vector<uint32_t> tensors;  // of the placed weights, in order
        CachePlan cache;                // its devices and bytes do not count
        Graph graph;                    // empty where its shape follows from the placement too
    };

    [[nodiscard]] static bool fits(const Entry & entry, const WeightPlan & weights, const CachePlan & cache,
                                   const GraphRequest & request);

    const Model * model_;
    std::deque<Entry> entries_;  // graphs point to names in them
};

}  // namespace ggufit
