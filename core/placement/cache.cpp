// The tensors of every kind of context that llama.cpp keeps, with their devices and bytes.
#include "placement/cache.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "placement/backend_support.h"
#include "placement/cache_layers.h"
#include "placement/flash_attention.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

constexpr uint32_t kCompressedRatio = 4;           // llama-kv-cache-dsv4.cpp, DSV4_CSA_RATIO
constexpr uint32_t kHeavilyCompressedRatio = 128;  // the same, DSV4_HCA_RATIO
constexpr uint64_t kCellPadding = 256;             // sliding and compressed caches are padded to it

/// One cache of keys and, where it has them, values.
struct KvCache {
    const Hparams * hparams = nullptr;  // its own: an indexer's cache has other heads than the model
    std::string label;                  // before "cache_k_l7"; empty for the model's own cache
    uint64_t n_cells = 0;
    uint64_t n_stream = 1;
    bool has_v = true;
    std::function<bool(uint32_t)> has_layer;
};

class CachePlanner {
  public:
    CachePlanner(const Model & model, const Machine & machine, const Settings & settings,
                 const std::vector<int32_t> & layer_devices)
        : model_(model),
          machine_(machine),
          settings_(settings),
          layer_devices_(layer_devices),
          traits_(backendTraits(machine)) {}

    Result<CachePlan> plan() {
        const auto shape = contextShape(model_, machine_, settings_);
        if (!shape) return shape.error();
        plan_.shape = *shape;
        // The cache is made before `auto` is resolved: V is transposed only where flash attention was off from the
        // start.
        v_transposed_ = requestedFlashAttention(model_, settings_) == FlashAttention::off;
        switch (model_.architecture->cache) {
            case CacheKind::none: break;
            case CacheKind::attention: addAttention(); break;
            case CacheKind::recurrent: addRecurrent(); break;
            case CacheKind::hybrid:
                addAttention();
                addRecurrent();
                break;
            case CacheKind::dsa:
            case CacheKind::msa:
                if (model_.architecture->late_indexer && !hasRule(settings_.llama_cpp, LlamaRule::late_july)) {
                    addAttention();
                } else {
                    addIndexed();
                }
                break;
            case CacheKind::dsv4: addDeepSeekV4(); break;
        }
        if (error_) return *error_;
        return std::move(plan_);
    }

  private:
    [[nodiscard]] uint32_t n_layer_all() const { return std::min(model_.hparams.n_layer_all, kMaxLayers); }
    [[nodiscard]] uint32_t n_layer() const { return std::min(model_.hparams.n_layer(), kMaxLayers); }

    [[nodiscard]] int32_t deviceOf(uint32_t il) const {
        if (!settings_.kv_offload || il >= layer_devices_.size()) return kHost;
        const int32_t device = layer_devices_[il];
        return device >= 0 && static_cast<size_t>(device) < machine_.devices.size() ? device : kHost;
    }

    void add(std::string name, uint32_t il, GgmlType type, std::array<uint64_t, 3> ne) {
        if (ne[0] == 0 || ne[1] == 0 || ne[2] == 0) return;
        if (ne[0] % traitsOf(type).block_size != 0) {
            if (!error_) {
                error_ = Error{ErrorCode::usage, name,
                               phrase("rows of {} values are no whole number of blocks of {}: use f16 for the cache",
                                      std::to_string(ne[0]), std::string(traitsOf(type).name)),
                               0, 0};
            }
            return;
        }
        CacheTensor tensor;
        tensor.name = std::move(name);
        tensor.layer = il;
        tensor.device = deviceOf(il);
        tensor.type = type;
        tensor.ne = ne;
        const uint64_t bytes = saturatingMul(saturatingMul(rowBytes(type, ne[0]), ne[1]), ne[2]);
        tensor.bytes = tensor.device == kHost
                           ? hostAllocBytes(bytes)
                           : deviceAllocBytes(traits_[static_cast<size_t>(tensor.device)], type, ne[0], bytes);
        plan_.tensors.push_back(std::move(tensor));
    }

    /// llama_kv_cache's constructor. A transposed V has one width in all layers, the largest.
    void addKv(const KvCache & cache) {
        for (uint32_t il = 0; il < n_layer_all(); ++il) {
            if (!cache.has_layer(il)) continue;
            const std::string number = std::to_string(il);
            const uint64_t v_width =
                v_transposed_ ? cache.hparams->n_embd_v_gqa_max() : cache.hparams->n_embd_v_gqa(il);
            add(phrase("{}cache_k_l{}", cache.label, number), il, settings_.type_k,
                {cache.hparams->n_embd_k_gqa(il), cache.n_cells, cache.n_stream});
            if (!cache.has_v) continue;
            add(phrase("{}cache_v_l{}", cache.label, number), il, settings_.type_v,
                {v_width, cache.n_cells, cache.n_stream});
        }
    }

    /// llama_kv_cache_iswa: cells of the layers that slide.
    [[nodiscard]] uint32_t slidingCells(bool unified) const {
        const ContextShape & shape = plan_.shape;
        const LlamaVersion & version = settings_.llama_cpp;
        if (settings_.swa_full || !hasRule(version, LlamaRule::sliding_cache)) return shape.n_ctx_seq;
        const uint64_t windows = saturatingMul(model_.hparams.n_swa, unified ? shape.n_seq_max : 1);
        const uint32_t n_new = hasRule(version, LlamaRule::sliding_by_ubatch) ? shape.n_ubatch : shape.n_batch;
        const uint64_t cells = std::min<uint64_t>(shape.n_ctx_seq, saturatingAdd(windows, n_new));
        return static_cast<uint32_t>(padTo(cells, kCellPadding));
    }

    /// A cache, or two where some layers slide.
    void addLayers(KvCache cache, const std::function<bool(uint32_t)> & has_layer, bool unified) {
        cache.n_cells = plan_.shape.n_ctx_seq;
        cache.n_stream = unified ? 1 : plan_.shape.n_seq_max;
        cache.has_layer = has_layer;
        if (model_.hparams.swa_type == SwaType::none) return addKv(cache);
        cache.has_layer = [&](uint32_t il) { return has_layer(il) && !model_.hparams.is_swa(il); };
        addKv(cache);
        cache.n_cells = plan_.n_swa_cells = slidingCells(unified);
        cache.has_layer = [&](uint32_t il) { return has_layer(il) && model_.hparams.is_swa(il); };
        addKv(cache);
    }

    [[nodiscard]] KvCache ownCache() const {
        const bool has_v = !model_.hparams.is_mla() || !hasRule(settings_.llama_cpp, LlamaRule::shared_latent);
        return {&model_.hparams, "", 0, 1, has_v, {}};
    }

    void addAttention() {
        addLayers(
            ownCache(), [&](uint32_t il) { return hasAttentionCache(model_, il); }, plan_.shape.kv_unified);
    }

    /// llama_memory_recurrent: a row for each slot, and one for each state that it may step back to.
    void addRecurrent() {
        const uint64_t rows = uint64_t{plan_.shape.n_seq_max} * (1 + plan_.shape.n_rs_seq);
        for (uint32_t il = 0; il < n_layer(); ++il) {
            if (!hasRecurrentState(model_, il)) continue;
            const std::string number = std::to_string(il);
            add("cache_r_l" + number, il, GgmlType::f32, {model_.hparams.n_embd_r(), rows, 1});
            add("cache_s_l" + number, il, GgmlType::f32, {model_.hparams.n_embd_s(), rows, 1});
        }
    }

    /// Hyperparameters of an indexer's cache: one key head of its own size.
    [[nodiscard]] Hparams indexerHparams() const {
        Hparams hparams = model_.hparams;
        hparams.n_head_kv_arr.fill(1);
        hparams.n_embd_head_k_full = hparams.indexer_head_size;
        return hparams;
    }

    /// llama_kv_cache_dsa and llama_kv_cache_msa: the model's cache, and one for the indexer with the same tensors.
    void addIndexed() {
        const Hparams indexer = indexerHparams();
        addAttention();
        KvCache cache = ownCache();
        cache.hparams = &indexer;
        cache.label = "indexer_";
        cache.n_cells = plan_.shape.n_ctx_seq;
        cache.n_stream = plan_.shape.n_stream;
        cache.has_layer = [&](uint32_t il) { return hasIndexerCache(model_, il); };
        addKv(cache);
    }

    /// llama_kv_cache_dsv4: keys only, each slot by itself even where the cache is unified.
    void addDeepSeekV4() {
        KvCache cache = ownCache();
        cache.has_v = false;
        addLayers(
            cache, [&](uint32_t il) { return model_.hparams.has_kv(il); }, false);
        Hparams indexer = indexerHparams();
        indexer.n_embd_head_k_swa = indexer.indexer_head_size;
        addCompressed(cache, "csa_", kCompressedRatio);
        addCompressed(cache, "hca_", kHeavilyCompressedRatio);
        cache.hparams = &indexer;
        addCompressed(cache, "lid_", kCompressedRatio);

        const uint64_t head = model_.hparams.n_embd_head_k();
        addCompressorState("csa", kCompressedRatio, 2 * kCompressedRatio, 2 * head);
        addCompressorState("hca", kHeavilyCompressedRatio, kHeavilyCompressedRatio, head);
        addCompressorState("lid", kCompressedRatio, 2 * kCompressedRatio,
                           2 * uint64_t{model_.hparams.indexer_head_size});
    }

    [[nodiscard]] bool compresses(uint32_t il, uint32_t ratio) const {
        return model_.hparams.has_kv(il) && model_.hparams.dsv4_compress_ratios[il] == ratio;
    }

    void addCompressed(KvCache cache, const char * label, uint32_t ratio) {
        const uint64_t cells = std::max<uint64_t>(1, (uint64_t{plan_.shape.n_ctx_seq} + ratio - 1) / ratio);
        cache.label = label;
        cache.n_cells = padTo(cells, kCellPadding);
        cache.n_stream = plan_.shape.n_seq_max;
        cache.has_layer = [&](uint32_t il) { return compresses(il, ratio); };
        addKv(cache);
    }

    /// llama_dsv4_comp_state.
    void addCompressorState(const std::string & name, uint32_t ratio, uint64_t rows, uint64_t width) {
        const uint64_t planes = uint64_t{plan_.shape.n_seq_max} * (1 + plan_.shape.n_rs_seq);
        for (uint32_t il = 0; il < n_layer(); ++il) {
            if (model_.hparams.dsv4_compress_ratios[il] != ratio) continue;
            std::string prefix = "dsv4_", number = std::to_string(il);
            prefix.append(name).append("_state_");
            add(std::string(prefix).append("kv_l").append(number), il, GgmlType::f32, {width, rows, planes});
            add(std::string(prefix).append("score_l").append(number), il, GgmlType::f32, {width, rows, planes});
        }
    }

    const Model & model_;
    const Machine & machine_;
    const Settings & settings_;
    const std::vector<int32_t> & layer_devices_;
    const std::vector<BackendTraits> traits_;  // of each device
    CachePlan plan_;
    bool v_transposed_ = false;
    std::optional<Error> error_;
};

}  // namespace

Result<CachePlan> planCache(const Model & model, const Machine & machine, const Settings & settings,
                            const std::vector<int32_t> & layer_devices) {
    return CachePlanner(model, machine, settings, layer_devices).plan();
}

}  // namespace ggufit
