// Every type's block is counted from its parts, as ggml-common.h lays them out.
#include "gguf/ggml_type.h"

#include <boost/test/unit_test.hpp>
#include <cctype>
#include <string>
#include <vector>

namespace {

using namespace ggufit;

constexpr uint32_t kHalf = 2;  // ggml_half
constexpr uint32_t kFloat = 4;
constexpr uint32_t kSuper = 256;  // QK_K

struct Layout {
    uint32_t number;
    const char * name;
    uint32_t elements;
    uint32_t bytes;
};

// elements × bits / 8 for each field of a block; one scale or minimum is a half.
const std::vector<Layout> kLayouts = {
    {0, "f32", 1, 4},
    {1, "f16", 1, 2},
    {2, "q4_0", 32, kHalf + 32 * 4 / 8},
    {3, "q4_1", 32, 2 * kHalf + 32 * 4 / 8},
    {6, "q5_0", 32, kHalf + 32 / 8 + 32 * 4 / 8},
    {7, "q5_1", 32, 2 * kHalf + 32 / 8 + 32 * 4 / 8},
    {8, "q8_0", 32, kHalf + 32},
    {9, "q8_1", 32, 2 * kHalf + 32},
    {10, "q2_K", kSuper, kSuper / 16 + kSuper * 2 / 8 + 2 * kHalf},
    {11, "q3_K", kSuper, kSuper / 8 + kSuper * 2 / 8 + 12 + kHalf},
    {12, "q4_K", kSuper, 2 * kHalf + 12 + kSuper * 4 / 8},
    {13, "q5_K", kSuper, 2 * kHalf + 12 + kSuper / 8 + kSuper * 4 / 8},
    {14, "q6_K", kSuper, kSuper * 4 / 8 + kSuper * 2 / 8 + kSuper / 16 + kHalf},
    {15, "q8_K", kSuper, kFloat + kSuper + 2 * (kSuper / 16)},
    {16, "iq2_xxs", kSuper, kHalf + 2 * (kSuper / 8)},
    {17, "iq2_xs", kSuper, kHalf + 2 * (kSuper / 8) + kSuper / 32},
    {18, "iq3_xxs", kSuper, kHalf + 3 * (kSuper / 8)},
    {19, "iq1_s", kSuper, kHalf + kSuper / 8 + 2 * (kSuper / 32)},
    {20, "iq4_nl", 32, kHalf + 32 * 4 / 8},
    {21, "iq3_s", kSuper, kHalf + kSuper / 4 + kSuper / 32 + kSuper / 8 + kSuper / 64},
    {22, "iq2_s", kSuper, kHalf + kSuper / 4 + kSuper / 32 + kSuper / 32},
    {23, "iq4_xs", kSuper, kHalf + 2 + kSuper / 64 + kSuper * 4 / 8},
    {24, "i8", 1, 1},
    {25, "i16", 1, 2},
    {26, "i32", 1, 4},
    {27, "i64", 1, 8},
    {28, "f64", 1, 8},
    {29, "iq1_m", kSuper, kSuper / 8 + kSuper / 16 + kSuper / 32},
    {30, "bf16", 1, 2},
    {34, "tq1_0", kSuper, (kSuper - 4 * kSuper / 64) / 5 + kSuper / 64 + kHalf},
    {35, "tq2_0", kSuper, kSuper * 2 / 8 + kHalf},
    {39, "mxfp4", 32, 1 + 32 * 4 / 8},
    {40, "nvfp4", 64, 64 / 16 + 64 * 4 / 8},
    {41, "q1_0", 128, kHalf + 128 / 8},
    {42, "q2_0", 64, kHalf + 64 * 2 / 8},
};

BOOST_AUTO_TEST_SUITE(ggml_type)

BOOST_AUTO_TEST_CASE(every_block_has_the_elements_and_bytes_of_its_parts) {
    for (const auto & layout : kLayouts) {
        BOOST_TEST_CONTEXT(layout.name) {
            const auto traits = typeTraits(layout.number);
            BOOST_REQUIRE(traits.has_value());
            BOOST_TEST(static_cast<uint32_t>(traits->type) == layout.number);
            BOOST_TEST(traits->name == layout.name);
            BOOST_TEST(traits->block_size == layout.elements);
            BOOST_TEST(traits->block_bytes == layout.bytes);
            BOOST_TEST(traits->quantized == (layout.elements > 1));
            BOOST_TEST(traitsOf(traits->type).name == layout.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(bits_per_weight_are_those_that_ggml_names) {
    const auto bits = [](GgmlType type) { return 8.0 * traitsOf(type).block_bytes / traitsOf(type).block_size; };
    BOOST_TEST(bits(GgmlType::q4_K) == 4.5);
    BOOST_TEST(bits(GgmlType::q6_K) == 6.5625);
    BOOST_TEST(bits(GgmlType::q3_K) == 3.4375);
    BOOST_TEST(bits(GgmlType::q2_K) == 2.625);
    BOOST_TEST(bits(GgmlType::iq1_s) == 1.5625);
    BOOST_TEST(bits(GgmlType::iq1_m) == 1.75);
    BOOST_TEST(bits(GgmlType::tq1_0) == 1.6875);
    BOOST_TEST(bits(GgmlType::mxfp4) == 4.25);
}

BOOST_AUTO_TEST_CASE(removed_and_unknown_numbers_have_no_traits) {
    for (const uint32_t number : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u}) {
        BOOST_TEST(!typeTraits(number).has_value());
        BOOST_TEST(!removedTypeName(number).empty());
    }
    for (const uint32_t number : {43u, 255u, 1000u, UINT32_MAX}) {
        BOOST_TEST(!typeTraits(number).has_value());
        BOOST_TEST(removedTypeName(number).empty());
    }
    BOOST_TEST(removedTypeName(0).empty());
}

BOOST_AUTO_TEST_CASE(a_type_is_found_by_its_name_in_any_case) {
    for (const auto & layout : kLayouts) {
        std::string upper = layout.name;
        for (char & c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        BOOST_TEST_CONTEXT(upper) {
            BOOST_REQUIRE(typeByName(upper).has_value());
            BOOST_TEST(static_cast<uint32_t>(*typeByName(upper)) == layout.number);
            BOOST_TEST(static_cast<uint32_t>(*typeByName(layout.name)) == layout.number);
        }
    }
    for (const char * name : {"", "q4", "q4_k_m", "q8_0 ", "fp16"}) BOOST_TEST(!typeByName(name).has_value());
}

BOOST_AUTO_TEST_CASE(a_row_is_its_blocks) {
    BOOST_TEST(rowBytes(GgmlType::f16, 4096) == 8192);
    BOOST_TEST(rowBytes(GgmlType::q8_0, 4096) == 4096 / 32 * 34);
    BOOST_TEST(rowBytes(GgmlType::q4_K, 4096) == 4096 / 256 * 144);
    BOOST_TEST(rowBytes(GgmlType::f64, UINT64_MAX) == UINT64_MAX);
    BOOST_TEST(rowBytes(GgmlType::q4_0, 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
