// One small function a group of facts. A source names keys of this file only where they are there.
#include "model/card_facts.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "base/phrase.h"
#include "base/units.h"
#include "model/clean_text.h"
#include "model/layer_pattern.h"

namespace ggufit {

namespace {

/// Collects facts, and knows which keys of the architecture the file has.
struct Facts {
    const Model & model;
    const Card & card;
    const Hparams & hparams;
    const CardEvidence & evidence;
    std::vector<Fact> list = {};

    void add(std::string key, std::string label, std::string value, std::string source) {
        list.push_back({std::move(key), std::move(label), std::move(value), std::move(source)});
    }

    [[nodiscard]] std::string whole(std::string_view suffix) const {
        return phrase("{}.{}", card.architecture, std::string(suffix));
    }
    [[nodiscard]] const Value * find(std::string_view suffix) const {
        return model.file.find(phrase("{}.{}", model.architecture_name, std::string(suffix)));
    }

    /// The keys of the architecture that the file has, joined; `otherwise` where it has none of them.
    [[nodiscard]] std::string keys(std::initializer_list<std::string_view> suffixes, std::string otherwise = "") const {
        std::string joined;
        for (const std::string_view suffix : suffixes) {
            if (find(suffix) != nullptr) joined += (joined.empty() ? "" : ", ") + whole(suffix);
        }
        return joined.empty() ? std::move(otherwise) : joined;
    }

    /// A text of the file, cleaned; empty where it is absent, no text or blank.
    [[nodiscard]] std::string text(std::string_view key, uint32_t max_characters = 120) const {
        const Value * value = model.file.find(key);
        const std::string * found = value != nullptr ? value->asString() : nullptr;
        return found != nullptr ? cleanText(*found, max_characters) : "";
    }
};

std::string percent(uint64_t part, uint64_t whole) {
    if (whole == 0) return "0 %";
    return formatFixed(static_cast<double>(part) * 100 / static_cast<double>(whole), 0) + " %";
}

std::string plural(uint64_t count, std::string_view one) {
    return phrase("{} {}{}", formatCount(count), std::string(one), count == 1 ? "" : "s");
}

std::string joined(const std::string & first, const std::string & second) {
    if (first.empty() || second.empty()) return first + second;
    return phrase("{}, {}", first, second);
}

// --- who made it --------------------------------------------------------------------------------------------------

void addIdentity(Facts & facts) {
    const bool named = !facts.text("general.name").empty();
    facts.add("name", "Name", facts.card.name, named ? "general.name" : "the file's name; general.name is missing");
    const std::string known = facts.model.known_architecture ? "" : " (not known to llama.cpp as of this version)";
    facts.add("architecture", "Architecture", facts.card.architecture + known, "general.architecture");

    for (const std::string_view key : {"general.author", "general.organization"}) {
        const std::string text = facts.text(key);
        if (text.empty()) continue;
        facts.add("author", "Made by", text, std::string(key));
        break;
    }
    const std::string base = facts.text("general.base_model.0.name");
    if (!base.empty()) facts.add("base_model", "Made from", base, "general.base_model.0.name");
    const std::string by = facts.text("general.quantized_by");
    if (!by.empty()) facts.add("quantized_by", "Quantized by", by, "general.quantized_by");
    const std::string license = facts.text("general.license");
    if (!license.empty()) facts.add("license", "License", license, "general.license");
}

// --- what it is ---------------------------------------------------------------------------------------------------

std::string kindSource(const Facts & facts) {
    const std::string & kind = facts.card.kind;
    std::string source = "general.architecture";
    if (kind == "embedding") source = joined(source, facts.keys({"pooling_type"}));
    if (facts.card.n_layer_recurrent > 0) {
        source = joined(source, facts.keys({"full_attention_interval", "attention.recurrent_layers", "ssm.state_size",
                                            "shortconv.l_cache", "wkv.head_size", "kda.head_dim"}));
    }
    const bool plain = kind == "dense" || kind == "hybrid";
    if (facts.card.n_expert > 0 && plain) return joined(source, "no blk.N.ffn_*_exps");
    if (facts.card.n_expert > 0) return joined(source, facts.keys({"expert_count"}));
    if (!plain) return source;
    if (facts.find("expert_count") != nullptr) return joined(source, facts.whole("expert_count") + " is 0");
    return joined(source, "no " + facts.whole("expert_count"));
}

void addKind(Facts & facts) {
    std::string value = facts.card.kind;
    const bool told = value == "MoE" || value == "hybrid MoE";
    const bool experts = facts.evidence.parameters.routed > 0;
    if (experts && !told) value += ", with experts";
    facts.add("kind", "Kind", value, kindSource(facts));
}

void addParameters(Facts & facts) {
    const ParameterCount & count = facts.evidence.parameters;
    facts.add("parameters", "Parameters", phrase("{} ({})", formatParameters(count.total), formatCount(count.total)),
              "elements of all " + plural(facts.model.file.tensors.size(), "tensor"));
    if (count.total == 0) return;

    std::string source =
        count.tied_output.empty() ? "one row of token_embd" : count.tied_output + " whole: it is the output too";
    if (count.routed > 0) {
        source += phrase(", blk.N.ffn_*_exps × {}/{}", std::to_string(facts.card.n_expert_used),
                         std::to_string(facts.card.n_expert));
    }
    source += ", all else whole";
    if (count.unread > 0)
        source += phrase(", none of the {} of MTP layers and skipped tensors", formatParameters(count.unread));
    facts.add("active_parameters", "Active per token", formatParameters(count.active), source);
}

void addLayers(Facts & facts) {
    std::string value = std::to_string(facts.card.n_layer);
    const std::string pattern = attentionPattern(facts.card.layers);
    if (!pattern.empty()) value += ": " + pattern;
    // Where no key says which layers differ, llama.cpp knows it of the architecture.
    const bool varied = pattern.rfind("all ", 0) != 0;
    const Value * heads = facts.find("attention.head_count_kv");
    const bool by_heads = heads != nullptr && heads->asArray() != nullptr;
    const std::string by =
        facts.keys({"full_attention_interval", "attention.recurrent_layers", "attention.sliding_window_pattern",
                    "attention.shared_kv_layers", by_heads ? "attention.head_count_kv" : ""},
                   "general.architecture");
    const std::string source = joined(facts.keys({"block_count"}, "blk.N.*"), varied ? by : "");
    facts.add("layers", "Layers", value, source);
    if (facts.card.n_layer_nextn > 0) {
        facts.add("nextn", "MTP layers",
                  std::to_string(facts.card.n_layer_nextn) + " more, not loaded unless asked for",
                  facts.keys({"nextn_predict_layers"}, "blk.N.nextn.*"));
    }
}

void addExperts(Facts & facts) {
    const Card & card = facts.card;
    if (card.n_expert == 0) return;
    std::string value = phrase("{}, {} used", formatCount(card.n_expert), formatCount(card.n_expert_used));
    std::string source = facts.keys({"expert_count", "expert_used_count"});
    if (card.n_expert_shared > 0) {
        value += phrase(", {} shared", formatCount(card.n_expert_shared));
        source = joined(source, facts.keys({"expert_shared_count"}, "blk.N.ffn_*_shexp"));
    }
    facts.add("experts", "Experts", value, source);

    const std::string where = expertPattern(card.layers);
    facts.add("expert_layers", "Layers with experts", where.empty() ? "none: the file has no expert tensors" : where,
              joined("blk.N.ffn_*_exps", facts.keys({"leading_dense_block_count", "interleave_moe_layer_step"})));
}

// --- attention and context ----------------------------------------------------------------------------------------

void addContext(Facts & facts) {
    facts.add("n_ctx_train", "Trained context", plural(facts.card.n_ctx_train, "token"),
              facts.keys({"context_length"}));
    const Value * type = facts.find("rope.scaling.type");
    const Value * factor = facts.find("rope.scaling.factor");
    const Value * original = facts.find("rope.scaling.original_context_length");
    const std::string * name = type != nullptr ? type->asString() : nullptr;
    const double times = factor != nullptr ? factor->asNumber().value_or(0) : 0;
    if (name == nullptr || *name == "none" || !(times > 1 && times <= 1e6)) return;
    std::string value =
        phrase("{} × {}", cleanText(*name, 20), formatFixed(times, times == static_cast<int>(times) ? 0 : 2));
    const uint64_t tokens = original != nullptr ? original->asUnsigned().value_or(0) : 0;
    if (tokens != 0) value += phrase(" from {} tokens", formatCount(tokens));
    facts.add("rope_scaling", "RoPE scaling", value,
              facts.keys({"rope.scaling.type", "rope.scaling.factor", "rope.scaling.original_context_length"}));
}

void addAttention(Facts & facts) {
    const Card & card = facts.card;
    const Hparams & hparams = facts.hparams;
    if (card.n_head > 0 && card.n_layer_full + card.n_layer_swa > 0) {
        uint32_t largest = 0;
        while (largest + 1 < hparams.n_layer_all && hparams.n_head(largest) != card.n_head) ++largest;
        const uint32_t size = card.mla ? hparams.n_embd_head_k_mla_impl : hparams.n_embd_head_k(largest);
        std::string value = phrase("{} of size {}", std::to_string(card.n_head), std::to_string(size));
        if (!card.mla) value += phrase(", {} KV", std::to_string(card.n_head_kv));
        facts.add("heads", "Attention heads", value,
                  facts.keys({"attention.head_count", card.mla ? "" : "attention.head_count_kv",
                              card.mla ? "attention.key_length_mla" : "attention.key_length"}));
    }
    if (card.mla) {
        const uint32_t width = hparams.n_embd_head_k_full;
        facts.add("mla", "MLA",
                  phrase("yes: one latent of {} per token and layer is cached, no values", std::to_string(width)),
                  facts.keys({"attention.key_length_mla", "attention.value_length_mla", "attention.kv_lora_rank"}));
    }
    if (card.n_swa > 0) {
        const bool chunks = hparams.swa_type == SwaType::chunked;
        facts.add("n_swa", chunks ? "Attention chunks" : "Sliding window",
                  phrase("{}{} in {} of {}", plural(card.n_swa, "token"),
                         hparams.swa_type == SwaType::symmetric ? " around" : "", std::to_string(card.n_layer_swa),
                         plural(card.n_layer, "layer")),
                  facts.keys({"attention.sliding_window", "attention.sliding_window_pattern"}, "llama.cpp's default"));
    }
    if (hparams.indexer_top_k > 0) {
        facts.add("indexer", "Sparse attention", "the best " + plural(hparams.indexer_top_k, "token"),
                  facts.keys({"attention.indexer.top_k"}));
    }
}

void addRecurrent(Facts & facts) {
    if (facts.card.n_layer_recurrent == 0) return;
    const Hparams & hparams = facts.hparams;
    // n_embd_s and n_embd_r of llama-hparams.cpp: the state proper, and the last inputs of a convolution or token
    // shift.
    std::string value;
    if (hparams.n_embd_s() > 0) value = formatCount(hparams.n_embd_s());
    if (hparams.n_embd_r() > 0) value += (value.empty() ? "" : " + ") + formatCount(hparams.n_embd_r());
    value += " values per layer and sequence, however long the context";
    facts.add("state", "Recurrent state", value,
              facts.keys({"ssm.state_size", "ssm.inner_size", "ssm.conv_kernel", "ssm.group_count",
                          "ssm.time_step_rank", "shortconv.l_cache", "wkv.head_size", "kda.head_dim"}));
}

void addWidths(Facts & facts) {
    facts.add("n_embd", "Embedding width", formatCount(facts.card.n_embd), facts.keys({"embedding_length"}));
    if (facts.card.n_vocab > 0) {
        facts.add("n_vocab", "Vocabulary", plural(facts.card.n_vocab, "token"),
                  facts.keys({"vocab_size"}, facts.model.file.find("tokenizer.ggml.tokens") != nullptr
                                                 ? "tokenizer.ggml.tokens"
                                                 : "token_embd.weight"));
    }
    static constexpr std::string_view kPooling[] = {"none", "mean", "CLS", "last", "rank"};
    const auto pooling = static_cast<size_t>(facts.hparams.pooling_type);
    if (facts.card.kind == "embedding" && pooling < std::size(kPooling)) {
        facts.add("pooling", "Pooling", std::string(kPooling[pooling]), facts.keys({"pooling_type"}, "not given"));
    }
}

// --- bytes --------------------------------------------------------------------------------------------------------

void addQuantization(Facts & facts) {
    const Card & card = facts.card;
    if (card.types.empty()) return;
    const Value * given = facts.model.file.find("general.file_type");
    const auto number = given != nullptr ? given->asUnsigned() : std::nullopt;
    const TypeShare & most = card.types.front();
    std::string source = "general.file_type";
    if (given == nullptr) {
        source = "types of the tensors; general.file_type is missing";
    } else if (card.quantization == most.type) {
        source = "types of the tensors; general.file_type is " + (number ? std::to_string(*number) : "no number");
    }
    const std::string share = percent(most.bytes, card.tensor_bytes) + " of the bytes";
    const bool named = card.quantization != most.type;
    facts.add(
        "quantization", "Quantization",
        named ? phrase("{}; {} are {}", card.quantization, share, most.type) : phrase("{} for {}", most.type, share),
        source);
    facts.add("bits_per_weight", "Bits per weight", formatFixed(card.bits_per_weight, 2),
              formatCount(card.tensor_bytes) + " tensor bytes × 8 / parameters");
    std::string bytes = formatGib(card.file_bytes);
    const size_t n_shards = facts.model.file.shards.size();
    if (n_shards > 1) bytes += " in " + plural(n_shards, "file");
    facts.add("file_bytes", "File size", bytes, n_shards > 1 ? "sizes of the files" : "size of the file");
    if (card.largest_layer_bytes == 0) return;
    std::string largest = formatGib(card.largest_layer_bytes);
    const uint64_t experts = card.layers[card.largest_layer].expert_bytes;
    if (experts > 0) largest += phrase(", {} of it experts", formatGib(experts));
    facts.add("largest_layer", "Largest layer", largest, phrase("blk.{}.*", std::to_string(card.largest_layer)));
}

// --- how to talk to it --------------------------------------------------------------------------------------------

void addThinking(Facts & facts) {
    const ThinkingMark & mark = facts.evidence.thinking;
    if (!mark.thinking) {
        facts.add("thinking", "Thinking", "not known", "no tokenizer.chat_template");
        return;
    }
    const std::string key = cleanText(mark.key);
    if (!*mark.thinking) {
        facts.add("thinking", "Thinking", "no", key + ": no mark of thinking in it");
        return;
    }
    std::string value = "yes";
    if (!mark.control.empty()) value += ", controlled by " + mark.control;
    facts.add("thinking", "Thinking", value, phrase("{}: {}", key, mark.mark));
}

void addSampling(Facts & facts) {
    std::string value;
    std::string source;
    for (const SamplingDefault & sampling : facts.card.sampling) {
        value += phrase("{}{} {}", value.empty() ? "" : " ", sampling.argument, sampling.value);
        source = joined(source, sampling.key);
    }
    const auto & refused = facts.evidence.refused_sampling;
    if (value.empty()) {
        value = refused.empty() ? "none in the file" : "none that can be used";
        source = refused.empty() ? "no general.sampling.*" : "general.sampling.*";
    }
    facts.add("sampling", "Sampling defaults", value, source);
    for (const std::string & sentence : refused)
        facts.add("sampling_refused", "Not used", sentence, "general.sampling.*");
}

}  // namespace

std::vector<Fact> cardFacts(const Model & model, const Card & card, const CardEvidence & evidence) {
    Facts facts{model, card, model.hparams, evidence};
    addIdentity(facts);
    addKind(facts);
    addParameters(facts);
    addLayers(facts);
    addExperts(facts);
    addContext(facts);
    addAttention(facts);
    addRecurrent(facts);
    addWidths(facts);
    addQuantization(facts);
    addThinking(facts);
    addSampling(facts);
    return std::move(facts.list);
}

}  // namespace ggufit
