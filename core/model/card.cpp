// Model → Card: the figures; their wording is in card_facts.cpp.
#include "model/card.h"

#include <algorithm>

#include "base/checked.h"
#include "gguf/shards.h"
#include "model/card_facts.h"
#include "model/chat_template.h"
#include "model/clean_text.h"
#include "model/file_type.h"
#include "model/layer_pattern.h"
#include "model/parameters.h"
#include "model/sampling.h"

namespace ggufit {

namespace {

std::string nameFromFile(const File & file) {
    if (file.shards.empty()) return {};
    std::string name = file.shards.front().name;
    if (const auto shard = parseShardName(name)) return shard->stem;
    constexpr std::string_view kEnding = ".gguf";
    const bool ends = name.size() > kEnding.size() && name.compare(name.size() - kEnding.size(), 5, kEnding) == 0;
    return ends ? name.substr(0, name.size() - kEnding.size()) : name;
}

std::string nameOf(const Model & model) {
    const Value * value = model.file.find("general.name");
    const std::string * given = value != nullptr ? value->asString() : nullptr;
    std::string name = given != nullptr ? cleanText(*given) : "";
    if (name.empty()) name = cleanText(nameFromFile(model.file));
    return name.empty() ? cleanText(model.architecture_name) : name;
}

/// Embedders of architectures that also generate are told by their pooling (llama.cpp: LLM_KV_POOLING_TYPE).
bool pools(const Hparams & hparams) {
    return hparams.pooling_type != PoolingType::none && hparams.pooling_type != PoolingType::unspecified;
}

/// Some architectures share the expert keys of a relative and have no such tensors. Of an unknown one only the keys
/// speak.
bool hasExperts(const Model & model, const Card & card) {
    if (model.hparams.n_expert == 0 || !model.known_architecture) return model.hparams.n_expert > 0;
    return std::any_of(card.layers.begin(), card.layers.end(), [](const LayerCard & layer) { return layer.experts; });
}

std::string kindOf(const Model & model, const Card & card) {
    switch (model.architecture->task) {
        case Task::generation: break;
        case Task::embedding: return "embedding";
        case Task::encoder_decoder: return "encoder-decoder";
        case Task::diffusion: return "diffusion";
        case Task::draft: return "draft";
        case Task::audio: return "audio";
    }
    if (pools(model.hparams)) return "embedding";
    const bool moe = hasExperts(model, card);
    if (model.architecture->cache == CacheKind::recurrent) return "recurrent";
    if (card.n_layer_recurrent > 0) return moe ? "hybrid MoE" : "hybrid";
    return moe ? "MoE" : "dense";
}

/// Shared experts by their key; where the file has none, by their tensors: how many experts' width they have together.
uint32_t sharedExperts(const Model & model) {
    if (model.hparams.n_expert == 0) return 0;
    if (model.hparams.n_expert_shared > 0) return model.hparams.n_expert_shared;
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        const Tensor & tensor = model.file.tensors[i];
        if (!model.roles[i].shared_expert || tensor.name.find("ffn_up_shexp") == std::string::npos) continue;
        const uint64_t width = model.hparams.n_ff_exp;
        return width != 0 && tensor.ne[1] % width == 0 ? static_cast<uint32_t>(tensor.ne[1] / width) : 1;
    }
    return 0;
}

void fillHparams(const Model & model, Card & card) {
    const Hparams & hparams = model.hparams;
    card.n_layer = hparams.n_layer();
    card.n_layer_nextn = hparams.n_layer_nextn;
    card.n_ctx_train = hparams.n_ctx_train;
    card.n_embd = hparams.n_embd;
    card.n_expert = hparams.n_expert;
    card.n_expert_used = hparams.n_expert > 0 ? hparams.n_expert_used : 0;
    card.n_expert_shared = sharedExperts(model);
    card.n_layer_dense_lead = hparams.n_expert > 0 ? hparams.n_layer_dense_lead : 0;
    card.n_vocab = hparams.n_vocab;
    card.mla = hparams.is_mla();
    for (uint32_t il = 0; il < std::min(hparams.n_layer_all, kMaxLayers); ++il) {
        card.n_head = std::max(card.n_head, hparams.n_head(il));
        card.n_head_kv = std::max(card.n_head_kv, hparams.n_head_kv(il));
    }
}

void fillLayers(const Model & model, Card & card) {
    card.layers = layerCards(model);
    for (uint32_t il = 0; il < card.layers.size(); ++il) {
        const LayerCard & layer = card.layers[il];
        if (layer.nextn) continue;
        const auto is = [&layer](std::string_view kind) { return layer.attention.find(kind) != std::string::npos; };
        card.n_layer_full += is("full") ? 1 : 0;
        card.n_layer_swa += is("sliding") || (is("shared") && model.hparams.is_swa(il)) ? 1 : 0;
        card.n_layer_full += is("shared") && !model.hparams.is_swa(il) ? 1 : 0;
        card.n_layer_recurrent += is("recurrent") ? 1 : 0;
        if (layer.weight_bytes > card.largest_layer_bytes) {
            card.largest_layer_bytes = layer.weight_bytes;
            card.largest_layer = il;
        }
    }
    card.n_swa = card.n_layer_swa > 0 ? model.hparams.n_swa : 0;
}

}  // namespace

Card describeModel(const Model & model) {
    Card card;
    card.name = nameOf(model);
    card.architecture = cleanText(model.architecture_name);
    fillHparams(model, card);
    fillLayers(model, card);
    card.kind = kindOf(model, card);

    CardEvidence evidence;
    evidence.parameters = countParameters(model);
    card.parameters = evidence.parameters.total;
    card.active_parameters = evidence.parameters.active;

    card.file_bytes = model.file.totalFileBytes();
    card.tensor_bytes = model.file.totalTensorBytes();
    if (card.parameters > 0) {
        card.bits_per_weight = static_cast<double>(card.tensor_bytes) * 8 / static_cast<double>(card.parameters);
    }
    card.types = typeShares(model.file);
    card.quantization = quantizationName(model.file, card.types);
    evidence.thinking = findThinking(model.file);
    card.thinking = evidence.thinking.thinking;

    SamplingKeys sampling = readSampling(model.file);
    card.sampling = std::move(sampling.defaults);
    evidence.refused_sampling = std::move(sampling.refused);
    card.facts = cardFacts(model, card, evidence);
    return card;
}

}  // namespace ggufit
