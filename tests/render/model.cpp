// `ggufit inspect`: text and JSON of real and of hostile models.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <nlohmann/json.hpp>

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
    for (const std::string & name : test::allModels()) {
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
