// What reading a header takes from the heap, counted by an operator new of this program's own.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "gguf/read.h"
#include "support/large_header.h"

namespace {

// Each block has its size in front, in as many bytes as keep it aligned.
constexpr size_t kFront = alignof(std::max_align_t);
std::atomic<size_t> now_bytes = 0;
std::atomic<size_t> most_bytes = 0;

}  // namespace

void * operator new(size_t bytes) {
    void * block = std::malloc(bytes + kFront);
    if (block == nullptr) std::abort();
    *static_cast<size_t *>(block) = bytes;
    now_bytes += bytes;
    most_bytes = std::max(most_bytes.load(), now_bytes.load());
    return static_cast<char *>(block) + kFront;
}

void operator delete(void * memory) noexcept {
    if (memory == nullptr) return;
    void * block = static_cast<char *>(memory) - kFront;
    now_bytes -= *static_cast<size_t *>(block);
    std::free(block);
}

void operator delete(void * memory, size_t) noexcept { operator delete(memory); }

namespace {

using namespace ggufit;
using namespace ggufit::test;

struct HeapUse {
    size_t most;  // at any time while reading
    size_t kept;  // by the result
};

HeapUse heapUse(const std::vector<uint8_t> & bytes, uint64_t file_bytes) {
    const size_t before = now_bytes;
    most_bytes = before;
    const auto file = readHeader(bytes, file_bytes, "a.gguf");
    return {most_bytes - before, now_bytes - before};
}

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(a_header_of_7_mb_with_152_thousand_tokens_takes_less_than_2_mb) {
    const auto builder = largeHeader();
    const auto header = builder.build();
    BOOST_TEST(header.size() > 6500000);
    const auto file = readHeader(header, builder.fileBytes(), "a.gguf");
    BOOST_REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().text()));
    BOOST_TEST(file->find("tokenizer.ggml.tokens")->asArray()->count == kLargeVocabulary);
    BOOST_TEST(file->tensors.size() == 2 + 9 * kLargeLayers);

    const HeapUse use = heapUse(header, builder.fileBytes());
    BOOST_TEST_MESSAGE("heap: " << use.most << " bytes at most, " << use.kept << " kept");
    BOOST_TEST(use.kept > 6000);  // the chat template alone: the counting works
    BOOST_TEST(use.most < 2000000);
}

BOOST_AUTO_TEST_CASE(counts_that_lie_take_no_memory) {
    const uint64_t huge = 40000000;  // below the limit of a header, so that it is asked for and not refused
    const GgufBuilder liars[] = {
        GgufBuilder().tensorCount(huge),
        GgufBuilder().keyCount(huge),
        GgufBuilder().hugeArray("a", ValueType::string, huge),
        GgufBuilder().hugeArray("a", ValueType::u8, 1000),
        GgufBuilder().hugeString("a", huge),
    };
    for (const auto & liar : liars) {
        const auto header = liar.build();
        BOOST_TEST(heapUse(header, 0).most < 10000);
        BOOST_TEST(heapUse(header, uint64_t{1} << 40).most < 10000);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
