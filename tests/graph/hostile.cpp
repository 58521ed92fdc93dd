// Graphs of files that lack tensors: every architecture refuses with a sentence or leaves the operations out.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "gguf/read.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "sched/reserve.h"
#include "support/gguf_builder.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// What `graph` says about these bytes; empty where the graph is built.
std::string refusal(const GgufBuilder & builder, Phase phase) {
    const auto file = readHeader(builder.build(), builder.fileBytes(), "test.gguf");
    if (!file) return file.error().text();
    const auto model = buildModel(*file);
    if (!model) return model.error().text();
    const Machine & machine = truthMachine("4090");
    const auto weights = placeWeights(*model, machine, Settings{});
    if (!weights) return weights.error().text();
    const auto cache = planCache(*model, machine, Settings{}, weights->layer_devices);
    if (!cache) return cache.error().text();
    const auto graph = scheduledGraph(*model, machine, Settings{}, *weights, *cache, phase);
    return graph ? "" : graph.error().text();
}

/// Two layers with a tensor of each usual name, all but the left-out one, in widths that do not always fit together.
GgufBuilder decoder(const std::string & architecture, const std::string & left_out) {
    GgufBuilder file;
    file.string("general.architecture", architecture);
    const auto key = [&](const char * name) { return architecture + "." + name; };
    for (const char * name : {"context_length", "embedding_length", "feed_forward_length", "vocab_size"}) {
        file.u32(key(name), 256);
    }
    file.u32(key("block_count"), 2).u32(key("attention.head_count"), 4).u32(key("attention.head_count_kv"), 4);
    file.f32(key("attention.layer_norm_rms_epsilon"), 1e-5F).f32(key("attention.layer_norm_epsilon"), 1e-5F);
    file.f32(key("logit_scale"), 0.5F).u32(key("attention.kv_lora_rank"), 16).u32(key("attention.q_lora_rank"), 16);
    file.boolean(key("use_parallel_residual"), true);
    file.array(key("rope.dimension_sections"), std::vector<uint32_t>{8, 12, 12, 0});
    file.u32(key("attention.sliding_window"), 64).f32(key("attention.max_alibi_bias"), 8.0F);
    const auto add = [&](const std::string & name, const std::string & block = "") {
        if (name == left_out) return;
        std::vector<uint64_t> ne = {256, name == "attn_qkv" ? 768U : 256U};
        if (name.ends_with("_norm")) ne = {name == "attn_q_norm" ? 64U : 256U};
        file.tensor(block + name + ".weight", GgmlType::f32, ne);
    };
    for (const char * name : {"token_embd", "output_norm", "output"}) {
        add(name);
    }
    for (const char * block : {"blk.0.", "blk.1."}) {
        for (const char * name : {"attn_norm", "attn_q", "attn_k", "attn_v", "attn_qkv", "attn_output", "ffn_norm",
                                  "ffn_up", "ffn_gate", "ffn_down", "attn_q_norm"}) {
            add(name, block);
        }
    }
    return file;
}

const std::vector<std::string> kDense = {
    "arcee",     "baichuan",  "bitnet",      "bloom",    "chameleon", "chatglm",        "codeshell", "cogvlm",
    "cohere2",   "command-r", "deci",        "ernie4_5", "exaone",    "exaone4",        "falcon",    "glm4",
    "gpt2",      "gptneox",   "hunyuan_vl",  "jais",     "jais2",     "llama",          "maincoder", "minicpm3",
    "mistral3",  "mpt",       "nanbeige",    "nemotron", "olmo",      "olmo2",          "openelm",   "orion",
    "paddleocr", "phi2",      "plamo",       "plamo3",   "plm",       "pangu-embedded", "qwen",      "qwen2",
    "qwen2vl",   "qwen3",     "qwen3tts",    "qwen3vl",  "refact",    "seed_oss",       "smollm3",   "stablelm",
    "starcoder", "talkie",    "llama-embed", "xverse",   "internlm2", "hunyuan-dense",  "starcoder2"};

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_hostile)

BOOST_AUTO_TEST_CASE(a_file_that_lacks_a_tensor_is_refused_or_built_without_it) {
    for (const std::string & architecture : kDense) {
        for (const char * left_out : {"", "token_embd", "output_norm", "output", "attn_norm", "attn_q", "attn_k",
                                      "attn_qkv", "attn_output", "ffn_norm", "ffn_up", "ffn_gate", "ffn_down"}) {
            for (const Phase phase : {Phase::prompt, Phase::decode}) {
                const std::string said = refusal(decoder(architecture, left_out), phase);
                BOOST_TEST((said.empty() || said.size() > architecture.size()), architecture << ": " << said);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_decoder_without_its_embeddings_is_refused) {
    for (const char * architecture : {"llama", "qwen2", "falcon", "phi2"}) {
        BOOST_TEST(!refusal(decoder(architecture, "token_embd"), Phase::prompt).empty(), architecture);
    }
}

BOOST_AUTO_TEST_SUITE_END()
