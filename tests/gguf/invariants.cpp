// Each thing that can be wrong with a header has its own sentence.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "gguf/read.h"
#include "support/gguf_builder.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

/// The fault that reading gives, which has to be there.
Error fault(const std::vector<uint8_t> & bytes, uint64_t file_bytes) {
    const auto file = readHeader(bytes, file_bytes, "a.gguf");
    BOOST_REQUIRE(!file.ok());
    BOOST_TEST(file.error().where == "a.gguf");
    return file.error();
}

void expectFault(const std::vector<uint8_t> & bytes, uint64_t file_bytes, ErrorCode code, const std::string & words) {
    const Error error = fault(bytes, file_bytes);
    BOOST_TEST(errorCodeName(error.code) == errorCodeName(code));
    BOOST_TEST(error.detail.find(words) != std::string::npos, error.detail << " does not say: " << words);
}

void expectFault(const GgufBuilder & builder, ErrorCode code, const std::string & words) {
    expectFault(builder.build(), builder.fileBytes(), code, words);
}

std::vector<uint8_t> bytesOf(std::string_view text) { return {text.begin(), text.end()}; }

GgufBuilder small() { return GgufBuilder().string("general.architecture", "llama"); }

using enum ErrorCode;

BOOST_AUTO_TEST_SUITE(not_a_gguf)

void expectNotGguf(std::string_view start, const std::string & words) {
    std::vector<uint8_t> bytes = bytesOf(start);
    bytes.resize(2000, 0xee);
    BOOST_TEST_CONTEXT(words) { expectFault(bytes, 4000, input, words); }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_named) { expectFault(std::vector<uint8_t>{}, 0, input, "the file is empty"); }

BOOST_AUTO_TEST_CASE(a_web_page_is_named) {
    expectNotGguf("<!DOCTYPE html><html>", "this is a web page");
    expectNotGguf("\n  <html lang=\"en\">", "this is a web page");
    expectNotGguf("\xef\xbb\xbf<HTML>", "this is a web page");
}

BOOST_AUTO_TEST_CASE(a_git_lfs_pointer_is_named) {
    const auto pointer = bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 4912916320\n");
    expectFault(pointer, pointer.size(), input, "Git LFS pointer");
}

BOOST_AUTO_TEST_CASE(older_ggml_files_are_named) {
    expectNotGguf(std::string_view("lmgg\x01\0\0\0", 8), "from before GGUF");
    expectNotGguf(std::string_view("tjgg\x03\0\0\0", 8), "from before GGUF");
    expectNotGguf(std::string_view("fmgg\x01\0\0\0", 8), "from before GGUF");
    expectNotGguf(std::string_view("algg\x01\0\0\0", 8), "LoRA");
}

BOOST_AUTO_TEST_CASE(other_model_formats_and_archives_are_named) {
    expectNotGguf("PK\x03\x04", "ZIP archive");
    expectNotGguf(std::string_view("\x80\x02}q", 4), "PyTorch checkpoint");
    expectNotGguf(std::string_view("\x20\x01\0\0\0\0\0\0{\"__meta", 15), "safetensors");
    expectNotGguf("\x1f\x8b\x08", "gzip");
    expectNotGguf("\x28\xb5\x2f\xfd", "zstd");
}

BOOST_AUTO_TEST_CASE(a_server_message_is_quoted) {
    const auto message = bytesOf("Invalid username or password.");
    expectFault(message, message.size(), input, "'Invalid username or password.'");
}

BOOST_AUTO_TEST_CASE(a_file_of_zeros_is_a_download_that_did_not_begin) {
    expectFault(std::vector<uint8_t>(1000, 0), 5000000, input, "begins with zeros");
}

BOOST_AUTO_TEST_CASE(any_other_start_is_quoted_without_control_characters) {
    expectNotGguf("AB\x01\xff", "begins with 'AB?\?'");
    expectFault(GgufBuilder().magic("GGUX").build(), 0, input, "begins with 'GGUX'");
    expectFault(bytesOf("GG\xee"), 0, input, "not a GGUF");  // three bytes are enough to know
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(counts_and_lengths)

BOOST_AUTO_TEST_CASE(an_unknown_version_is_unsupported) {
    expectFault(GgufBuilder().versionBytes(4), unsupported, "GGUF version 4");
    expectFault(GgufBuilder().bigEndian().versionBytes(7), unsupported, "GGUF version 7");
    expectFault(GgufBuilder().versionBytes(0), input, "GGUF version 0");
    BOOST_TEST(fault(GgufBuilder().versionBytes(4).build(), 24).offset == 4);
}

BOOST_AUTO_TEST_CASE(rejects_a_count_beyond_any_header) {
    expectFault(small().tensorCount(uint64_t{1} << 40), input, "directory of 1,099,511,627,776 tensors");
    expectFault(small().tensorCount(UINT64_MAX), input, "directory of 18,446,744,073,709,551,615 tensors");
    expectFault(small().keyCount(UINT64_MAX / 2), input, "keys reaches beyond byte 1,073,741,824");
    expectFault(small().hugeArray("list", ValueType::u32, UINT64_MAX), input, "of key 'list' reaches beyond");
    expectFault(small().hugeArray("list", ValueType::string, uint64_t{1} << 61), input, "of key 'list' reaches beyond");
    expectFault(small().hugeString("text", UINT64_MAX), input,
                "the text of key 'text' says 18,446,744,073,709,551,615");
}

BOOST_AUTO_TEST_CASE(a_count_beyond_the_end_of_the_file_is_an_unfinished_header) {
    expectFault(small().tensorCount(1000000), unfinished, "the directory of 1,000,000 tensors");
    expectFault(small().keyCount(1000000), unfinished, "the metadata of 1,000,000 keys");
    expectFault(small().hugeArray("list", ValueType::u32, 1000), unfinished,
                "the array of 1,000 elements of key 'list'");
    expectFault(small().hugeArray("list", ValueType::array, 1000), unfinished,
                "the array of 1,000 elements of key 'list'");
    expectFault(small().hugeString("text", 1000), unfinished, "the text of key 'text'");
    expectFault(small().u32("key", 1).keyLength(1000), unfinished, "the name of a key");
}

BOOST_AUTO_TEST_CASE(a_count_that_the_file_can_hold_asks_for_more_of_it) {
    const auto bytes = small().hugeArray("list", ValueType::u32, 1000).build();
    for (const uint64_t file_bytes : {uint64_t{0}, uint64_t{100000}}) {
        const Error error = fault(bytes, file_bytes);
        BOOST_TEST(errorCodeName(error.code) == "truncated");
        BOOST_TEST(error.needed_bytes == bytes.size() + 4000);
    }
}

BOOST_AUTO_TEST_CASE(the_bytes_that_must_follow_are_asked_for_together) {
    // 20 keys of at least 8 + 1 + 4 + 1 bytes and 30 tensors of at least 8 + 1 + 4 + 4 + 8 follow the counts; the
    // letter of the key at hand is asked for with its name.
    const auto bytes = GgufBuilder().keyCount(20).tensorCount(30).build();
    const Error error = fault(bytes, 0);
    BOOST_TEST(errorCodeName(error.code) == "truncated");
    BOOST_TEST(error.needed_bytes >= 24 + 20 * 14 + 30 * 25 - 1);
}

BOOST_AUTO_TEST_CASE(a_key_longer_than_gguf_allows_is_rejected) {
    expectFault(GgufBuilder().u32(std::string(65536, 'k'), 1), input, "65,536 bytes, but at most 65,535");
    BOOST_TEST(readHeader(GgufBuilder().u32(std::string(65535, 'k'), 1).build(), 0, "").ok());
}

BOOST_AUTO_TEST_CASE(a_tensor_name_longer_than_ggml_allows_is_rejected) {
    expectFault(small().tensor(std::string(64, 't'), GgmlType::f32, {1}), input, "64 bytes, but at most 63");
    BOOST_TEST(readHeader(small().tensor(std::string(63, 't'), GgmlType::f32, {1}).build(), 0, "").ok());
}

BOOST_AUTO_TEST_CASE(names_that_are_empty_are_rejected) {
    expectFault(small().u32("", 1), input, "key 2 of 2 has no name");
    expectFault(small().tensor("", GgmlType::f32, {1}), input, "tensor 1 of 1 has no name");
}

BOOST_AUTO_TEST_CASE(names_that_are_given_twice_are_rejected) {
    expectFault(small().u32("a", 1).u32("b", 1).u32("a", 2), input, "key 'a' is given twice");
    expectFault(small().tensor("t", GgmlType::f32, {1}).tensor("t", GgmlType::f32, {1}), input,
                "tensor 't' is given twice");
}

BOOST_AUTO_TEST_CASE(an_unknown_value_type_is_rejected) {
    expectFault(small().rawValue("odd", 13, {0, 0, 0, 0}), input, "key 'odd' has the value type 13");
    expectFault(small().hugeArray("odd", static_cast<ValueType>(99), 0), input, "key 'odd' has the value type 99");
}

BOOST_AUTO_TEST_CASE(arrays_nested_too_deep_are_rejected) {
    expectFault(small().deepArray("deep", 9), input, "the arrays of key 'deep' are nested more than 8 deep");
    expectFault(small().deepArray("deep", 3000), input, "the arrays of key 'deep' are nested more than 8 deep");
}

BOOST_AUTO_TEST_CASE(more_short_arrays_than_memory_should_hold_are_rejected) {
    GgufBuilder builder = small();
    for (int i = 0; i < 1025; i++) builder.array("k" + std::to_string(i), std::vector<uint8_t>(1024, 1));
    expectFault(builder, input, "1,048,576 elements together");
}

BOOST_AUTO_TEST_CASE(an_alignment_that_is_none_is_rejected) {
    for (const uint32_t alignment : {0u, 3u, 48u, 0x80000000u}) {
        expectFault(small().u32("general.alignment", alignment), input, "an alignment is a power of two");
    }
    expectFault(small().u64("general.alignment", 32), input, "'general.alignment' is of type u64 instead of u32");
    expectFault(small().string("general.alignment", "32"), input, "'general.alignment' is of type str instead of u32");
}

BOOST_AUTO_TEST_CASE(hostile_names_are_quoted_short_and_printable) {
    const auto error =
        fault(small().u32(std::string("\x1b[31m\n") + std::string(500, 'x'), 1).rawValue("b", 99, {}).build(), 0);
    BOOST_TEST(error.detail.find('\x1b') == std::string::npos);
    const std::string name = std::string("\x1b[2J\n") + std::string(500, 'x');
    const auto quoted = fault(small().rawValue(name, 99, {}).build(), 0);
    BOOST_TEST(quoted.detail.find("'?[2J?xxx") != std::string::npos);
    BOOST_TEST(quoted.detail.size() < 250);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tensor_directory)

GgufBuilder oneTensor() { return small().tensor("blk.0.attn_q.weight", GgmlType::q4_K, {256, 4}); }

BOOST_AUTO_TEST_CASE(more_than_four_dimensions_are_rejected) {
    expectFault(small().tensor("t", GgmlType::f32, {1, 1, 1, 1, 1}), input, "tensor 't' has 5 dimensions");
    expectFault(oneTensor().dimensionCount(UINT32_MAX), input, "has 4,294,967,295 dimensions");
}

BOOST_AUTO_TEST_CASE(a_dimension_of_zero_is_rejected) {
    for (const auto & ne : {std::vector<uint64_t>{0}, {32, 0}, {32, 1, 0, 4}}) {
        expectFault(small().tensor("t", GgmlType::f32, ne), input, "tensor 't' has a dimension of 0 elements");
    }
}

BOOST_AUTO_TEST_CASE(a_product_of_dimensions_beyond_63_bits_is_rejected) {
    const uint64_t big = uint64_t{1} << 32;
    expectFault(small().tensor("t", GgmlType::f32, {big, big}), input, "product does not fit 63 bits");
    expectFault(small().tensor("t", GgmlType::f32, {UINT64_MAX}), input, "product does not fit 63 bits");
    expectFault(small().tensor("t", GgmlType::i8, {uint64_t{1} << 63}), input, "product does not fit 63 bits");
    expectFault(small().tensor("t", GgmlType::f32, {65536, 65536, 65536, 65536}), input,
                "product does not fit 63 bits");
}

BOOST_AUTO_TEST_CASE(more_bytes_than_64_bits_count_are_rejected) {
    expectFault(small().tensor("t", GgmlType::f64, {uint64_t{1} << 62}), input, "more bytes than 64 bits");
    expectFault(small()
                    .tensor("a", GgmlType::i8, {uint64_t{1} << 62})
                    .tensor("b", GgmlType::f16, {uint64_t{1} << 62})
                    .tensor("c", GgmlType::f16, {uint64_t{1} << 61}),
                input, "the tensor data up to tensor 'c'");
}

BOOST_AUTO_TEST_CASE(unknown_and_removed_types_are_unsupported) {
    expectFault(oneTensor().tensorType(43), unsupported, "is of type 43, which ggufit does not know");
    expectFault(oneTensor().tensorType(4), unsupported, "is of type 4 (q4_2), which was removed from ggml");
    expectFault(oneTensor().tensorType(31), unsupported, "is of type 31 (q4_0_4_4), which was removed from ggml");
    expectFault(oneTensor().tensorType(38), unsupported, "is of type 38 (iq4_nl_8_8), which was removed from ggml");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_no_multiple_of_its_block_is_rejected) {
    expectFault(small().tensor("t", GgmlType::q8_0, {48, 2}), input,
                "rows of 48 elements, no multiple of q8_0's block of 32");
    expectFault(small().tensor("t", GgmlType::q4_K, {128, 2}), input, "no multiple of q4_K's block of 256");
}

BOOST_AUTO_TEST_CASE(offsets_that_llama_cpp_does_not_take_are_rejected) {
    const auto second = [](uint64_t offset) {  // the first tensor has 4 × 144 = 576 bytes, a multiple of 32
        return oneTensor().tensor("next", GgmlType::f32, {8}).tensorOffset(offset);
    };
    BOOST_TEST(readHeader(second(576).build(), 0, "").ok());
    expectFault(second(577), input, "tensor 'next' begins at byte 577 of the tensor data, which is not aligned to 32");
    expectFault(second(544), input, "which overlaps the tensor before it (byte 576 was due)");
    expectFault(second(608), input, "which leaves a gap after the tensor before it (byte 576 was due)");
    expectFault(oneTensor().tensorOffset(32), input, "which leaves a gap");
}

BOOST_AUTO_TEST_CASE(offsets_follow_the_alignment_of_the_file) {
    GgufBuilder builder;
    builder.alignment(128).tensor("a", GgmlType::f32, {1}).tensor("b", GgmlType::f32, {1}).withData();
    const auto file = readHeader(builder.build(), builder.fileBytes(), "");
    BOOST_REQUIRE(file.ok());
    const auto & shard = file->shards.front();
    BOOST_TEST(shard.alignment == 128);
    BOOST_TEST(shard.data_offset % 128 == 0);
    BOOST_TEST(file->tensors[1].offset == 128);
    BOOST_TEST(shard.data_bytes == 256);
    BOOST_TEST(shard.data_offset + shard.data_bytes == builder.build().size());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(downloads)

BOOST_AUTO_TEST_CASE(a_file_that_ends_before_its_tensor_data_names_the_missing_bytes) {
    const auto builder = small().tensor("t", GgmlType::f32, {1024, 1024});
    const auto bytes = builder.build();
    expectFault(bytes, builder.fileBytes() - 3145728, unfinished, "3,145,728 bytes (3.0 MiB) are missing");
    expectFault(bytes, builder.fileBytes() - 1, unfinished, "1 byte (0.0 KiB) is missing");
    expectFault(bytes, bytes.size(), unfinished, "are missing");
    BOOST_TEST(readHeader(bytes, builder.fileBytes(), "").ok());
}

BOOST_AUTO_TEST_CASE(nothing_is_missing_where_the_size_is_not_known) {
    const auto file = readHeader(small().tensor("t", GgmlType::f32, {1024, 1024}).build(), 0, "");
    BOOST_REQUIRE(file.ok());
    BOOST_TEST(file->shards.front().file_bytes == 0);
    BOOST_TEST(file->totalFileBytes() == file->shards.front().data_offset + 4 * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(padding_behind_the_last_tensor_may_be_left_out) {
    const auto builder = small().tensor("t", GgmlType::f32, {1}).withData();
    auto bytes = builder.build();
    bytes.resize(bytes.size() - 28);
    const auto file = readHeader(bytes, bytes.size(), "");
    BOOST_REQUIRE(file.ok());
    BOOST_TEST(file->shards.front().data_bytes == 4);
    BOOST_TEST(file->totalFileBytes() == bytes.size());
    expectFault({bytes.begin(), bytes.end() - 1}, bytes.size() - 1, unfinished, "1 byte (0.0 KiB) is missing");
}

BOOST_AUTO_TEST_CASE(a_file_without_tensors_is_only_its_header) {
    const auto builder = small().boolean("only_vocabulary", true);
    const auto file = readHeader(builder.build(), builder.headerBytes(), "");
    BOOST_REQUIRE(file.ok());
    BOOST_TEST(file->shards.front().data_offset == builder.headerBytes());
    BOOST_TEST(file->shards.front().data_bytes == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
