// Makes up tokens and merges of the lengths that real vocabularies have, the same ones each time.
#include "support/large_header.h"

#include <array>
#include <string>
#include <utility>

namespace ggufit::test {

namespace {

/// A word of 2 to 12 letters for each number.
std::string word(uint32_t number) {
    uint32_t state = number * 2654435761u + 12345u;
    std::string text;
    for (uint32_t left = 2 + (state >> 8) % 11; left > 0; left--) {
        state = state * 1664525u + 1013904223u;
        text += static_cast<char>('a' + (state >> 24) % 26);
    }
    return text;
}

std::vector<std::string> words(uint32_t count, bool in_pairs) {
    std::vector<std::string> all;
    all.reserve(count);
    for (uint32_t i = 0; i < count; i++) all.push_back(in_pairs ? word(i) + " " + word(i + count) : word(i));
    return all;
}

}  // namespace

GgufBuilder largeHeader() {
    GgufBuilder builder;
    builder.string("general.architecture", "qwen3")
        .string("general.name", "A model with many tokens")
        .u32("qwen3.block_count", kLargeLayers)
        .u32("qwen3.embedding_length", 2048)
        .string("tokenizer.ggml.model", "gpt2")
        .array("tokenizer.ggml.tokens", words(kLargeVocabulary, false))
        .array("tokenizer.ggml.scores", std::vector<float>(kLargeVocabulary, -1.5f))
        .array("tokenizer.ggml.token_type", std::vector<int32_t>(kLargeVocabulary, 1))
        .array("tokenizer.ggml.merges", words(kLargeMerges, true))
        .string("tokenizer.chat_template", std::string(6000, '{'))
        .u32("general.file_type", 15);
    const std::array<std::pair<const char *, std::vector<uint64_t>>, 9> layer = {{
        {"attn_norm.weight", {2048}},
        {"attn_q.weight", {2048, 4096}},
        {"attn_k.weight", {2048, 512}},
        {"attn_v.weight", {2048, 512}},
        {"attn_output.weight", {4096, 2048}},
        {"ffn_norm.weight", {2048}},
        {"ffn_gate.weight", {2048, 6144}},
        {"ffn_up.weight", {2048, 6144}},
        {"ffn_down.weight", {6144, 2048}},
    }};
    builder.tensor("token_embd.weight", GgmlType::q4_K, {2048, kLargeVocabulary});
    for (uint32_t i = 0; i < kLargeLayers; i++) {
        for (const auto & [name, ne] : layer) {
            builder.tensor("blk." + std::to_string(i) + "." + name, ne.size() == 1 ? GgmlType::f32 : GgmlType::q4_K,
                           ne);
        }
    }
    return builder.tensor("output_norm.weight", GgmlType::f32, {2048});
}

}  // namespace ggufit::test
