// Resolves -fa auto as llama.cpp does, from the devices of the layers and the kernels of their backends.
#include "placement/flash_attention.h"

#include <algorithm>
#include <string>

#include "gguf/ggml_type.h"
#include "placement/cache_layers.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

/// Whether a layer's attention sinks keep the operation from the layer's device: -ot takes them elsewhere than its
/// cache, or, before late_july, a GPU takes it over with sinks in system memory (ggml-backend.cpp,
/// ggml_backend_sched_backend_id_from_cur).
Result<bool> sinksLieApart(const Model & model, const Machine & machine, const Settings & settings) {
    const bool follows = !hasRule(settings.llama_cpp, LlamaRule::late_july);
    if (settings.override_tensors.empty() && !follows) return false;
    const auto isSinks = [](const Tensor & tensor) { return tensor.name.find(".attn_sinks") != std::string::npos; };
    if (std::none_of(model.file.tensors.begin(), model.file.tensors.end(), isSinks)) return false;
    const auto plan = placeWeights(model, machine, settings);
    if (!plan) return plan.error();
    const auto used = usedDevices(machine, settings);
    if (!used) return used.error();
    return std::any_of(plan->weights.begin(), plan->weights.end(), [&](const PlacedWeight & weight) {
        const auto block = static_cast<size_t>(std::max(model.roles[weight.tensor].block, 0));
        if (!isSinks(model.file.tensors[weight.tensor]) || block >= plan->layer_devices.size()) return false;
        if (plan->layer_devices[block] != weight.device) return true;
        const int64_t rows =
            int64_t{model.hparams.n_head(static_cast<uint32_t>(block))} * resolveSlots(settings).n_seq_max;
        return follows && weight.device == kHost && !used->empty() && settings.op_offload && rows >= kOffloadMinRows;
    });
}

bool cudaReads(GgmlType type) {
    switch (type) {
        case GgmlType::f32:
        case GgmlType::f16:
        case GgmlType::bf16:
        case GgmlType::q4_0:
        case GgmlType::q8_0: return true;
        default: return false;
    }
}

bool metalReads(GgmlType type) {
    return cudaReads(type) || type == GgmlType::q4_1 || type == GgmlType::q5_0 || type == GgmlType::q5_1;
}

bool vulkanReads(GgmlType type) { return metalReads(type) || type == GgmlType::iq4_nl; }

bool cudaHeads(const FlashShape & shape, const LlamaVersion & version) {
    const bool any_groups = hasRule(version, LlamaRule::flash_groups);
    const bool grouped = shape.grouped && (any_groups || shape.gqa_ratio % 2 == 0);
    switch (shape.head_k) {
        case 40:
        case 64:
        case 72:
        case 80:
        case 96:
        case 112:
        case 128:
        case 256: return shape.head_v == shape.head_k;
        case 192:
            return shape.head_v == 128 && grouped && shape.gqa_ratio % 8 == 0 && hasRule(version, LlamaRule::flash_192);
        case 320:
            return shape.head_v == 256 && grouped && shape.gqa_ratio % 32 == 0 &&
                   hasRule(version, LlamaRule::flash_320);
        case 512: return shape.head_v == shape.head_k && grouped && hasRule(version, LlamaRule::flash_512);
        case 576: return shape.head_v == 512 && grouped && (any_groups || shape.gqa_ratio % 16 == 0);
        default: return false;
    }
}

bool syclHeads(const FlashShape & shape) {
    switch (shape.head_k) {
        case 192:
        case 320: return false;
        case 512: return shape.head_v == shape.head_k;
        default: return cudaHeads(shape, {});
    }
}

bool metalHeads(const FlashShape & shape) {
    switch (shape.head_k) {
        case 32:
        case 40:
        case 48:
        case 64:
        case 72:
        case 80:
        case 96:
        case 112:
        case 128:
        case 192:
        case 256:
        case 320:
        case 512:
        case 576: return true;
        default: return false;
    }
}

}  // namespace

FlashAttention requestedFlashAttention(const Model & model, const Settings & settings) {
    if (model.architecture->forbids_flash_attn) return FlashAttention::off;
    if (settings.flash_attn != FlashAttention::automatic) return settings.flash_attn;
    const bool needed = settings.split_mode == SplitMode::tensor ||
                        (traitsOf(settings.type_v).quantized && hasRule(settings.llama_cpp, LlamaRule::late_july));
    return needed ? FlashAttention::on : FlashAttention::automatic;
}

bool hasFlashAttentionKernel(BackendKind backend, const FlashShape & shape, const LlamaVersion & version) {
    switch (backend) {
        case BackendKind::cuda:
        case BackendKind::rocm:
            return cudaHeads(shape, version) && shape.type_k == shape.type_v && cudaReads(shape.type_k) &&
                   (shape.type_k != GgmlType::bf16 || hasRule(version, LlamaRule::flash_bf16));
        case BackendKind::sycl: return syclHeads(shape) && shape.type_k == shape.type_v && cudaReads(shape.type_k);
        case BackendKind::metal: return metalHeads(shape) && shape.type_k == shape.type_v && metalReads(shape.type_k);
        case BackendKind::vulkan: {
            const bool one_bf16 = (shape.type_k == GgmlType::bf16) != (shape.type_v == GgmlType::bf16);
            return shape.head_k % 8 == 0 && shape.head_v % 8 == 0 && vulkanReads(shape.type_k) &&
                   vulkanReads(shape.type_v) && !one_bf16;
        }
    }
    return false;
}

bool hasFlashAttentionKernel(BackendKind backend, const Hparams & hparams, uint32_t il, GgmlType type_k,
                             GgmlType type_v, const LlamaVersion & version) {
    const uint32_t n_head_kv = hparams.n_head_kv(il);
    if (n_head_kv == 0 || hparams.n_head(il) % n_head_kv != 0) return false;
    const uint32_t ratio = hparams.n_head(il) / n_head_kv;
    const bool grouped = ratio >= 2 && hparams.f_max_alibi_bias == 0.0F;
    return hasFlashAttentionKernel(
        backend, {hparams.n_embd_head_k(il), hparams.n_embd_head_v(il), ratio, grouped, type_k, type_v}, version);
}

Result<bool> flashAttentionOn(const Model & model, const Machine & machine, const Settings & settings) {
    const FlashAttention requested = requestedFlashAttention(model, settings);
    if (requested != FlashAttention::automatic) return requested == FlashAttention::on;
    const auto devices = layerDevices(model, machine, settings);
    if (!devices) return devices.error();
    const std::vector<BackendTraits> traits = backendTraits(machine);
    const Hparams & hparams = model.hparams;
    for (uint32_t il = 0; il < hparams.n_layer() && il < devices->size(); ++il) {
        const bool encoder = model.architecture->cache == CacheKind::none;
        if ((*devices)[il] == kHost || hparams.n_head_kv(il) == 0) continue;
        if (!encoder && !hasAttentionCache(model, il)) continue;
        const BackendKind backend = traits[static_cast<size_t>((*devices)[il])].kind;
        if (!hasFlashAttentionKernel(backend, hparams, il, settings.type_k, settings.type_v, settings.llama_cpp))
            return false;
    }
    const auto apart = sinksLieApart(model, machine, settings);
    if (!apart) return apart.error();
    return !*apart;
}

}  // namespace ggufit
