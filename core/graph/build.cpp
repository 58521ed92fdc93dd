// The table of graph descriptions, and how one is called.
#include "graph/build.h"

#include <span>
#include <utility>

namespace ggufit {

namespace graphs {
#define GGUFIT_GRAPHS(family) std::span<const GraphRow> family();
#include "graphs.inc"
#undef GGUFIT_GRAPHS
}  // namespace graphs

GraphFunction findGraph(std::string_view architecture) {
    static constexpr std::span<const GraphRow> (*kFamilies[])() = {
#define GGUFIT_GRAPHS(family) graphs::family,
#include "graphs.inc"
#undef GGUFIT_GRAPHS
    };
    for (const auto & family : kFamilies) {
        for (const GraphRow & row : family()) {
            if (row.architecture == architecture) return row.build;
        }
    }
    return nullptr;
}

Result<Graph> buildGraph(const Model & model, const WeightPlan & weights, const CachePlan & cache,
                         const GraphRequest & request) {
    const GraphFunction function = findGraph(model.architecture->name);
    if (function == nullptr) {
        return Error{ErrorCode::unsupported, model.architecture_name, "its compute graph is not described yet", 0, 0};
    }
    GraphContext context(model, weights, cache, request);
    function(context);
    context.pool();
    context.markOutputs();
    if (!context.g.ok()) {
        return Error{ErrorCode::unsupported, model.architecture_name,
                     "its compute graph could not be built: " + context.g.graph().error, 0, 0};
    }
    return std::move(context.g.graph());
}

}  // namespace ggufit
