// Split models: names, order, totals, and which shard is missing, doubled or of another model.
#include "gguf/shards.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gguf/read.h"
#include "support/gguf_builder.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

File headerOf(const GgufBuilder & builder, const std::string & name) {
    auto file = readHeader(builder.build(), builder.fileBytes(), name);
    BOOST_REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().text()));
    return std::move(file.value());
}

/// Shard `index` (1-based) of three as llama.cpp splits them: only the first has the model's metadata.
GgufBuilder shardOf(uint32_t index, int32_t n_tensors = 4) {
    GgufBuilder builder;
    if (index == 1) builder.string("general.architecture", "llama");
    builder.u16("split.no", static_cast<uint16_t>(index - 1))
        .u16("split.count", 3)
        .i32("split.tensors.count", n_tensors);
    if (index == 1) builder.tensor("first", GgmlType::f32, {10});
    if (index == 2) builder.tensor("second", GgmlType::f32, {20}).tensor("third", GgmlType::f32, {30});
    if (index == 3) builder.tensor("fourth", GgmlType::f32, {40});
    return builder;
}

std::string nameOf(uint32_t index) { return "big-0000" + std::to_string(index) + "-of-00003.gguf"; }

File shard(uint32_t index) { return headerOf(shardOf(index), nameOf(index)); }

void expectFault(std::vector<File> files, const std::string & where, const std::string & words) {
    const auto joined = joinShards(std::move(files));
    BOOST_REQUIRE(!joined.ok());
    BOOST_TEST(errorCodeName(joined.error().code) == "input");
    BOOST_TEST(joined.error().where == where);
    BOOST_TEST(joined.error().detail.find(words) != std::string::npos,
               joined.error().detail << " does not say: " << words);
}

BOOST_AUTO_TEST_SUITE(shard_names)

BOOST_AUTO_TEST_CASE(a_shard_name_has_stem_number_and_count) {
    const auto name = parseShardName("GLM-4.5-Air-Q4_K_M-00002-of-00006.gguf");
    BOOST_REQUIRE(name.has_value());
    BOOST_TEST(name->stem == "GLM-4.5-Air-Q4_K_M");
    BOOST_TEST(name->index == 2);
    BOOST_TEST(name->count == 6);
    BOOST_TEST(shardFileName(*name, 6) == "GLM-4.5-Air-Q4_K_M-00006-of-00006.gguf");
}

BOOST_AUTO_TEST_CASE(numbers_beyond_five_digits_are_written_as_they_are) {
    const auto name = parseShardName("m-100000-of-123456.gguf");
    BOOST_REQUIRE(name.has_value());
    BOOST_TEST(name->index == 100000);
    BOOST_TEST(shardFileName(*name, 7) == "m-00007-of-123456.gguf");
}

BOOST_AUTO_TEST_CASE(a_stem_may_itself_look_like_a_shard) {
    const auto name = parseShardName("m-00001-of-00002-00002-of-00003.gguf");
    BOOST_REQUIRE(name.has_value());
    BOOST_TEST(name->stem == "m-00001-of-00002");
}

BOOST_AUTO_TEST_CASE(other_names_are_no_shards) {
    for (const char * name :
         {"", "model.gguf", "model-00001-of-00002", "model-00001-of-00002.GGUF", "model-1-of-2.gguf",
          "model-00003-of-00002.gguf", "model-00000-of-00002.gguf", "-00001-of-00002.gguf", "00001-of-00002.gguf",
          "model-000001-of-00002.gguf", "model-00001-of-.gguf", "model-00001-00002.gguf", "model-0000x-of-00002.gguf",
          "model-99999999999-of-99999999999.gguf"}) {
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(!parseShardName(name).has_value()); }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(joining)

BOOST_AUTO_TEST_CASE(shards_given_in_any_order_are_joined_in_theirs) {
    std::vector<File> files;
    for (const uint32_t index : {3u, 1u, 2u}) files.push_back(shard(index));
    const auto joined = joinShards(std::move(files));
    BOOST_REQUIRE_MESSAGE(joined.ok(), (joined.ok() ? "" : joined.error().text()));
    BOOST_REQUIRE_EQUAL(joined->shards.size(), 3);
    BOOST_REQUIRE_EQUAL(joined->tensors.size(), 4);
    const std::vector<std::pair<std::string, uint32_t>> expected = {
        {"first", 0}, {"second", 1}, {"third", 1}, {"fourth", 2}};
    for (size_t i = 0; i < expected.size(); i++) {
        BOOST_TEST(joined->tensors[i].name == expected[i].first);
        BOOST_TEST(joined->tensors[i].shard == expected[i].second);
        BOOST_TEST(joined->findTensor(expected[i].first) == &joined->tensors[i]);
    }
    BOOST_TEST(joined->shards[1].name == nameOf(2));
    BOOST_TEST(*joined->find("general.architecture")->asString() == "llama");
    BOOST_TEST(joined->find("split.no")->asUnsigned().value() == 0);
}

BOOST_AUTO_TEST_CASE(totals_are_those_of_all_shards) {
    std::vector<File> files;
    uint64_t file_bytes = 0;
    for (const uint32_t index : {1u, 2u, 3u}) {
        files.push_back(shard(index));
        file_bytes += shardOf(index).fileBytes();
    }
    const auto joined = joinShards(std::move(files));
    BOOST_REQUIRE(joined.ok());
    BOOST_TEST(joined->totalFileBytes() == file_bytes);
    BOOST_TEST(joined->totalTensorBytes() == 4 * (10 + 20 + 30 + 40));
}

BOOST_AUTO_TEST_CASE(an_unsplit_file_is_returned_as_it_is) {
    std::vector<File> files;
    files.push_back(headerOf(GgufBuilder().u32("a", 1).tensor("t", GgmlType::f32, {1}), "model.gguf"));
    const auto joined = joinShards(std::move(files));
    BOOST_REQUIRE(joined.ok());
    BOOST_TEST(joined->shards.front().name == "model.gguf");
    BOOST_TEST(joined->findTensor("t") != nullptr);
    BOOST_TEST(joined->find("a") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_set_of_one_shard_is_an_unsplit_file) {
    std::vector<File> files;
    files.push_back(headerOf(GgufBuilder().u16("split.no", 0).u16("split.count", 1), "model-00001-of-00001.gguf"));
    BOOST_TEST(joinShards(std::move(files)).ok());
}

BOOST_AUTO_TEST_CASE(nothing_given_is_an_error) { expectFault({}, "", "no file was given"); }

BOOST_AUTO_TEST_CASE(a_missing_shard_is_named) {
    expectFault({shard(1), shard(3)}, nameOf(1), "shard 2 of 3 (big-00002-of-00003.gguf) is missing:");
    expectFault({shard(2)}, nameOf(2), "shard 1 of 3 (big-00001-of-00003.gguf) is missing (and 1 more)");
    expectFault({headerOf(shardOf(1), "renamed.gguf")}, "renamed.gguf", "shard 2 of 3 is missing");
}

BOOST_AUTO_TEST_CASE(a_shard_given_twice_is_named) {
    expectFault({shard(1), headerOf(shardOf(2), "b.gguf"), headerOf(shardOf(2), "c.gguf"), shard(3)}, "c.gguf",
                "shard 2 of 3 is given twice, also as b.gguf");
}

BOOST_AUTO_TEST_CASE(a_shard_of_another_model_is_named) {
    const auto four = GgufBuilder().u16("split.no", 1).u16("split.count", 4);
    expectFault({shard(1), headerOf(four, "x.gguf")}, "x.gguf",
                "this shard is of another model than shard 1 of 3 (big-00001-of-00003.gguf): it is one of 4 shards");
    expectFault({shard(1), headerOf(shardOf(2, 99), nameOf(2)), shard(3)}, nameOf(2), "split.tensors.count is 99");
    expectFault({shard(1), headerOf(shardOf(2), "other-00002-of-00003.gguf"), shard(3)}, "other-00002-of-00003.gguf",
                "their names differ before the number");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_shard_is_named) {
    const auto whole = GgufBuilder().string("general.architecture", "llama");
    expectFault({shard(1), headerOf(whole, "whole.gguf")}, "whole.gguf", "this file is no shard");
    expectFault({headerOf(whole, "a.gguf"), headerOf(whole, "b.gguf")}, "a.gguf", "this file is no shard");
}

BOOST_AUTO_TEST_CASE(a_name_that_contradicts_the_header_is_named) {
    expectFault({shard(1), headerOf(shardOf(2), nameOf(3)), headerOf(shardOf(3), nameOf(2))}, nameOf(3),
                "by its name this is shard 3 of 3, but by its header it is shard 2 of 3");
}

BOOST_AUTO_TEST_CASE(places_that_make_no_sense_are_named) {
    expectFault({headerOf(GgufBuilder().u16("split.no", 5).u16("split.count", 3), "a.gguf")}, "a.gguf",
                "split.no is 5");
    expectFault({headerOf(GgufBuilder().u16("split.count", 3), "a.gguf")}, "a.gguf", "has no split.no");
    expectFault({headerOf(GgufBuilder().u16("split.no", 0).u64("split.count", UINT64_MAX), "a.gguf")}, "a.gguf",
                "llama.cpp takes at most 65,535 shards");
}

BOOST_AUTO_TEST_CASE(a_tensor_in_two_shards_is_named) {
    const auto copy = GgufBuilder()
                          .u16("split.no", 2)
                          .u16("split.count", 3)
                          .i32("split.tensors.count", 4)
                          .tensor("first", GgmlType::f32, {10});
    expectFault({shard(1), shard(2), headerOf(copy, nameOf(3))}, nameOf(3),
                "tensor 'first' is in two shards, also in " + nameOf(1));
}

BOOST_AUTO_TEST_CASE(a_number_of_tensors_other_than_said_is_an_error) {
    std::vector<File> files;
    for (const uint32_t index : {1u, 2u, 3u}) files.push_back(headerOf(shardOf(index, 5), nameOf(index)));
    expectFault(std::move(files), nameOf(1),
                "split.tensors.count says that the shards have 5 tensors, but they have 4");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
