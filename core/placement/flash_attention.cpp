// Resolves -fa auto as llama.cpp does, from the devices of the layers and the kernels that CUDA has.
#include "placement/flash_attention.h"

#include <algorithm>
#include <string>

#include "gguf/ggml_type.h"
#include "placement/cache_layers.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

/// Whether -ot takes a layer's attention sinks elsewhere than its cache: the operation follows a weight that it reads
/// (ggml-backend.cpp, ggml_backend_sched_backend_id_from_cur), so it is not run on the layer's device then.
Result<bool> sinksLieApart(const Model & model, const Machine & machine, const Settings & settings) {
    if (settings.override_tensors.empty()) return false;
    const auto isSinks = [](const Tensor & tensor) { return tensor.name.find(".attn_sinks") != std::string::npos; };
    if (std::none_of(model.file.tensors.begin(), model.file.tensors.end(), isSinks)) return false;
    const auto plan = placeWeights(model, machine, settings);
    if (!plan) return plan.error();
    return std::any_of(plan->weights.begin(), plan->weights.end(), [&](const PlacedWeight & weight) {
        const auto block = static_cast<size_t>(std::max(model.roles[weight.tensor].block, 0));
        return isSinks(model.file.tensors[weight.tensor]) && block < plan->layer_devices.size() &&
               plan->layer_devices[block] != weight.device;
    });
}

}  // namespace

FlashAttention requestedFlashAttention(const Model & model, const Settings & settings) {
    if (model.architecture->forbids_flash_attn) return FlashAttention::off;
    if (settings.flash_attn != FlashAttention::automatic) return settings.flash_attn;
    const bool needed = settings.split_mode == SplitMode::tensor || traitsOf(settings.type_v).quantized;
    return needed ? FlashAttention::on : FlashAttention::automatic;
}

bool flashKernelsRead(GgmlType type) {
    switch (type) {
        case GgmlType::f32:
        case GgmlType::f16:
        case GgmlType::bf16:
        case GgmlType::q4_0:
        case GgmlType::q8_0: return true;
        default: return false;
    }
}

bool hasFlashHeadSizes(int64_t k, int64_t v, int64_t gqa_ratio, bool grouped) {
    switch (k) {
        case 40:
        case 64:
        case 72:
        case 80:
        case 96:
        case 112:
        case 128:
        case 256: return v == k;
        case 192: return v == 128 && grouped && gqa_ratio % 8 == 0;
        case 320: return v == 256 && grouped && gqa_ratio % 32 == 0;
        case 512: return v == k && grouped;
        case 576: return v == 512 && grouped;
        default: return false;
    }
}

bool hasFlashAttentionKernel(const Hparams & hparams, uint32_t il, GgmlType type_k, GgmlType type_v) {
    const uint32_t n_head_kv = hparams.n_head_kv(il);
    if (n_head_kv == 0 || hparams.n_head(il) % n_head_kv != 0) return false;
    if (type_k != type_v || !flashKernelsRead(type_k)) return false;
    const uint32_t ratio = hparams.n_head(il) / n_head_kv;
    const bool grouped = ratio >= 2 && hparams.f_max_alibi_bias == 0.0F;
    return hasFlashHeadSizes(hparams.n_embd_head_k(il), hparams.n_embd_head_v(il), ratio, grouped);
}

Result<bool> flashAttentionOn(const Model & model, const Machine & machine, const Settings & settings) {
    const FlashAttention requested = requestedFlashAttention(model, settings);
    if (requested != FlashAttention::automatic) return requested == FlashAttention::on;
    const auto devices = layerDevices(model, machine, settings);
    if (!devices) return devices.error();
    const Hparams & hparams = model.hparams;
    for (uint32_t il = 0; il < hparams.n_layer() && il < devices->size(); ++il) {
        const bool encoder = model.architecture->cache == CacheKind::none;
        if ((*devices)[il] == kHost || hparams.n_head_kv(il) == 0) continue;
        if (!encoder && !hasAttentionCache(model, il)) continue;
        if (!hasFlashAttentionKernel(hparams, il, settings.type_k, settings.type_v)) return false;
    }
    const auto apart = sinksLieApart(model, machine, settings);
    if (!apart) return apart.error();
    return !*apart;
}

}  // namespace ggufit
