// Types and lengths of metadata as llama.cpp takes them, and the first fault kept.
#include "model/keys.h"

#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "support/gguf_builder.h"

using namespace ggufit;
using test::GgufBuilder;

namespace {

File fileOf(const GgufBuilder & builder) {
    auto file = readHeader(builder.build(), 0, "test.gguf");
    BOOST_REQUIRE(file.ok());
    return std::move(*file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(prefixes_the_architecture_except_for_whole_keys) {
    const File file = fileOf(GgufBuilder().string("general.name", "n").u32("m.block_count", 3).u32("block_count", 9));
    Keys keys(file, "m");
    uint32_t n = 0;
    std::string name;
    BOOST_TEST(keys.get("block_count", n));
    BOOST_TEST(n == 3U);
    BOOST_TEST(keys.get("general.name", name));
    BOOST_TEST(name == "n");
    BOOST_TEST(keys.key("xielu.eps") == "xielu.eps");
}

BOOST_AUTO_TEST_CASE(an_absent_key_leaves_the_value_alone) {
    const File file = fileOf(GgufBuilder().u32("m.a", 1));
    Keys keys(file, "m");
    uint32_t n = 7;
    BOOST_TEST(!keys.get("b", n));
    BOOST_TEST(n == 7U);
    BOOST_TEST(!keys.error().has_value());
    keys.require("b", n);
    BOOST_REQUIRE(keys.error().has_value());
    BOOST_TEST(keys.error()->where == "m.b");
}

BOOST_AUTO_TEST_CASE(types_must_be_llama_cpps_own) {
    const File file = fileOf(GgufBuilder().u16("m.small", 4).i32("m.signed", 4).f64("m.wide", 1.0).u32("m.flag", 1));
    uint32_t n = 0;
    float x = 0;
    bool flag = false;
    Keys small(file, "m");
    BOOST_TEST(!small.get("small", n));
    BOOST_TEST(small.error()->where == "m.small");
    Keys is_signed(file, "m");
    is_signed.require("signed", n);
    BOOST_TEST(is_signed.error()->where == "m.signed");
    Keys wide(file, "m");
    BOOST_TEST(!wide.get("wide", x));
    BOOST_TEST(wide.error().has_value());
    Keys number(file, "m");
    BOOST_TEST(!number.get("flag", flag));
    BOOST_TEST(number.error().has_value());
}

BOOST_AUTO_TEST_CASE(keeps_the_first_fault_only) {
    const File file = fileOf(GgufBuilder().u32("m.a", 1));
    Keys keys(file, "m");
    keys.fail("first", "wrong");
    keys.fail("second", "also wrong");
    uint32_t n = 0;
    keys.require("third", n);
    BOOST_TEST(keys.error()->where == "m.first");
}

BOOST_AUTO_TEST_CASE(one_value_counts_for_all_layers) {
    const File file = fileOf(GgufBuilder().u32("m.heads", 5).f32("m.clamp", 2.5F));
    Keys keys(file, "m");
    PerLayer<uint32_t> heads{};
    PerLayer<float> clamp{};
    BOOST_TEST(keys.getPerLayer("heads", heads, 3));
    BOOST_TEST(heads[2] == 5U);
    BOOST_TEST(heads[3] == 0U);
    BOOST_TEST(keys.getPerLayer("clamp", clamp, 2));
    BOOST_TEST(clamp[1] == 2.5F);
}

BOOST_AUTO_TEST_CASE(flags_may_be_booleans_or_numbers) {
    const std::vector<bool> booleans = {true, false, true};
    const std::vector<int32_t> numbers = {0, 1, 0};
    const File file = fileOf(GgufBuilder().array("m.booleans", booleans).array("m.numbers", numbers));
    Keys keys(file, "m");
    PerLayer<uint8_t> flags{};
    BOOST_TEST(keys.getPerLayer("booleans", flags, 3));
    BOOST_TEST((flags[0] == 1 && flags[1] == 0 && flags[2] == 1));
    BOOST_TEST(keys.getPerLayer("numbers", flags, 3));
    BOOST_TEST((flags[0] == 0 && flags[1] == 1 && flags[2] == 0));
    BOOST_TEST(!keys.error().has_value());
}

BOOST_AUTO_TEST_CASE(refuses_lists_of_other_types_and_lengths) {
    const File file = fileOf(GgufBuilder()
                                 .array("m.wide", std::vector<uint64_t>{1, 2})
                                 .array("m.text", std::vector<std::string>{"a", "b"})
                                 .hugeArray("m.unused", ValueType::u8, 0)
                                 .array("m.three", std::vector<uint32_t>{1, 2, 3}));
    PerLayer<uint32_t> values{};
    for (const std::string_view name : {"wide", "text", "three"}) {
        Keys keys(file, "m");
        BOOST_TEST(!keys.getPerLayer(name, values, 2));
        BOOST_TEST(keys.error()->where == "m." + std::string(name));
    }
}

BOOST_AUTO_TEST_CASE(a_list_where_one_number_is_meant_counts_as_absent) {
    const File file = fileOf(GgufBuilder().array("m.pattern", std::vector<bool>{true, false}).u32("m.period", 6));
    Keys keys(file, "m");
    uint32_t period = 4;
    BOOST_TEST(!keys.getUnlessArray("pattern", period));
    BOOST_TEST(period == 4U);
    BOOST_TEST(keys.getUnlessArray("period", period));
    BOOST_TEST(period == 6U);
    BOOST_TEST(!keys.error().has_value());
}

BOOST_AUTO_TEST_CASE(sections_are_four_numbers) {
    const File file = fileOf(GgufBuilder()
                                 .array("m.right", std::vector<int32_t>{16, 24, 24, 0})
                                 .array("m.short", std::vector<int32_t>{16, 24})
                                 .array("m.negative", std::vector<int32_t>{16, -24, 24, 0}));
    std::array<uint32_t, 4> sections{};
    Keys right(file, "m");
    BOOST_TEST(right.getSections("right", sections));
    BOOST_TEST((sections == std::array<uint32_t, 4>{16, 24, 24, 0}));
    for (const std::string_view name : {"short", "negative"}) {
        Keys keys(file, "m");
        BOOST_TEST(!keys.getSections(name, sections));
        BOOST_TEST(keys.error().has_value());
    }
}

BOOST_AUTO_TEST_CASE(lists_too_long_to_be_kept_are_refused_not_read) {
    const File file = fileOf(GgufBuilder().array("m.long", std::vector<uint32_t>(5000, 1)));
    PerLayer<uint32_t> values{};
    Keys keys(file, "m");
    BOOST_TEST(!keys.getArray("long", values));
    BOOST_TEST(keys.error()->where == "m.long");
    BOOST_TEST(keys.arrayCount("long").value_or(0) == 5000U);
}

BOOST_AUTO_TEST_SUITE_END()
