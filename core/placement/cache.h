// The context of a model in memory: KV caches, recurrent and convolution states, by layer and device.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// The context's dimensions after llama.cpp's rounding (llama-context.cpp, llama_context).
struct ContextShape {
    uint32_t n_ctx = 0;      // padded; all sequences together
    uint32_t n_ctx_seq = 0;  // of one sequence
    uint32_t n_seq_max = 1;
    uint32_t n_stream = 1;  // 1 with a unified cache
    uint32_t n_batch = 0, n_ubatch = 0;
    bool kv_unified = false;
    bool flash_attn = true;  // after `auto` is resolved
    uint32_t n_rs_seq = 0;   // earlier recurrent states kept for each slot, to step back over rejected drafts

    bool operator==(const ContextShape &) const = default;
};

/// Resolves context, batch and slots. Errors say what a llama.cpp user would need: a context beyond 2^31, more slots
/// than cells, a quantized V cache without flash attention, a micro-batch of 0.
[[nodiscard]] Result<ContextShape> contextShape(const Model & model, const Machine & machine,
                                                const Settings & settings);

/// A tensor of the context, named as llama.cpp names it ("cache_k_l0", "cache_r_l3").
struct CacheTensor {
    std::string name;
    uint32_t layer = 0;
    int32_t device = -1;  // position in Machine::devices, kHost for system memory
    GgmlType type = GgmlType::f16;
    std::array<uint64_t, 3> ne = {1, 1, 1};  // width, cells, streams
    uint64_t bytes = 0;                      // allocated, with the buffer type's padding
};

struct CachePlan {
    ContextShape shape;
    uint32_t n_swa_cells = 0;  // cells of the sliding-window cache; 0 where there is none
    std::vector<CacheTensor> tensors;
};

/// `layer_devices` as layerDevices() gives it.
[[nodiscard]] Result<CachePlan> planCache(const Model & model, const Machine & machine, const Settings & settings,
                                          const std::vector<int32_t> & layer_devices);

}  // namespace ggufit
