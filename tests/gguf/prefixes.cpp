// A header that is cut anywhere says so and how far to read; the buffers have exactly the bytes of the prefix.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gguf/read.h"
#include "support/data.h"
#include "support/gguf_builder.h"
#include "support/large_header.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

/// Reads the first `size` bytes from a buffer that ends there, so that a sanitizer sees a step beyond.
Result<File> readPrefix(const std::vector<uint8_t> & bytes, size_t size, uint64_t file_bytes) {
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[size]);
    std::copy_n(bytes.begin(), size, exact.get());
    return readHeader({exact.get(), size}, file_bytes, "a.gguf");
}

void expectTruncated(const std::vector<uint8_t> & header, size_t size, uint64_t file_bytes) {
    const auto file = readPrefix(header, size, file_bytes);
    BOOST_REQUIRE_MESSAGE(!file.ok(), "a prefix of " << size << " bytes was taken for a whole header");
    const Error & error = file.error();
    if (error.code != ErrorCode::truncated || error.needed_bytes <= size || error.needed_bytes > header.size()) {
        BOOST_FAIL(size << " of " << header.size() << " bytes: " << error.text() << ", needed " << error.needed_bytes);
    }
}

void expectUnfinished(const std::vector<uint8_t> & header, size_t size) {
    const auto file = readPrefix(header, size, size);
    BOOST_REQUIRE(!file.ok());
    if (file.error().code != ErrorCode::unfinished) BOOST_FAIL(size << " bytes: " << file.error().text());
}

GgufBuilder everything(uint32_t version, bool big_endian) {
    return GgufBuilder()
        .version(version)
        .bigEndian(big_endian)
        .string("general.architecture", "llama")
        .u8("a", 1)
        .i16("b", -2)
        .f64("c", 0.5)
        .boolean("d", true)
        .alignment(64)
        .array("numbers", std::vector<int32_t>{1, 2, 3})
        .array("words", std::vector<std::string>{"one", "", "three"})
        .nestedArray("nested", {{1, 2}, {}, {3}})
        .string("tokenizer.chat_template", std::string(300, '{'))
        .tensor("one", GgmlType::f32, {3})
        .tensor("two", GgmlType::q4_K, {256, 2})
        .tensor("four", GgmlType::f16, {2, 3, 4, 5});
}

BOOST_AUTO_TEST_SUITE(prefixes)

void expectEveryPrefixTruncated(const GgufBuilder & builder, size_t step = 1) {
    const auto header = builder.build();
    BOOST_REQUIRE(readPrefix(header, header.size(), builder.fileBytes()).ok());
    for (size_t size = 1; size < header.size(); size += step) {
        expectTruncated(header, size, builder.fileBytes());
        expectTruncated(header, size, 0);
        expectUnfinished(header, size);
    }
    expectTruncated(header, 0, builder.fileBytes());
}

BOOST_AUTO_TEST_CASE(every_prefix_of_every_form_is_truncated) {
    for (const uint32_t version : {1u, 2u, 3u}) {
        for (const bool big_endian : {false, true}) {
            BOOST_TEST_CONTEXT("version " << version << (big_endian ? " big endian" : "")) {
                expectEveryPrefixTruncated(everything(version, big_endian));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_prefix_with_skipped_arrays_is_truncated) {
    for (const uint32_t version : {1u, 3u}) {
        GgufBuilder builder;
        builder.version(version)
            .array("numbers", std::vector<uint8_t>(1025, 1))
            .array("words", std::vector<std::string>(1025, "x"))
            .tensor("one", GgmlType::f32, {3});
        expectEveryPrefixTruncated(builder, kEveryNth);
    }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_the_smallest_files_is_truncated) {
    for (const uint32_t version : {1u, 2u, 3u}) {
        const auto header = GgufBuilder().version(version).build();
        BOOST_TEST(header.size() == (version == 1 ? 4 + 4 + 2 * 4 : 4 + 4 + 2 * 8));
        for (size_t size = 1; size < header.size(); size++) expectTruncated(header, size, header.size());
        BOOST_TEST(readPrefix(header, header.size(), header.size()).ok());
    }
}

BOOST_AUTO_TEST_CASE(prefixes_of_a_real_header_are_truncated) {
    const auto header = readHeaderBytes("qwen3-30b-a3b-q4_k_m");
    const uint64_t file_bytes = fileBytesOf("qwen3-30b-a3b-q4_k_m");
    const auto whole = readPrefix(header, header.size(), file_bytes);
    BOOST_REQUIRE(whole.ok());
    const uint64_t end = whole->shards.front().header_bytes;
    const std::vector<uint8_t> exact(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(end));
    for (size_t size = 1; size < end; size += 97) expectTruncated(exact, size, file_bytes);
    for (size_t size = 1; size < 1500; size++) expectTruncated(exact, size, file_bytes);
    for (size_t size = end - 1500; size < end; size++) expectTruncated(exact, size, file_bytes);
    BOOST_TEST(readPrefix(header, end, file_bytes).ok());
}

BOOST_AUTO_TEST_CASE(a_reader_that_doubles_its_prefix_needs_few_rounds) {
    const auto builder = largeHeader();
    const auto header = builder.build();
    BOOST_TEST(header.size() > 6500000);
    size_t size = 65536;
    int rounds = 1;
    for (;; rounds++) {
        const auto file = readPrefix(header, size, builder.fileBytes());
        if (file.ok()) break;
        BOOST_REQUIRE_EQUAL(errorCodeName(file.error().code), "truncated");
        size = std::min<size_t>(std::max<size_t>(2 * size, file.error().needed_bytes), header.size());
    }
    // Doubling alone takes 8 rounds from 64 KiB to 7 MB; the counts of tokens and merges tell much of the way.
    BOOST_TEST(rounds <= 5);
}

BOOST_AUTO_TEST_CASE(a_prefix_may_reach_into_the_tensor_data) {
    const auto builder = GgufBuilder().u32("a", 1).tensor("t", GgmlType::f32, {1000}).withData();
    const auto bytes = builder.build();
    for (size_t size = builder.headerBytes(); size <= bytes.size(); size += 100) {
        BOOST_TEST(readPrefix(bytes, size, bytes.size()).ok());
    }
}

BOOST_AUTO_TEST_CASE(a_size_below_what_was_read_does_not_confuse_the_reader) {
    const auto header = everything(3, false).build();
    const auto file = readPrefix(header, header.size(), 100);  // a file that grew after it was measured
    BOOST_REQUIRE(!file.ok());
    BOOST_TEST(errorCodeName(file.error().code) == "unfinished");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
