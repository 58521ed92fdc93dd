// Collects, for each layer, the widths of its blocks and where their weights lie.
#include "memory/compute_layers.h"

#include <algorithm>
#include <string_view>

#include "base/checked.h"

namespace ggufit {

namespace {

/// "ffn_up_exps" of "blk.3.ffn_up_exps.weight"; empty for what is no block's weight.
std::string_view weightName(std::string_view name) {
    constexpr std::string_view kBlock = "blk.";
    constexpr std::string_view kWeight = ".weight";
    if (name.substr(0, kBlock.size()) != kBlock || name.size() < kWeight.size()) return {};
    if (name.substr(name.size() - kWeight.size()) != kWeight) return {};
    name.remove_suffix(kWeight.size());
    name.remove_prefix(kBlock.size());
    const size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

void addFeedForward(FeedForward & block, std::string_view kind, const Tensor & tensor, const PlacedWeight & weight) {
    if (kind == "down") {
        block.activated = tensor.ne[0];
        block.out = tensor.ne[1];
        block.down_device = weight.device;
        block.down_bytes = weight.bytes;
    } else if (kind == "up" || kind == "gate" || kind == "gate_up") {
        block.inner = saturatingAdd(block.inner, tensor.ne[1]);
        block.up_device = weight.device;
        block.up_bytes = std::max(block.up_bytes, weight.bytes);
    }
}

void addWeight(LayerFlow & layer, const Tensor & tensor, const PlacedWeight & weight) {
    std::string_view name = weightName(tensor.name);
    constexpr std::string_view kFeedForward = "ffn_";
    constexpr std::string_view kExperts = "_exps";
    if (name.substr(0, kFeedForward.size()) == kFeedForward) {
        name.remove_prefix(kFeedForward.size());
        const bool experts = name.size() > kExperts.size() && name.substr(name.size() - kExperts.size()) == kExperts;
        if (experts) name.remove_suffix(kExperts.size());
        addFeedForward(experts ? layer.experts : layer.dense, name, tensor, weight);
    } else if (weight.part == WeightPart::attention && weight.device == kHost) {
        layer.attention_bytes = std::max(layer.attention_bytes, weight.bytes);
    }
}

void addCache(LayerFlow & layer, const CacheTensor & tensor, bool flash_attn) {
    constexpr std::string_view kKeys = "cache_k_l";
    constexpr std::string_view kValues = "cache_v_l";
    const std::string_view name = std::string_view(tensor.name).substr(0, kKeys.size());
    if (name != kKeys && name != kValues) return;
    const uint64_t cells = saturatingMul(tensor.ne[1], tensor.ne[2]);
    layer.cells = std::max(layer.cells, tensor.ne[1]);
    layer.cache_bytes = saturatingAdd(layer.cache_bytes, tensor.bytes);
    if (flash_attn && traitsOf(tensor.type).quantized) {
        layer.dequantized_bytes =
            saturatingAdd(layer.dequantized_bytes, saturatingMul(cells, saturatingMul(tensor.ne[0], 2)));
    }
}

}  // namespace

std::vector<LayerFlow> layerFlows(const Model & model, const WeightPlan & weights, const CachePlan & cache) {
    std::vector<LayerFlow> layers(model.hparams.n_layer_all);
    for (const PlacedWeight & weight : weights.weights) {
        const int32_t block = model.roles[weight.tensor].block;
        if (block < 0 || static_cast<size_t>(block) >= layers.size()) continue;
        addWeight(layers[static_cast<size_t>(block)], model.file.tensors[weight.tensor], weight);
    }
    for (const CacheTensor & tensor : cache.tensors) {
        if (tensor.layer < layers.size()) addCache(layers[tensor.layer], tensor, cache.shape.flash_attn);
    }
    return layers;
}

uint64_t attentionWidth(const Hparams & hparams, uint32_t il) {
    const uint64_t n_head = hparams.n_head(il);
    if (hparams.is_mla()) {
        const uint64_t latent = uint64_t{hparams.n_lora_kv} * 2 + uint64_t{hparams.n_rot(il)} * 2;
        return saturatingMul(n_head, latent + hparams.n_embd_head_k_mla_impl);
    }
    const uint64_t q = n_head * hparams.n_embd_head_k(il);
    const uint64_t out = n_head * hparams.n_embd_head_v(il);
    return q + out + hparams.n_embd_k_gqa(il) + hparams.n_embd_v_gqa(il);
}

uint64_t recurrentWidth(const Hparams & hparams) { return uint64_t{hparams.ssm_d_inner} * 9 / 2; }

}  // namespace ggufit
