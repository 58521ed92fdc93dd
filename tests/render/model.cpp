// `ggufit inspect`: text and JSON of real and of hostile models.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "gguf/read.h"
#include "gguf/shards.h"
#include "render/json.h"
#include "render/shard_bytes.h"
#include "render/text.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/models.h"

using namespace ggufit;
using test::builtModel;
using test::GgufBuilder;
using test::goldenDifference;
using test::realModel;

namespace {

std::string textOf(const Model & model, const TextOptions & options = {}) {
    return renderModel(model, describeModel(model), options);
}

nlohmann::json jsonOf(const Model & model) { return nlohmann::json::parse(modelJson(model, describeModel(model))); }

GgufBuilder hostile() {
    return GgufBuilder()
        .string("general.architecture", "no\x1b]0;such\x07")
        .string("general.name", "\x1b[2J\xFF\xFEname\r\n" + std::string(100'000, 'y'))
        .string("evil\x1b[31mkey", std::string(10'000, 'z') + "\xE2\x82")
        .f32("not.a.number", std::numeric_limits<float>::quiet_NaN())
        .tensor("blk.0.\x1b[5mattn_q.weight", GgmlType::f16, {32, 2});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(text_of_a_sliding_moe_is_pinned) {
    BOOST_TEST(goldenDifference("inspect/gpt-oss-120b-f16.txt", textOf(realModel("gpt-oss-120b-f16"))) == "");
}

BOOST_AUTO_TEST_CASE(text_of_a_hybrid_moe_is_pinned) {
    BOOST_TEST(goldenDifference("inspect/qwen3-coder-next-q5_k_m.txt", textOf(realModel("qwen3-coder-next-q5_k_m"))) ==
               "");
}

// Two files, a chat template, sampling defaults of which one is nonsense, a stretched context, an unknown architecture.
BOOST_AUTO_TEST_CASE(text_of_a_split_model_with_everything_is_pinned) {
    const GgufBuilder first = GgufBuilder()
                                  .string("general.architecture", "newcomer")
                                  .string("general.name", "Newcomer 1")
                                  .string("general.organization", "Newcomer Labs")
                                  .string("general.license", "apache-2.0")
                                  .u32("newcomer.block_count", 2)
                                  .u32("newcomer.context_length", 131072)
                                  .u32("newcomer.embedding_length", 64)
                                  .u32("newcomer.attention.head_count", 4)
                                  .u32("newcomer.expert_count", 8)
                                  .u32("newcomer.expert_used_count", 2)
                                  .string("newcomer.rope.scaling.type", "yarn")
                                  .f32("newcomer.rope.scaling.factor", 4.0F)
                                  .u32("newcomer.rope.scaling.original_context_length", 32768)
                                  .f32("general.sampling.temp", 0.6F)
                                  .i32("general.sampling.top_k", 20)
                                  .f32("general.sampling.top_p", 7.0F)
                                  .string("tokenizer.chat_template", "{% if enable_thinking %}<think>{% endif %}")
                                  .u16("split.no", 0)
                                  .u16("split.count", 2)
                                  .i32("split.tensors.count", 5)
                                  .tensor("token_embd.weight", GgmlType::f16, {64, 96})
                                  .tensor("blk.0.attn_norm.weight", GgmlType::f32, {63})
                                  .tensor("blk.0.ffn_up_exps.weight", GgmlType::q8_0, {64, 32, 8});
    const GgufBuilder second = GgufBuilder()
                                   .u16("split.no", 1)
                                   .u16("split.count", 2)
                                   .i32("split.tensors.count", 5)
                                   .tensor("blk.1.ffn_up_exps.weight", GgmlType::q4_K, {256, 8, 8})
                                   .tensor("output.weight", GgmlType::q6_K, {256, 24});
    std::vector<File> files;
    for (const auto & [builder, name] :
         {std::pair{&first, "newcomer-00001-of-00002.gguf"}, {&second, "newcomer-00002-of-00002.gguf"}}) {
        auto file = readHeader(builder->build(), builder->fileBytes(), name);
        if (!file) BOOST_FAIL(file.error().text());
        files.push_back(std::move(*file));
    }
    auto joined = joinShards(std::move(files));
    if (!joined) BOOST_FAIL(joined.error().text());
    auto built = buildModel(std::move(*joined));
    if (!built) BOOST_FAIL(built.error().text());
    BOOST_TEST(goldenDifference("inspect/newcomer.txt", textOf(*built)) == "");
}

BOOST_AUTO_TEST_CASE(text_keeps_to_the_width_of_the_terminal) {
    for (const uint32_t width : {80U, 100U, 140U}) {
        for (const char * name : {"glm-4.7-flash-q4_k_m", "nemotron-3-nano-30b-a3b-q4_k_m", "llama-3.1-8b-q4_k_m"}) {
            const std::string text = textOf(realModel(name), {.colour = false, .width = width});
            for (size_t start = 0; start < text.size();) {
                const size_t end = text.find('\n', start);
                BOOST_TEST(displayWidth(std::string_view(text).substr(start, end - start)) <= width,
                           text.substr(start, end - start));
                start = end + 1;
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(colour_changes_nothing_but_colour) {
    const Model real = realModel("qwen3-30b-a3b-q4_k_m");
    std::string coloured = textOf(real, {.colour = true});
    BOOST_TEST(coloured.find('\x1b') != std::string::npos);
    for (size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
        coloured.erase(at, coloured.find('m', at) - at + 1);
    }
    BOOST_TEST(coloured == textOf(real));
}

BOOST_AUTO_TEST_CASE(nothing_of_a_hostile_file_acts_on_the_terminal) {
    const std::string text = textOf(builtModel(hostile(), "\x1b[31mfile\n.gguf"));
    for (const char c : text) BOOST_TEST((c == '\n' || static_cast<uint8_t>(c) >= 0x20));
    BOOST_TEST(text.size() < 10'000);
}

BOOST_AUTO_TEST_CASE(json_of_a_hostile_file_is_json_and_says_what_was_cut) {
    const nlohmann::json json = jsonOf(builtModel(hostile()));
    BOOST_TEST(json["metadata_cut"]["general.name"] == 100'000 + std::string_view("\x1b[2J\xFF\xFEname\r\n").size());
    BOOST_TEST(json["metadata"]["general.name"].get<std::string>().size() < 4200);
    BOOST_TEST(json["metadata"]["not.a.number"].is_null());
    BOOST_TEST(json["metadata"].contains("evil\x1b[31mkey"));
    BOOST_TEST(json["name"].get<std::string>().size() < 500);
}

BOOST_AUTO_TEST_CASE(json_has_the_card_the_shards_the_tensors_and_the_metadata) {
    const Model real = realModel("gpt-oss-120b-f16");
    const nlohmann::json json = jsonOf(real);
    BOOST_TEST(json["kind"] == "MoE");
    BOOST_TEST(json["n_expert"] == 128);
    BOOST_TEST(json["thinking"].is_null());
    BOOST_TEST(json["layers"].size() == 36);
    BOOST_TEST(json["layers"][0]["attention"] == "sliding");
    BOOST_TEST(json["tensors"].size() == 687);
    BOOST_TEST(json["tensors"][0]["name"] == "token_embd.weight");
    BOOST_TEST(json["tensors"][0]["ne"] == nlohmann::json({2880, 201088}));
    BOOST_TEST(json["metadata"]["gpt-oss.expert_used_count"] == 4);
    BOOST_TEST(json["metadata"]["general.name"] == "gpt-oss 120B shape");
    BOOST_TEST(json["metadata_cut"].empty());
}

BOOST_AUTO_TEST_CASE(json_keeps_short_arrays_and_counts_long_ones) {
    const nlohmann::json json = jsonOf(builtModel(GgufBuilder()
                                                      .string("general.architecture", "unheard-of")
                                                      .u32("unheard-of.block_count", 1)
                                                      .array("short", std::vector<uint32_t>{1, 2, 3})
                                                      .array("long", std::vector<float>(kKeptArrayElements + 1, 0.5F))
                                                      .tensor("a.weight", GgmlType::f32, {4})));
    BOOST_TEST(json["metadata"]["short"] == nlohmann::json({1, 2, 3}));
    BOOST_TEST(json["metadata"]["long"]["count"] == kKeptArrayElements + 1);
    BOOST_TEST(json["metadata"]["long"]["array_of"] == "f32");
}

BOOST_AUTO_TEST_CASE(header_padding_tensors_and_rest_sum_to_the_file) {
    for (const std::string & name : test::sampledModels()) {
        const Model real = realModel(name);
        for (const ShardBytes & shard : shardBytes(real.file)) {
            BOOST_TEST(shard.header_bytes + shard.padding_bytes + shard.tensor_bytes + shard.rest_bytes ==
                       shard.file_bytes);
            BOOST_TEST(shard.file_bytes == test::fileBytesOf(name));
            BOOST_TEST(shard.rest_bytes == 0, name);
        }
    }
}

BOOST_AUTO_TEST_CASE(many_metadata_keys_do_not_take_time_squared) {
    GgufBuilder builder;
    builder.string("general.architecture", "unheard-of")
        .u32("unheard-of.block_count", 1)
        .tensor("a.weight", GgmlType::f32, {4});
    for (int i = 0; i < 60'000; ++i) builder.u32("key." + std::to_string(i), 1);
    BOOST_TEST(jsonOf(builtModel(builder))["metadata"].size() == 60'002);
}

BOOST_AUTO_TEST_SUITE_END()
