// What the layers of a model hold in flight for each token: read from the shapes of their weights.
#pragma once

#include <cstdint>
#include <vector>

#include "model/model.h"
#include "placement/cache.h"
#include "placement/weights.h"

namespace ggufit {

/// A feed-forward block: a dense one, or the routed experts together. Widths are elements for each token (and expert).
struct FeedForward {
    uint64_t inner = 0;           // rows of up and gate together
    uint64_t activated = 0;       // width that goes into down
    uint64_t out = 0;             // width that comes out of it
    int32_t up_device = kHost;    // where up and gate lie
    int32_t down_device = kHost;  // where down lies
    uint64_t up_bytes = 0;        // of the largest of up and gate
    uint64_t down_bytes = 0;

    [[nodiscard]] bool present() const { return inner != 0; }
    /// up and gate are still there when their product is made; an activation alone works in place.
    [[nodiscard]] bool gated() const { return inner > activated; }
};

struct LayerFlow {
    FeedForward dense, experts;
    uint64_t attention_bytes = 0;    // of the largest attention weight in system memory
    uint64_t cache_bytes = 0;        // K and V of this layer
    uint64_t dequantized_bytes = 0;  // K and V as f16, where flash attention has to make them so
    uint64_t cells = 0;              // KV cells that a query of this layer sees; 0 without a KV cache
};

/// One for each of n_layer_all layers.
[[nodiscard]] std::vector<LayerFlow> layerFlows(const Model & model, const WeightPlan & weights,
                                                const CachePlan & cache);

/// Elements for each token that attention of a layer holds at its peak, apart from the residual stream: Q, K, V and the
/// output, or with MLA the query before and after it is absorbed into the latent space.
[[nodiscard]] uint64_t attentionWidth(const Hparams & hparams, uint32_t il);

/// The same for a recurrent layer: projections, convolution and scan.
[[nodiscard]] uint64_t recurrentWidth(const Hparams & hparams);

}  // namespace ggufit
