// Model × placement → graph: calls the architecture's own description of its layers.
#pragma once

#include "base/result.h"
#include "graph/context.h"

namespace ggufit {

/// What builds an architecture's graph; null in a row: not described yet, the formula stands in.
using GraphFunction = void (*)(GraphContext & c);

/// A row of a family's file in graph/arch/, which CMake collects: `std::span<const GraphRow> <file stem>()`.
struct GraphRow {
    std::string_view architecture;
    GraphFunction build;
};

/// The function of an architecture, or null.
[[nodiscard]] GraphFunction findGraph(std::string_view architecture);

/// The graph that llama.cpp reserves for a request (llama_model::build_graph: the architecture's, then pooling).
/// Unsupported where the architecture is not described or an operation does not fit its sources.
[[nodiscard]] Result<Graph> buildGraph(const Model & model, const WeightPlan & weights, const CachePlan & cache,
                                       const GraphRequest & request);

}  // namespace ggufit
