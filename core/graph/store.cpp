// Finds a graph of the same shape and gives its leaves and pins the devices of another placement.
#include "graph/store.h"

#include <algorithm>
#include <utility>

namespace ggufit {

namespace {

constexpr size_t kMostEntries = 8;  // prompt, decode and probe, and what giving up a fused operation makes of them

bool sameTensors(const CachePlan & a, const CachePlan & b) {
    return a.shape == b.shape && a.n_swa_cells == b.n_swa_cells &&
           std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(),
                      [](const CacheTensor & x, const CacheTensor & y) {
                          return x.type == y.type && x.ne == y.ne && x.layer == y.layer && x.name == y.name;
                      });
}

int16_t bufferOf(Graph & graph, const GraphBuffer & wanted) {
    const auto same = [&](const GraphBuffer & have) {
        return have.device == wanted.device && have.host_buffer == wanted.host_buffer && have.weights == wanted.weights;
    };
    const auto found = std::find_if(graph.buffers.begin(), graph.buffers.end(), same);
    const auto position = static_cast<int16_t>(found - graph.buffers.begin());
    if (found == graph.buffers.end()) graph.buffers.push_back(wanted);
    return position;
}

/// Buffers are numbered by first use, as the builder numbers them.
void place(Graph & graph, const WeightPlan & weights, const CachePlan & cache) {
    graph.buffers.clear();
    for (const PlacedNode & placed : graph.placed) {
        Node & node = graph[placed.node];
        switch (placed.by) {
            case PlacedNode::By::weight: {
                const PlacedWeight & weight = weights.weights[placed.index];
                node.buffer = bufferOf(graph, {weight.device, weight.host_buffer, true});
                break;
            }
            case PlacedNode::By::cache: {
                const CacheTensor & tensor = cache.tensors[placed.index];
                node.buffer = bufferOf(graph, {tensor.device, HostBuffer::cpu, false});
                break;
            }
            case PlacedNode::By::layer: node.pinned = weights.layer_devices[placed.index]; break;
        }
    }
}

}  // namespace

bool GraphStore::fits(const Entry & entry, const WeightPlan & weights, const CachePlan & cache,
                      const GraphRequest & request) {
    return entry.request == request && sameTensors(*entry.cache, cache) &&
           std::equal(entry.tensors.begin(), entry.tensors.end(), weights.weights.begin(), weights.weights.end(),
                      [](uint32_t tensor, const PlacedWeight & weight) { return tensor == weight.tensor; });
}

Result<Graph> GraphStore::get(const WeightPlan & weights, const CachePlan & cache, const GraphRequest & request) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry & entry) { return fits(entry, weights, cache, request); });
    if (found != entries_.end()) {
        std::rotate(found, found + 1, entries_.end());
        Graph graph = entries_.back().graph;
        place(graph, weights, cache);
        return graph;
    }
    // Built on a copy of the cache, whose names it points to.
    const auto kept = std::make_shared<const CachePlan>(cache);
    auto graph = buildGraph(*model_, weights, *kept, request);
    if (!graph) return graph;
    graph->names = kept;
    if (graph->shape_is_placed) return graph;
    if (entries_.size() >= kMostEntries) entries_.erase(entries_.begin());
    Entry & entry = entries_.emplace_back();
    entry.request = request;
    entry.cache = kept;
    for (const PlacedWeight & weight : weights.weights) entry.tensors.push_back(weight.tensor);
    entry.graph = *graph;
    return graph;
}

}  // namespace ggufit
