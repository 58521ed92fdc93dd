// Names of quantization mixes and the shares of tensor types.
#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "model/file_type.h"
#include "support/data.h"
#include "support/gguf_builder.h"

using namespace ggufit;
using test::GgufBuilder;

BOOST_AUTO_TEST_SUITE(card_file_type)

// llama.h's numbers and llama-model-loader.cpp's names for them.
BOOST_AUTO_TEST_CASE(names_are_those_that_llama_cpp_prints) {
    BOOST_TEST(fileTypeName(0) == "all F32");
    BOOST_TEST(fileTypeName(7) == "Q8_0");
    BOOST_TEST(fileTypeName(10) == "Q2_K - Medium");
    BOOST_TEST(fileTypeName(15) == "Q4_K - Medium");
    BOOST_TEST(fileTypeName(17) == "Q5_K - Medium");
    BOOST_TEST(fileTypeName(21) == "Q2_K - Small");
    BOOST_TEST(fileTypeName(27) == "IQ3_S mix - 3.66 bpw");
    BOOST_TEST(fileTypeName(30) == "IQ4_XS - 4.25 bpw");
    BOOST_TEST(fileTypeName(38) == "MXFP4 MoE");
}

BOOST_AUTO_TEST_CASE(removed_and_unknown_numbers_have_no_name) {
    for (const uint64_t number : {4, 5, 6, 33, 34, 35, 42, 1024}) BOOST_TEST(fileTypeName(number) == "", number);
}

BOOST_AUTO_TEST_CASE(without_the_key_the_type_with_most_bytes_is_named) {
    const auto bytes = GgufBuilder()
                           .tensor("a", GgmlType::f32, {32})
                           .tensor("b", GgmlType::f32, {32})
                           .tensor("c", GgmlType::q8_0, {32, 64})
                           .build();
    const auto file = readHeader(bytes, 0, "x.gguf");
    BOOST_REQUIRE(file.ok());
    const auto types = typeShares(*file);
    BOOST_TEST(quantizationName(*file, types) == "q8_0");
    BOOST_REQUIRE(types.size() == 2);
    BOOST_TEST(types[0].bytes == 64 * 34);  // 64 rows of one block of 2 + 32 bytes
    BOOST_TEST(types[0].parameters == 32 * 64);
    BOOST_TEST(types[1].n_tensors == 2);
    BOOST_TEST(types[1].bytes == 2 * 32 * 4);
}

BOOST_AUTO_TEST_CASE(shares_sum_to_the_whole_in_real_models) {
    for (const char * name : {"gpt-oss-120b-f16", "qwen3-coder-next-q5_k_m", "deepseek-v3.1-q4_k_m"}) {
        const auto file = readHeader(test::readHeaderBytes(name), test::fileBytesOf(name), name);
        BOOST_REQUIRE(file.ok());
        uint64_t n_tensors = 0;
        uint64_t bytes = 0;
        for (const TypeShare & share : typeShares(*file)) {
            n_tensors += share.n_tensors;
            bytes += share.bytes;
        }
        BOOST_TEST(n_tensors == file->tensors.size());
        BOOST_TEST(bytes == file->totalTensorBytes());
    }
}

BOOST_AUTO_TEST_SUITE_END()
