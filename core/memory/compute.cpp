// Puts the compute buffers together: inputs, residual stream, the widest block and the logits, device by device.
#include "memory/compute.h"

#include <algorithm>

#include "base/checked.h"
#include "memory/compute_layers.h"

namespace ggufit {

namespace {

constexpr uint64_t kFloatBytes = 4;
constexpr uint64_t kOffloadBatch = 32;   // ggml-cuda.cu, min batch size of offload_op
constexpr uint64_t kPipelineCopies = 4;  // ggml-backend.cpp, GGML_SCHED_MAX_COPIES
constexpr uint64_t kIndexBytes = 24;     // a token's position and its two cells

/// What one place (a device or the host) has to hold.
struct Place {
    uint64_t blocks = 0;  // the widest block; 0 where no layer runs
    uint64_t logits = 0;
};

class Formula {
  public:
    Formula(const Model & model, const Machine & machine, const Settings & settings, const WeightPlan & weights,
            const CachePlan & cache)
        : hparams_(model.hparams),
          settings_(settings),
          weights_(weights),
          cache_(cache),
          layers_(layerFlows(model, weights, cache)),
          places_(machine.devices.size()),
          n_tokens_(std::min(cache.shape.n_ctx, cache.shape.n_ubatch)),
          has_logits_(model.architecture->task != Task::embedding) {
        if (const auto used = usedDevices(machine, settings); used) used_ = *used;
        stream_ = elements(hparams_.n_embd);
        pipeline_ = isPipelined();
    }

    ComputeEstimate run() {
        for (uint32_t il = 0; il < layers_.size() && il < weights_.layer_devices.size(); ++il) addLayer(il);
        addOutput();
        return total();
    }

  private:
    [[nodiscard]] uint64_t elements(uint64_t width) const {
        return saturatingMul(saturatingMul(width, n_tokens_), kFloatBytes);
    }

    Place & at(int32_t device) {
        return device >= 0 && static_cast<size_t>(device) < places_.size() ? places_[static_cast<size_t>(device)]
                                                                           : host_;
    }

    void hold(int32_t device, uint64_t bytes) {
        Place & place = at(device);
        place.blocks = std::max(place.blocks, bytes);
    }

    /// Where an operation on a weight runs: with its weight, or on the first device where copying the weight pays.
    [[nodiscard]] int32_t runsOn(int32_t weight_device) const {
        const bool offloaded = settings_.op_offload && n_tokens_ >= kOffloadBatch && !used_.empty();
        return weight_device == kHost && offloaded ? static_cast<int32_t>(used_[0]) : weight_device;
    }

    [[nodiscard]] bool isPipelined() const;
    [[nodiscard]] uint64_t maskBytes() const;
    void addLayer(uint32_t il);
    void addDense(const FeedForward & block);
    void addExperts(const FeedForward & block);
    void addAttention(uint32_t il, const LayerFlow & layer);
    void addOutput();
    [[nodiscard]] ComputeEstimate total() const;

    const Hparams & hparams_;
    const Settings & settings_;
    const WeightPlan & weights_;
    const CachePlan & cache_;
    std::vector<LayerFlow> layers_;
    std::vector<Place> places_;
    Place host_;
    std::vector<uint32_t> used_;
    uint64_t n_tokens_;
    uint64_t stream_ = 0;  // E: the residual stream
    bool has_logits_;
    bool pipeline_ = false;
};

/// llama-context.cpp, llama_context: several devices that hold all layers, and nothing placed by hand.
bool Formula::isPipelined() const {
    const bool all_layers =
        settings_.n_gpu_layers < 0 || static_cast<uint32_t>(settings_.n_gpu_layers) > hparams_.n_layer_all;
    return used_.size() > 1 && all_layers && settings_.split_mode == SplitMode::layer && settings_.kv_offload &&
           settings_.override_tensors.empty();
}

/// Masks of full and sliding layers, and the cells that V goes to where V is stored transposed.
uint64_t Formula::maskBytes() const {
    const bool flash = cache_.shape.flash_attn;
    uint64_t cells = 0;
    uint64_t cells_swa = 0;
    uint64_t v_width = 0;
    for (uint32_t il = 0; il < layers_.size(); ++il) {
        if (layers_[il].cells == 0) continue;
        uint64_t & kind = hparams_.is_swa(il) ? cells_swa : cells;
        kind = std::max(kind, layers_[il].cells);
        v_width = std::max(v_width, hparams_.n_embd_v_gqa(il));
    }
    if (cells + cells_swa == 0 && hparams_.n_head() > 0 && hparams_.ssm_d_inner == 0) cells = n_tokens_;  // no cache
    uint64_t bytes = saturatingMul(saturatingAdd(cells, cells_swa), n_tokens_ * (flash ? 2 : kFloatBytes));
    if (!flash) {
        const uint64_t kinds = (cells != 0 ? 1U : 0U) + (cells_swa != 0 ? 1U : 0U);
        bytes = saturatingAdd(bytes, saturatingMul(kinds * 8 * n_tokens_, v_width));
    }
    return saturatingAdd(bytes, kIndexBytes * n_tokens_);
}

void Formula::addLayer(uint32_t il) {
    const LayerFlow & layer = layers_[il];
    if (layer.dense.present()) addDense(layer.dense);
    if (layer.experts.present()) addExperts(layer.experts);
    addAttention(il, layer);
    if (hparams_.is_recr(il)) hold(runsOn(weights_.layer_devices[il]), elements(recurrentWidth(hparams_)));
}

void Formula::addDense(const FeedForward & block) {
    const uint64_t activated = block.gated() ? elements(block.activated) : 0;
    const uint64_t up = saturatingAdd(elements(block.inner), activated);
    const bool up_copied = block.up_device == kHost && runsOn(kHost) != kHost;
    const bool down_copied = block.down_device == kHost && runsOn(kHost) != kHost;
    hold(runsOn(block.up_device), saturatingAdd(up, up_copied ? block.up_bytes : 0));
    hold(runsOn(block.down_device),
         saturatingAdd(saturatingAdd(elements(block.activated), stream_), down_copied ? block.down_bytes : 0));
}

void Formula::addExperts(const FeedForward & block) {
    const uint64_t used = hparams_.n_expert_used;
    const uint64_t inner = elements(saturatingMul(block.inner, used));
    const uint64_t activated = elements(saturatingMul(block.activated, used));
    const uint64_t out = elements(saturatingMul(block.out, used));
    const uint64_t router = elements(uint64_t{hparams_.n_expert} * 2);
    const uint64_t up = saturatingAdd(inner, block.gated() ? activated : 0);
    const uint64_t both = saturatingAdd(activated, out);
    const bool up_copied = block.up_device == kHost && runsOn(kHost) != kHost;
    const bool down_copied = block.down_device == kHost && runsOn(kHost) != kHost;
    hold(runsOn(block.up_device), saturatingAdd(router, saturatingAdd(up, up_copied ? block.up_bytes : 0)));
    if (block.up_device == block.down_device && !down_copied) {
        // What up and gate leave free is taken again only where the result fits into it.
        const uint64_t freed = block.gated() ? inner : 0;
        hold(block.down_device, saturatingAdd(router, out > freed ? saturatingAdd(up, out) : up));
    } else {
        hold(runsOn(block.down_device), saturatingAdd(router, saturatingAdd(both, down_copied ? block.down_bytes : 0)));
    }
}

void Formula::addAttention(uint32_t il, const LayerFlow & layer) {
    // With the cache in system memory attention runs there, in what the host has free anyway.
    if (hparams_.n_head(il) == 0 || (!settings_.kv_offload && weights_.layer_devices[il] != kHost)) return;
    uint64_t bytes = elements(attentionWidth(hparams_, il));
    if (!cache_.shape.flash_attn) {
        const uint64_t cells = layer.cells != 0 ? layer.cells : n_tokens_;
        bytes = saturatingAdd(bytes, elements(saturatingMul(cells, hparams_.n_head(il))));
    }
    bytes = saturatingAdd(bytes, layer.dequantized_bytes);
    const int32_t device = weights_.layer_devices[il];
    const int32_t runs = runsOn(device);
    if (runs != device) bytes = saturatingAdd(bytes, std::max(layer.attention_bytes, layer.cache_bytes));
    hold(runs, bytes);
}

void Formula::addOutput() {
    const int32_t device = weights_.layer_devices.back();
    if (!has_logits_) return;
    const uint64_t n_outputs = reservesAllOutputs(settings_) ? n_tokens_ : cache_.shape.n_seq_max;
    const uint64_t width = uint64_t{hparams_.n_vocab} + hparams_.n_embd;
    at(device).logits = saturatingMul(saturatingMul(width, n_outputs), kFloatBytes);
}

ComputeEstimate Formula::total() const {
    const uint64_t mask = maskBytes();
    const uint64_t copies = pipeline_ ? kPipelineCopies : 1;
    ComputeEstimate estimate;
    estimate.device_bytes.assign(places_.size(), 0);
    bool first = true;
    for (const uint32_t position : used_) {
        if (position >= places_.size()) continue;
        const Place & place = places_[position];
        uint64_t blocks = 0;
        uint64_t inputs = 0;
        if (place.blocks != 0) {
            const uint64_t handed = saturatingMul(stream_, first ? 1 : 2);
            inputs = saturatingMul(copies, saturatingAdd(handed, settings_.kv_offload ? mask : 0));
            blocks = saturatingAdd(inputs, saturatingAdd(saturatingMul(stream_, pipeline_ ? 3 : 2), place.blocks));
            first = false;
        }
        const uint64_t logits = place.logits != 0 ? saturatingAdd(place.logits, pipeline_ ? inputs : 0) : 0;
        estimate.device_bytes[position] = std::max(blocks, logits);
    }
    const uint64_t inputs = saturatingAdd(saturatingMul(mask, copies), saturatingMul(stream_, 2));
    uint64_t blocks = 0;
    if (host_.blocks != 0) blocks = saturatingAdd(host_.blocks, saturatingMul(stream_, 2));
    estimate.host_bytes = saturatingAdd(inputs, std::max(blocks, host_.logits));
    return estimate;
}

}  // namespace

ComputeEstimate approximateCompute(const Model & model, const Machine & machine, const Settings & settings,
                                   const WeightPlan & weights, const CachePlan & cache) {
    if (weights.layer_devices.empty()) {
        return {std::vector<uint64_t>(machine.devices.size(), 0), 0};
    }
    return Formula(model, machine, settings, weights, cache).run();
}

}  // namespace ggufit
