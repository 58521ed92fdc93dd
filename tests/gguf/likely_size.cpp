// The guess at a header's size, for vocabularies of the kinds that models have.
#include "gguf/likely_size.h"

#include <boost/test/unit_test.hpp>
#include <span>
#include <string>

#include "support/gguf_builder.h"
#include "support/large_header.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr size_t kPrefix = 256 * 1024;

/// Words whose mean length grows from 3 to `longest` letters, as in real vocabularies.
std::vector<std::string> words(uint32_t count, uint32_t longest) {
    std::vector<std::string> all;
    for (uint32_t i = 0; i < count; i++) {
        all.emplace_back(2 + (i * 7919U) % 3 + uint64_t{i} * (longest - 3) / count, 'a');
    }
    return all;
}

struct Vocabulary {
    const char * tokenizer;
    const char * pre;
    uint32_t n_tokens;
    uint32_t n_merges;
    uint32_t longest;
    uint32_t n_tensors;
};

std::vector<uint8_t> header(const Vocabulary & vocabulary) {
    GgufBuilder builder;
    builder.string("general.architecture", "llama")
        .string("tokenizer.ggml.model", vocabulary.tokenizer)
        .string("tokenizer.ggml.pre", vocabulary.pre)
        .array("tokenizer.ggml.tokens", words(vocabulary.n_tokens, vocabulary.longest));
    if (vocabulary.n_merges == 0) {
        builder.array("tokenizer.ggml.scores", std::vector<float>(vocabulary.n_tokens, -1.0F));
    }
    builder.array("tokenizer.ggml.token_type", std::vector<int32_t>(vocabulary.n_tokens, 1));
    if (vocabulary.n_merges > 0) {
        builder.array("tokenizer.ggml.merges", words(vocabulary.n_merges, vocabulary.longest + 1));
    }
    builder.string("tokenizer.chat_template", std::string(8000, 'x'));
    for (uint32_t i = 0; i < vocabulary.n_tensors; i++) {
        builder.tensor("blk." + std::to_string(i) + ".ffn_gate_exps.weight", GgmlType::q4_K, {256, 256});
    }
    return builder.build();
}

}  // namespace

// Numbers of tokens and merges of Llama 2, Gemma 3, Qwen3, Llama 3, gpt-oss, DeepSeek V3 and GLM-4.5.
BOOST_AUTO_TEST_CASE(the_guess_holds_the_header_of_the_usual_vocabularies) {
    for (const Vocabulary & vocabulary :
         {Vocabulary{"llama", "default", 32000, 0, 10, 291}, Vocabulary{"llama", "default", 262144, 0, 11, 808},
          Vocabulary{"gpt2", "qwen2", 151936, 151387, 11, 399},
          Vocabulary{"gpt2", "llama-bpe", 128256, 280147, 10, 291},
          Vocabulary{"gpt2", "gpt-4o", 201088, 446189, 11, 687},
          Vocabulary{"gpt2", "deepseek-v3", 129280, 127741, 10, 1086},
          Vocabulary{"gpt2", "glm4", 151552, 318088, 10, 803}}) {
        const auto bytes = header(vocabulary);
        const std::string of = std::to_string(vocabulary.n_tokens) + " tokens";
        const uint64_t likely = likelyHeaderBytes(std::span(bytes).first(kPrefix));
        BOOST_TEST(likely >= bytes.size(), of << ": " << likely << " of " << bytes.size());
        BOOST_TEST(likely <= bytes.size() * 3 / 2, of << ": " << likely << " of " << bytes.size());
    }
}

BOOST_AUTO_TEST_CASE(a_guess_behind_the_vocabulary_is_close) {
    const auto bytes = largeHeader().build();
    for (const double part : {0.5, 0.9, 0.97}) {
        const auto prefix = std::span(bytes).first(static_cast<size_t>(part * static_cast<double>(bytes.size())));
        const uint64_t likely = likelyHeaderBytes(prefix);
        BOOST_TEST(likely >= bytes.size(), part << ": " << likely << " of " << bytes.size());
        BOOST_TEST(likely <= bytes.size() * 3 / 2, part << ": " << likely << " of " << bytes.size());
    }
}

BOOST_AUTO_TEST_CASE(every_prefix_and_what_is_no_header_give_some_number) {
    const auto bytes = header({"gpt2", "qwen2", 300, 200, 9, 12});
    for (size_t size = 0; size <= bytes.size(); size++) {
        BOOST_TEST(likelyHeaderBytes(std::span(bytes).first(size)) <= uint64_t{1} << 30);
    }
    BOOST_TEST(likelyHeaderBytes(GgufBuilder().hugeArray("x", ValueType::u64, UINT64_MAX).build()) <= uint64_t{1}
                                                                                                          << 30);
    BOOST_TEST(likelyHeaderBytes(GgufBuilder().hugeArray("x", ValueType::string, UINT64_MAX).build()) <= uint64_t{1}
                                                                                                             << 30);
    BOOST_TEST(likelyHeaderBytes(GgufBuilder().tensorCount(UINT64_MAX).build()) <= uint64_t{1} << 30);
}
