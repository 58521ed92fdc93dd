// Card and warnings as JSON.
#include "render/to_json.h"

#include <cmath>
#include <string_view>

#include "base/json.h"
#include "model/clean_text.h"

namespace ggufit {

namespace {

Json toJson(const TypeShare & share) {
    return object({{"type", share.type},
                   {"n_tensors", share.n_tensors},
                   {"parameters", share.parameters},
                   {"bytes", share.bytes}});
}

Json toJson(const SamplingDefault & sampling) {
    return object({{"key", sampling.key}, {"argument", sampling.argument}, {"value", sampling.value}});
}

Json toJson(const LayerCard & layer) {
    return object({{"attention", layer.attention},
                   {"experts", layer.experts},
                   {"nextn", layer.nextn},
                   {"weight_bytes", layer.weight_bytes},
                   {"expert_bytes", layer.expert_bytes}});
}

Json toJson(const Fact & fact) {
    return object({{"key", fact.key}, {"label", fact.label}, {"value", fact.value}, {"source", fact.source}});
}

template <typename T>
Json listOf(const std::vector<T> & values) {
    Json list = Json::array();
    for (const T & value : values) list.push_back(toJson(value));
    return list;
}

}  // namespace

double roundedSpeed(double speed) {
    const double steps = speed < 0.1 ? 1e6 : 100;
    return std::round(speed * steps) / steps;
}

Json toJson(const SpeedEstimate & speed) {
    Json parts = Json::array();
    for (const SpeedPart & part : speed.parts)
        parts.push_back(object({{"name", part.name}, {"seconds", std::round(part.seconds * 1e9) / 1e9}}));
    return object({{"fill_tokens", speed.fill_tokens},
                   {"decode_tokens_per_second", roundedSpeed(speed.decode_tokens_per_second)},
                   {"decode_low", roundedSpeed(speed.decode_low)},
                   {"decode_high", roundedSpeed(speed.decode_high)},
                   {"prompt_tokens_per_second", roundedSpeed(speed.prompt_tokens_per_second)},
                   {"bound_by", speed.bound_by},
                   {"assumed", speed.assumed},
                   {"parts", std::move(parts)}});
}

Json toJson(const Card & card) {
    Json json = object({{"name", card.name},
                        {"architecture", card.architecture},
                        {"kind", card.kind},
                        {"parameters", card.parameters},
                        {"active_parameters", card.active_parameters},
                        {"n_layer", card.n_layer},
                        {"n_layer_nextn", card.n_layer_nextn},
                        {"n_ctx_train", card.n_ctx_train},
                        {"n_embd", card.n_embd},
                        {"n_head", card.n_head},
                        {"n_head_kv", card.n_head_kv},
                        {"n_expert", card.n_expert},
                        {"n_expert_used", card.n_expert_used},
                        {"n_expert_shared", card.n_expert_shared},
                        {"n_layer_dense_lead", card.n_layer_dense_lead},
                        {"n_vocab", card.n_vocab},
                        {"n_swa", card.n_swa},
                        {"n_layer_full", card.n_layer_full},
                        {"n_layer_swa", card.n_layer_swa},
                        {"n_layer_recurrent", card.n_layer_recurrent},
                        {"mla", card.mla},
                        {"file_bytes", card.file_bytes},
                        {"tensor_bytes", card.tensor_bytes},
                        {"bits_per_weight", card.bits_per_weight},
                        {"quantization", card.quantization},
                        {"types", listOf(card.types)},
                        {"largest_layer_bytes", card.largest_layer_bytes},
                        {"largest_layer", card.largest_layer}});
    json["thinking"] = card.thinking ? Json(*card.thinking) : Json(nullptr);
    json["sampling"] = listOf(card.sampling);
    json["layers"] = listOf(card.layers);
    json["facts"] = listOf(card.facts);
    return json;
}

Json toJson(const std::vector<Warning> & warnings) {
    Json list = Json::array();
    for (const Warning & warning : warnings)
        list.push_back(object({{"text", warning.text}, {"remedy", warning.remedy}}));
    return list;
}

Json toJson(const ComputeExplanation & explanation) {
    Json peaks = Json::array();
    for (const ComputePeak & peak : explanation.peaks) {
        Json alive = Json::array();
        for (const AliveTensor & tensor : peak.alive) {
            alive.push_back(object({{"name", tensor.name},
                                    {"meaning", tensor.meaning},
                                    {"type", traitsOf(tensor.type).name},
                                    {"ne", tensor.ne},
                                    {"bytes", tensor.bytes},
                                    {"count", tensor.count}}));
        }
        peaks.push_back(object({{"device", peak.device},
                                {"bytes", peak.bytes},
                                {"alive", std::move(alive)},
                                {"others_bytes", peak.others_bytes},
                                {"gaps_bytes", peak.gaps_bytes}}));
    }
    Json levers = Json::array();
    for (const ComputeLever & lever : explanation.levers) {
        levers.push_back(object({{"argument", lever.argument},
                                 {"saved_bytes", lever.saved_bytes},
                                 {"host_saved_bytes", lever.host_saved_bytes}}));
    }
    return object({{"peaks", std::move(peaks)}, {"levers", std::move(levers)}});
}

std::string writeJson(const Json & json, int indentation) {
    const std::string text = dumpJson(json, indentation) + "\n";
    std::string safe;
    size_t kept = 0;  // all before it is in `safe`
    for (size_t i = 0; i < text.size();) {
        const bool plain = static_cast<uint8_t>(text[i]) < 0x7F;  // JSON itself escapes what is below a blank
        const CodePoint c = plain ? CodePoint{0, 1, true} : decodeUtf8(text, i);
        if (!plain && isControl(c.value)) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            safe.append(text, kept, i - kept).append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) safe += kDigits[(c.value >> shift) & 15];
            kept = i + c.n_bytes;
        }
        i += c.n_bytes;
    }
    return kept == 0 ? text : safe.append(text, kept);
}

}  // namespace ggufit
