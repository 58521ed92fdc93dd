// Which layers of a model keep keys and values, and which keep a recurrent state (llama_model::create_memory).
#pragma once

#include <cstdint>

#include "model/model.h"

namespace ggufit {

/// A KV cache for this layer: the architecture's filter where it has one, and Hparams::has_kv.
[[nodiscard]] inline bool hasAttentionCache(const Model & model, uint32_t il) {
    const Architecture & architecture = *model.architecture;
    const Hparams & hparams = model.hparams;
    if (architecture.cache == CacheKind::none || architecture.cache == CacheKind::recurrent) return false;
    if (!hparams.has_kv(il)) return false;
    if (architecture.caches_layer != nullptr) return architecture.caches_layer(hparams, il);
    return architecture.cache != CacheKind::hybrid || !hparams.is_recr(il);
}

/// A cache of the indexer's keys for this layer, in models with sparse attention.
[[nodiscard]] inline bool hasIndexerCache(const Model & model, uint32_t il) {
    const auto caches_indexer = model.architecture->caches_indexer;
    return model.hparams.has_kv(il) && (caches_indexer == nullptr || caches_indexer(model.hparams, il));
}

/// A recurrent state for this layer; il < n_layer().
[[nodiscard]] inline bool hasRecurrentState(const Model & model, uint32_t il) {
    const Architecture & architecture = *model.architecture;
    if (architecture.cache == CacheKind::recurrent) return true;
    if (architecture.cache != CacheKind::hybrid) return false;
    return architecture.keeps_state != nullptr ? architecture.keeps_state(model.hparams, il)
                                               : model.hparams.is_recr(il);
}

}  // namespace ggufit
