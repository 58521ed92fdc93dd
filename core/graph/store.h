// Graphs that were built already: another placement of the same model changes buffers and pins, not shapes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graph/build.h"
#include "placement/tensor_matches.h"

namespace ggufit {

/// Keeps the last graphs of one model, which must outlive them. A search that places it a dozen times builds each graph
/// once.
class GraphStore {
  public:
    explicit GraphStore(const Model & model) : model_(&model), matches_(model) {}

    /// What buildGraph gives, taken from the store where only the placement differs.
    [[nodiscard]] Result<Graph> get(const WeightPlan & weights, const CachePlan & cache, const GraphRequest & request);

    /// Kept for the same searches.
    [[nodiscard]] TensorMatches & matches() { return matches_; }

  private:
    struct Entry {
        GraphRequest request;
        std::vector<uint32_t> tensors;           // of the placed weights, in order
        std::shared_ptr<const CachePlan> cache;  // its devices and bytes do not count; graphs point to names in it
        Graph graph;
    };

    [[nodiscard]] static bool fits(const Entry & entry, const WeightPlan & weights, const CachePlan & cache,
                                   const GraphRequest & request);

    const Model * model_;
    TensorMatches matches_;
    std::vector<Entry> entries_;  // the one that was used last comes last
};

}  // namespace ggufit
