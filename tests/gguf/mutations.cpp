// Headers that were damaged in a thousand ways give a file that makes sense or one sentence, and never more than that.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/checked.h"
#include "gguf/read.h"
#include "support/data.h"
#include "support/gguf_builder.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

constexpr uint64_t kOddNumbers[] = {0,         1,          31, 0x7f, 0xff, 0xffff, 0x7fffffff, 0xffffffff, 0x100000000,
                                    INT64_MAX, UINT64_MAX, 43, 4,    9,    1025,   1ull << 30, 1ull << 61};

/// One to six damages: a byte, a number, a cut, a piece doubled or moved. std::mt19937 gives the same everywhere.
std::vector<uint8_t> damaged(std::vector<uint8_t> bytes, std::mt19937 & random) {
    const auto below = [&](size_t limit) { return limit == 0 ? 0 : random() % limit; };
    for (size_t left = 1 + random() % 6; left > 0 && !bytes.empty(); left--) {
        // Most damage goes where the counts, keys and the directory's start are.
        const size_t reach = random() % 2 == 0 ? std::min<size_t>(bytes.size(), 256) : bytes.size();
        const size_t at = below(reach);
        const auto position = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        switch (random() % 5) {
            case 0: bytes[at] = static_cast<uint8_t>(random()); break;
            case 1: bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1u << (random() % 8))); break;
            case 2: {
                const uint64_t number = kOddNumbers[below(std::size(kOddNumbers))];
                const size_t width = random() % 2 == 0 ? 4 : 8;
                for (size_t i = 0; i < width && at + i < bytes.size(); i++) {
                    bytes[at + i] = static_cast<uint8_t>(number >> (8 * i));
                }
                break;
            }
            case 3:
                bytes.erase(position,
                            position + static_cast<std::ptrdiff_t>(below(std::min<size_t>(40, bytes.size() - at))));
                break;
            case 4: {
                const std::vector<uint8_t> piece(
                    position, position + static_cast<std::ptrdiff_t>(below(std::min<size_t>(40, bytes.size() - at))));
                bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())), piece.begin(),
                             piece.end());
                break;
            }
        }
    }
    return bytes;
}

void expectSense(const File & file, size_t prefix_bytes) {
    BOOST_REQUIRE_EQUAL(file.shards.size(), 1);
    const Shard & shard = file.shards.front();
    BOOST_REQUIRE_LE(shard.header_bytes, prefix_bytes);
    BOOST_REQUIRE_EQUAL(file.tensors.size(), shard.n_tensors);
    BOOST_REQUIRE_EQUAL(file.key_index.size(), file.metadata.size());
    BOOST_REQUIRE_EQUAL(file.tensor_index.size(), file.tensors.size());
    uint64_t end = 0;
    for (const auto & tensor : file.tensors) {
        BOOST_REQUIRE_EQUAL(tensor.offset, end);
        BOOST_REQUIRE_GT(tensor.n_bytes, 0);
        end = padTo(tensor.offset + tensor.n_bytes, shard.alignment);
    }
    for (const auto & entry : file.metadata) {
        BOOST_REQUIRE(!entry.key.empty());
        if (const Array * array = entry.value.asArray()) BOOST_REQUIRE_LE(array->elements.size(), kKeptArrayElements);
    }
}

void expectAnswer(const std::vector<uint8_t> & bytes, uint64_t file_bytes) {
    const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    const auto file = readHeader({exact.get(), bytes.size()}, file_bytes, "a.gguf");
    if (file.ok()) return expectSense(*file, bytes.size());
    const Error & error = file.error();
    BOOST_REQUIRE(!error.detail.empty());
    BOOST_REQUIRE_LT(error.detail.size(), 500);
    BOOST_REQUIRE(std::none_of(error.detail.begin(), error.detail.end(), [](char c) { return c >= 0 && c < 0x20; }));
    if (error.code == ErrorCode::truncated) {
        BOOST_REQUIRE_GT(error.needed_bytes, bytes.size());
        if (file_bytes != 0) BOOST_REQUIRE_LE(error.needed_bytes, std::max<uint64_t>(file_bytes, bytes.size()));
    } else {
        BOOST_REQUIRE_EQUAL(error.needed_bytes, 0);
    }
}

void damageAndRead(const std::vector<uint8_t> & header, uint64_t file_bytes, uint32_t rounds, uint32_t seed) {
    std::mt19937 random(seed);
    for (uint32_t round = 0; round < rounds; round++) {
        BOOST_TEST_CONTEXT("seed " << seed << ", round " << round) {
            const auto bytes = damaged(header, random);
            expectAnswer(bytes, round % 3 == 0 ? 0 : round % 3 == 1 ? file_bytes : bytes.size());
        }
    }
}

GgufBuilder sample(uint32_t version, bool big_endian) {
    return GgufBuilder()
        .version(version)
        .bigEndian(big_endian)
        .alignment(32)
        .string("general.architecture", "llama")
        .array("words", std::vector<std::string>{"one", "", "three"})
        .array("skipped", std::vector<std::string>(1030, "x"))
        .nestedArray("nested", {{1, 2}, {3}})
        .tensor("a", GgmlType::f32, {3})
        .tensor("b", GgmlType::q4_K, {256, 2})
        .tensor("c", GgmlType::f16, {2, 3, 4, 5});
}

BOOST_AUTO_TEST_SUITE(mutations)

BOOST_AUTO_TEST_CASE(damaged_small_headers_give_an_answer) {
    for (const uint32_t version : {1u, 2u, 3u}) {
        for (const bool big_endian : {false, true}) {
            const auto builder = sample(version, big_endian);
            damageAndRead(builder.build(), builder.fileBytes(), 1000, version * 2 + big_endian);
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_real_headers_give_an_answer) {
    for (const char * model : {"llama-dense", "qwen3-0.6b-q8_0", "gpt-oss-20b-mxfp4"}) {
        damageAndRead(readHeaderBytes(model), fileBytesOf(model), 300, 77);
    }
}

BOOST_AUTO_TEST_CASE(random_bytes_behind_the_magic_give_an_answer) {
    std::mt19937 random(5);
    for (int round = 0; round < 1000; round++) {
        std::vector<uint8_t> bytes = {'G', 'G', 'U', 'F', 3, 0, 0, 0};
        for (size_t left = random() % 200; left > 0; left--)
            bytes.push_back(static_cast<uint8_t>(random() % 3 == 0 ? random() : 0));
        expectAnswer(bytes, round % 2 == 0 ? bytes.size() : 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
