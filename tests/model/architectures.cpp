// The table of architectures: complete, in order, and its rows as llama.cpp has them.
#include "model/architecture.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "model/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

// llama-arch.cpp, LLM_ARCH_NAMES, without the two that are no architecture ("clip", "(unknown)").
const std::vector<std::string> kNames = {
    "afmoe",
    "apertus",
    "arcee",
    "arctic",
    "arwkv7",
    "baichuan",
    "bailingmoe",
    "bailingmoe2",
    "bert",
    "bitnet",
    "bloom",
    "chameleon",
    "chatglm",
    "codeshell",
    "cogvlm",
    "cohere2",
    "cohere2moe",
    "command-r",
    "dbrx",
    "deci",
    "deepseek",
    "deepseek2",
    "deepseek2-ocr",
    "deepseek32",
    "deepseek4",
    "dflash",
    "dots1",
    "dream",
    "eagle3",
    "ernie4_5",
    "ernie4_5-moe",
    "eurobert",
    "exaone",
    "exaone-moe",
    "exaone4",
    "falcon",
    "falcon-h1",
    "gemma",
    "gemma-embedding",
    "gemma2",
    "gemma3",
    "gemma3n",
    "gemma4",
    "gemma4-assistant",
    "glm-dsa",
    "glm4",
    "glm4moe",
    "gpt-oss",
    "gpt2",
    "gptj",
    "gptneox",
    "granite",
    "granitehybrid",
    "granitemoe",
    "grok",
    "grovemoe",
    "hunyuan-dense",
    "hunyuan-moe",
    "hunyuan_vl",
    "hy_v3",
    "internlm2",
    "jais",
    "jais2",
    "jamba",
    "jina-bert-v2",
    "jina-bert-v3",
    "kimi-linear",
    "laguna",
    "lfm2",
    "lfm2moe",
    "llada",
    "llada-moe",
    "llama",
    "llama-embed",
    "llama4",
    "maincoder",
    "mamba",
    "mamba2",
    "mellum",
    "mimo2",
    "minicpm",
    "minicpm3",
    "minimax-m2",
    "minimax-m3",
    "mistral3",
    "mistral4",
    "modern-bert",
    "mpt",
    "nanbeige",
    "nemotron",
    "nemotron_h",
    "nemotron_h_moe",
    "neo-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "olmo",
    "olmo2",
    "olmoe",
    "openelm",
    "orion",
    "paddleocr",
    "pangu-embedded",
    "phi2",
    "phi3",
    "phimoe",
    "plamo",
    "plamo2",
    "plamo3",
    "plm",
    "qwen",
    "qwen2",
    "qwen2moe",
    "qwen2vl",
    "qwen3",
    "qwen35",
    "qwen35moe",
    "qwen3moe",
    "qwen3next",
    "qwen3tts",
    "qwen3vl",
    "qwen3vlmoe",
    "refact",
    "rnd1",
    "rwkv6",
    "rwkv6qwen2",
    "rwkv7",
    "seed_oss",
    "smallthinker",
    "smollm3",
    "stablelm",
    "starcoder",
    "starcoder2",
    "step35",
    "t5",
    "t5encoder",
    "talkie",
    "wavtokenizer-dec",
    "xverse",
};

std::set<std::string> namesWhere(bool (*holds)(const Architecture &)) {
    std::set<std::string> names;
    for (const Architecture * row : allArchitectures()) {
        if (holds(*row)) names.emplace(row->name);
    }
    return names;
}

void same(const std::set<std::string> & found, const std::set<std::string> & expected) {
    for (const auto & name : found) BOOST_TEST(expected.contains(name), name << " is not expected here");
    for (const auto & name : expected) BOOST_TEST(found.contains(name), name << " is missing");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(architectures)

BOOST_AUTO_TEST_CASE(has_a_row_for_every_name_of_llama_cpp) {
    for (const auto & name : kNames) {
        const Architecture * row = findArchitecture(name);
        BOOST_REQUIRE_MESSAGE(row != nullptr, name);
        BOOST_TEST(row->name == name);
    }
    BOOST_TEST(allArchitectures().size() == kNames.size());
}

BOOST_AUTO_TEST_CASE(rows_are_in_order_and_unique) {
    const auto rows = allArchitectures();
    for (size_t i = 1; i < rows.size(); ++i) BOOST_TEST((rows[i - 1]->name < rows[i]->name), rows[i]->name);
}

BOOST_AUTO_TEST_CASE(finds_exact_names_only) {
    for (const std::string name : {"", "LLAMA", "llam", "llama ", "zzz", "clip", "(unknown)"}) {
        BOOST_TEST(findArchitecture(name) == nullptr, name);
    }
}

BOOST_AUTO_TEST_CASE(encoders_and_diffusion_models_keep_no_cache) {
    same(namesWhere([](const Architecture & row) { return row.cache == CacheKind::none; }),
         {"bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert",
          "wavtokenizer-dec", "modern-bert", "gemma-embedding", "dream", "llada", "llada-moe", "rnd1"});
}

BOOST_AUTO_TEST_CASE(recurrent_and_hybrid_models_keep_states) {
    same(namesWhere([](const Architecture & row) { return row.cache == CacheKind::recurrent; }),
         {"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"});
    same(namesWhere([](const Architecture & row) { return row.cache == CacheKind::hybrid; }),
         {"jamba", "falcon-h1", "plamo2", "granitehybrid", "lfm2", "lfm2moe", "nemotron_h", "nemotron_h_moe",
          "qwen3next", "kimi-linear", "qwen35", "qwen35moe"});
    same(namesWhere([](const Architecture & row) { return row.supports_rs_rollback; }),
         {"qwen35", "qwen35moe", "deepseek4"});
}

BOOST_AUTO_TEST_CASE(split_by_tensor_is_refused_where_llama_cpp_refuses_it) {
    same(namesWhere([](const Architecture & row) { return !row.supports_sm_tensor; }),
         {"grok",    "mpt",        "plamo2",     "minicpm3",   "gemma3n",        "mamba",         "mamba2",
          "jamba",   "falcon-h1",  "olmo2",      "olmoe",      "deepseek2",      "deepseek32",    "deepseek4",
          "glm-dsa", "bitnet",     "t5",         "nemotron_h", "nemotron_h_moe", "granitehybrid", "lfm2",
          "lfm2moe", "minimax-m2", "minimax-m3", "mistral4",   "kimi-linear",    "qwen3tts"});
}

BOOST_AUTO_TEST_CASE(models_without_rope_are_llama_cpps) {
    same(namesWhere([](const Architecture & row) { return row.rope == RopeType::none && row.rope_of == nullptr; }),
         {"gpt2",
          "gptj",
          "mpt",
          "refact",
          "bloom",
          "mamba",
          "mamba2",
          "jamba",
          "jina-bert-v2",
          "t5",
          "t5encoder",
          "jais",
          "rwkv6",
          "rwkv6qwen2",
          "rwkv7",
          "arwkv7",
          "wavtokenizer-dec",
          "nemotron_h",
          "nemotron_h_moe",
          "kimi-linear"});
    same(namesWhere([](const Architecture & row) { return row.rope == RopeType::imrope; }),
         {"qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3tts"});
    same(namesWhere([](const Architecture & row) { return row.rope == RopeType::mrope; }), {"qwen2vl", "paddleocr"});
    same(namesWhere([](const Architecture & row) { return row.rope_of != nullptr; }),
         {"dflash", "glm4", "glm4moe", "hunyuan_vl"});
}

BOOST_AUTO_TEST_CASE(three_dimensional_positions_follow_from_the_sections) {
    const std::vector<int32_t> sections = {16, 24, 24, 0};
    const auto plain = modelOf(rmsDecoder("glm4"));
    const auto vision = modelOf(rmsDecoder("glm4").array("glm4.rope.dimension_sections", sections));
    BOOST_REQUIRE((plain.ok() && vision.ok()));
    BOOST_TEST((plain->hparams.rope_type == RopeType::norm));
    BOOST_TEST((vision->hparams.rope_type == RopeType::mrope));
    const auto hunyuan = modelOf(rmsDecoder("hunyuan_vl"));
    BOOST_REQUIRE(hunyuan.ok());
    BOOST_TEST((hunyuan->hparams.rope_type == RopeType::neox));
}

BOOST_AUTO_TEST_CASE(ties_the_output_where_the_loader_copies_the_embedding) {
    for (const std::string name :
         {"llama", "gemma", "gemma3", "command-r", "qwen2", "qwen3", "lfm2", "t5", "gemma-embedding", "glm4moe"}) {
        BOOST_TEST(findArchitecture(name)->tied_output, name);
    }
    for (const std::string name :
         {"bert", "bitnet", "gpt-oss", "qwen", "qwen2moe", "rwkv7", "eagle3", "codeshell", "step35"}) {
        BOOST_TEST(!findArchitecture(name)->tied_output, name);
    }
    same(namesWhere([](const Architecture & row) { return row.tied_input; }), {"codeshell"});
}

BOOST_AUTO_TEST_CASE(drafts_say_that_they_need_their_target) {
    same(namesWhere([](const Architecture & row) { return !row.needs_other_model.empty(); }),
         {"eagle3", "dflash", "gemma4-assistant"});
    const auto eagle = [] {
        return rmsDecoder("eagle3")
            .u32("eagle3.target_hidden_size", 128)
            .array("eagle3.target_layers", std::vector<int32_t>{1, 2, 3});
    };
    const auto bare = modelOf(eagle());
    BOOST_REQUIRE(bare.ok());
    BOOST_TEST(bare->needs_other_model);
    BOOST_TEST(bare->hparams.n_embd_inp_enc() == 3U * 128U);
    const auto complete = modelOf(
        eagle().tensor("token_embd.weight", GgmlType::f16, {64, 10}).tensor("output.weight", GgmlType::f16, {64, 10}));
    BOOST_REQUIRE(complete.ok());
    BOOST_TEST(!complete->needs_other_model);
}

BOOST_AUTO_TEST_SUITE_END()
