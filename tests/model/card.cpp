// The card as a whole: what each kind of model is called, and that every fact names a place that is there.
#include "model/card.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>

#include "model/clean_text.h"
#include "support/data.h"
#include "support/models.h"

using namespace ggufit;
using test::builtModel;
using test::GgufBuilder;
using test::realModel;

namespace {

Card cardOf(const std::string & name) { return describeModel(realModel(name)); }

/// A llama of two layers, small enough to read here.
GgufBuilder tinyLlama() {
    GgufBuilder builder;
    builder.string("general.architecture", "llama")
        .u32("llama.context_length", 4096)
        .u32("llama.embedding_length", 64)
        .u32("llama.block_count", 2)
        .u32("llama.feed_forward_length", 128)
        .u32("llama.attention.head_count", 4)
        .u32("llama.attention.head_count_kv", 2)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-6F)
        .u32("llama.vocab_size", 96)
        .tensor("token_embd.weight", GgmlType::f16, {64, 96})
        .tensor("output_norm.weight", GgmlType::f32, {64});
    for (const std::string block : {"blk.0.", "blk.1."}) {
        builder.tensor(block + "attn_norm.weight", GgmlType::f32, {64})
            .tensor(block + "attn_q.weight", GgmlType::q8_0, {64, 64})
            .tensor(block + "attn_k.weight", GgmlType::q8_0, {64, 32})
            .tensor(block + "attn_v.weight", GgmlType::q8_0, {64, 32})
            .tensor(block + "attn_output.weight", GgmlType::q8_0, {64, 64})
            .tensor(block + "ffn_norm.weight", GgmlType::f32, {64})
            .tensor(block + "ffn_gate.weight", GgmlType::q8_0, {64, 128})
            .tensor(block + "ffn_up.weight", GgmlType::q8_0, {64, 128})
            .tensor(block + "ffn_down.weight", GgmlType::q8_0, {128, 64});
    }
    return builder;
}

std::string factOf(const Card & card, std::string_view key) {
    for (const Fact & fact : card.facts) {
        if (fact.key == key) return fact.value;
    }
    return "(no such fact)";
}

std::string sourceOf(const Card & card, std::string_view key) {
    for (const Fact & fact : card.facts) {
        if (fact.key == key) return fact.source;
    }
    return "(no such fact)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(card)

BOOST_AUTO_TEST_CASE(kinds_come_from_what_the_model_is) {
    const std::map<std::string, std::string> kinds = {
        {"llama-3.1-8b-q4_k_m", "dense"},
        {"gemma-3-27b-q4_k_m", "dense"},
        {"glm-4.7-flash-q8_0", "MoE"},  // "felt" dense to somebody once
        {"gpt-oss-120b-f16", "MoE"},
        {"glm-4.5-air-q4_k_m", "MoE"},
        {"qwen3-coder-next-q5_k_m", "hybrid MoE"},
        {"nemotron-3-nano-30b-a3b-q4_k_m", "hybrid MoE"},
        {"lfm2-1.2b-q8_0", "hybrid"},
        {"falcon-h1-dense", "hybrid"},
        {"mamba-2.8b-f16", "recurrent"},
        {"mamba2-dense", "recurrent"},
        {"nomic-embed-f16", "embedding"},
        {"dream-dense", "diffusion"},
        {"rnd1-moe", "diffusion"},
        {"qwen3tts-dense", "audio"},
        {"paddleocr-moe", "dense"},  // has expert_count and no experts
    };
    for (const auto & [model, kind] : kinds)
        BOOST_TEST(cardOf(model).kind == kind, model << ": " << cardOf(model).kind);
}

BOOST_AUTO_TEST_CASE(a_name_decides_nothing) {
    GgufBuilder builder = tinyLlama();
    builder.string("general.name", "Mixtral 8x7B MoE Thinking Embedding");
    const Card card = describeModel(builtModel(builder, "deepseek-r1-671b.gguf"));
    BOOST_TEST(card.kind == "dense");
    BOOST_TEST(!card.thinking.has_value());
    BOOST_TEST(card.parameters == 96 * 64 + 64 + 2 * (2 * 64 + 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128));
}

BOOST_AUTO_TEST_CASE(a_generator_with_pooling_is_an_embedder) {
    GgufBuilder builder = tinyLlama();
    builder.u32("llama.pooling_type", 3);
    const Card card = describeModel(builtModel(builder));
    BOOST_TEST(card.kind == "embedding");
    BOOST_TEST(factOf(card, "pooling") == "last");
    BOOST_TEST(sourceOf(card, "kind") == "general.architecture, llama.pooling_type");
}

BOOST_AUTO_TEST_CASE(layers_are_counted_by_kind_and_sum_to_all) {
    const Card qwen = cardOf("qwen3-coder-next-q5_k_m");
    BOOST_TEST(qwen.n_layer == 48);
    BOOST_TEST(qwen.n_layer_full == 12);  // full_attention_interval 4
    BOOST_TEST(qwen.n_layer_recurrent == 36);
    BOOST_TEST(factOf(qwen, "layers") == "48: 12 full attention (every 4th), 36 recurrent");

    const Card gpt = cardOf("gpt-oss-120b-f16");
    BOOST_TEST(gpt.n_layer_swa == 18);
    BOOST_TEST(gpt.n_layer_full == 18);
    BOOST_TEST(gpt.n_swa == 128);
    BOOST_TEST(gpt.layers[0].attention == "sliding");

    const Card gemma = cardOf("gemma-3-27b-q4_k_m");  // five sliding, one full; 62 layers
    BOOST_TEST(gemma.n_layer_full == 10);
    BOOST_TEST(gemma.n_layer_swa == 52);
    BOOST_TEST(factOf(gemma, "layers") == "62: 10 full attention (every 6th), 52 sliding window");

    const Card nemotron = cardOf("nemotron-3-nano-30b-a3b-q4_k_m");  // 52: 6 attention, 23 Mamba-2, 23 MoE
    BOOST_TEST(nemotron.n_layer_full == 6);
    BOOST_TEST(nemotron.n_layer_recurrent == 23);
    BOOST_TEST(std::count_if(nemotron.layers.begin(), nemotron.layers.end(),
                             [](const LayerCard & layer) { return layer.attention == "none" && layer.experts; }) == 23);

    const Card both = cardOf("falcon-h1-dense");
    BOOST_TEST(both.layers[0].attention == "full+recurrent");
    BOOST_TEST(both.n_layer_full == both.n_layer);
    BOOST_TEST(both.n_layer_recurrent == both.n_layer);
}

BOOST_AUTO_TEST_CASE(experts_are_described_with_their_layers) {
    const Card glm = cardOf("glm-4.7-flash-q4_k_m");
    BOOST_TEST(glm.n_expert == 64);
    BOOST_TEST(glm.n_expert_used == 4);
    BOOST_TEST(glm.n_expert_shared == 1);
    BOOST_TEST(glm.n_layer_dense_lead == 1);
    BOOST_TEST(glm.mla);
    BOOST_TEST(factOf(glm, "experts") == "64, 4 used, 1 shared");
    BOOST_TEST(factOf(glm, "expert_layers") == "46 of 47 layers (all but blk 0)");
    BOOST_TEST(sourceOf(glm, "experts") ==
               "deepseek2.expert_count, deepseek2.expert_used_count, deepseek2.expert_shared_count");
    BOOST_TEST(factOf(cardOf("llama4-moe"), "expert_layers") == "2 of 4 layers (every other)");
    BOOST_TEST(!glm.layers[0].experts);
    BOOST_TEST(glm.layers[1].expert_bytes > 0);
    BOOST_TEST(glm.layers[1].expert_bytes < glm.layers[1].weight_bytes);
}

BOOST_AUTO_TEST_CASE(mtp_layers_stand_apart) {
    const Card card = cardOf("glm-4.5-air-q4_k_m");
    BOOST_TEST(card.n_layer == 46);
    BOOST_TEST(card.n_layer_nextn == 1);
    BOOST_TEST(card.layers.size() == 47);
    BOOST_TEST(card.layers[46].nextn);
    BOOST_TEST(card.n_layer_full == 46);
}

// llama.cpp: bits per weight = tensor bytes × 8 / elements.
BOOST_AUTO_TEST_CASE(bits_per_weight_are_tensor_bytes_over_parameters) {
    // Q8_0 stores 32 weights in 34 bytes, which is 8.5 bits; norms are f32 and few.
    const Card card = cardOf("llama-3.2-1b-q8_0");
    BOOST_TEST(card.bits_per_weight == 8.5, boost::test_tools::tolerance(0.001));
    BOOST_TEST(card.quantization == "Q8_0");
    // An F16 by its label, 4.25-bit MXFP4 by its bytes: both are said.
    const Card gpt = cardOf("gpt-oss-120b-f16");
    BOOST_TEST(gpt.quantization == "F16");
    BOOST_TEST(gpt.types.front().type == "mxfp4");
    BOOST_TEST(gpt.bits_per_weight < 5);
}

BOOST_AUTO_TEST_CASE(largest_layer_is_the_largest_of_those_that_are_loaded) {
    for (const char * name : {"llama-3.1-8b-q4_k_m", "deepseek-v3.1-q4_k_m", "glm-4.5-air-q4_k_m"}) {
        const Card card = cardOf(name);
        uint64_t largest = 0;
        for (const LayerCard & layer : card.layers) {
            if (!layer.nextn) largest = std::max(largest, layer.weight_bytes);
        }
        BOOST_TEST(card.largest_layer_bytes == largest, name);
        BOOST_TEST(card.layers[card.largest_layer].weight_bytes == largest, name);
    }
}

BOOST_AUTO_TEST_CASE(every_key_that_a_source_names_is_in_the_file) {
    for (const std::string & name : test::allModels()) {
        const Model model = realModel(name);
        const Card card = describeModel(model);
        for (const Fact & fact : card.facts) {
            BOOST_TEST(!fact.label.empty(), name);
            BOOST_TEST(!fact.value.empty(), name << " " << fact.key);
            BOOST_TEST(!fact.source.empty(), name << " " << fact.key);
            size_t start = 0;
            while (start < fact.source.size()) {
                const size_t end = std::min(fact.source.find(", ", start), fact.source.size());
                const std::string word = fact.source.substr(start, end - start);
                start = end + 2;
                if (word.rfind(card.architecture + ".", 0) != 0 || word.find(' ') != std::string::npos) continue;
                BOOST_TEST((model.file.find(word) != nullptr), name << ": " << fact.key << " names " << word);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(layer_bytes_and_the_rest_sum_to_the_tensors) {
    for (const char * name : {"qwen3-coder-next-q5_k_m", "gemma-3-4b-q4_0", "nomic-embed-f16"}) {
        const Model model = realModel(name);
        uint64_t bytes = 0;
        for (const LayerCard & layer : describeModel(model).layers) bytes += layer.weight_bytes;
        for (size_t i = 0; i < model.file.tensors.size(); ++i) {
            if (model.roles[i].block < 0) bytes += model.file.tensors[i].n_bytes;
        }
        BOOST_TEST(bytes == model.file.totalTensorBytes(), name);
    }
}

BOOST_AUTO_TEST_CASE(strings_of_the_file_are_cleaned) {
    GgufBuilder builder = tinyLlama();
    builder.string("general.name", "Evil\n[section]\x1b[31m\xFF" + std::string(1'000'000, 'x'))
        .string("general.author", "a\tb\r\nc")
        .string("tokenizer.chat_template.\x1b[5m\n", "<think>");
    const Card card = describeModel(builtModel(builder));
    BOOST_TEST(card.name.substr(0, 20) == "Evil [section] [31m\xEF");
    BOOST_TEST(factOf(card, "author") == "a b c");
    for (const Fact & fact : card.facts) {
        for (const std::string & text : {fact.value, fact.source}) {
            BOOST_TEST(text.size() < 1000, fact.key);
            for (size_t i = 0; i < text.size();) {
                const CodePoint c = decodeUtf8(text, i);
                BOOST_TEST((c.valid && !isControl(c.value)), fact.key);
                i += c.n_bytes;
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_file_without_a_name_is_called_by_its_file) {
    BOOST_TEST(describeModel(builtModel(tinyLlama(), "my-model.gguf")).name == "my-model");
    BOOST_TEST(describeModel(builtModel(tinyLlama(), "my-model-00001-of-00001.gguf")).name == "my-model");
    BOOST_TEST(describeModel(builtModel(tinyLlama(), "")).name == "llama");
    GgufBuilder blank = tinyLlama();
    blank.string("general.name", " \n\t ");
    BOOST_TEST(describeModel(builtModel(blank, "x.gguf")).name == "x");
}

BOOST_AUTO_TEST_CASE(an_unknown_file_type_is_said_and_the_types_are_named_instead) {
    GgufBuilder builder = tinyLlama();
    builder.u32("general.file_type", 9999);
    const Card card = describeModel(builtModel(builder));
    BOOST_TEST(card.quantization == "q8_0");
    BOOST_TEST(sourceOf(card, "quantization") == "types of the tensors; general.file_type is 9999");
}

BOOST_AUTO_TEST_CASE(sampling_and_thinking_reach_the_card) {
    GgufBuilder builder = tinyLlama();
    builder.f32("general.sampling.temp", 0.6F)
        .i32("general.sampling.top_k", 20)
        .f32("general.sampling.top_p", 7.0F)
        .string("tokenizer.chat_template", "{% if enable_thinking %}<think>{% endif %}");
    const Card card = describeModel(builtModel(builder));
    BOOST_TEST((card.thinking == true));
    BOOST_TEST(factOf(card, "thinking") == "yes, controlled by enable_thinking");
    BOOST_TEST(sourceOf(card, "thinking") == "tokenizer.chat_template: <think>");
    BOOST_TEST(factOf(card, "sampling") == "--top-k 20 --temp 0.6");
    BOOST_TEST(sourceOf(card, "sampling") == "general.sampling.top_k, general.sampling.temp");
    BOOST_TEST(factOf(card, "sampling_refused") == "general.sampling.top_p: 7 is not between 0 and 1");
}

BOOST_AUTO_TEST_SUITE_END()
