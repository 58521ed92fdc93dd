// Extrapolates the vocabulary, which is most of a header, from the part of it that has arrived.
#include "gguf/likely_size.h"

#include <algorithm>
#include <string_view>

#include "base/checked.h"
#include "gguf/cursor.h"
#include "gguf/file.h"

namespace ggufit {

namespace {

constexpr uint64_t kTensorBytes = 80;          // a name of some 25 letters, up to four dimensions, type, offset
constexpr uint64_t kRestBytes = 24 * 1024;     // chat template and what stands behind the vocabulary
constexpr uint64_t kTokenBytes = 8 + 7;        // length and letters; those at the start of a vocabulary are shorter
constexpr uint64_t kMergeBytes = 8 + 9;        // two tokens and a space
constexpr uint64_t kMergesPerTokenX100 = 220;  // of vocabularies in tiktoken's order
constexpr uint64_t kFewMergesPerTokenX100 = 102;

/// Whether a tokenizer's kind (tokenizer.ggml.pre) was trained merge by merge, so that each token has one.
bool hasOneMergeAToken(std::string_view pre) {
    return pre.substr(0, 4) == "qwen" || pre.substr(0, 8) == "deepseek" || pre == "gpt-2" || pre == "starcoder" ||
           pre == "falcon" || pre == "command-r" || pre == "olmo";
}

uint64_t bytesOf(ValueType type) {
    switch (type) {
        case ValueType::u8:
        case ValueType::i8:
        case ValueType::boolean: return 1;
        case ValueType::u16:
        case ValueType::i16: return 2;
        case ValueType::u32:
        case ValueType::i32:
        case ValueType::f32: return 4;
        case ValueType::u64:
        case ValueType::i64:
        case ValueType::f64: return 8;
        default: return 0;
    }
}

/// What has been seen on the way through the metadata.
struct Vocabulary {
    uint64_t n_tokens = 0;
    bool byte_pairs = false;  // gpt2: merges follow
    bool few_merges = false;
    bool merges_seen = false;
    uint64_t numbers_seen = 0;  // arrays of a number a token: types, scores
};

struct Walk {
    Cursor cursor;
    Vocabulary vocabulary;
    uint64_t n_tensors = 0;
    uint64_t cut_bytes = 0;  // of the array that the prefix ends in, from its first element on

    bool start() {
        uint64_t magic_and_version = 0;
        if (!cursor.number(magic_and_version, "")) return false;
        const auto version = static_cast<uint32_t>(magic_and_version >> 32);
        cursor.setLayout(false, true);
        return (version == 2 || version == 3) && cursor.number(n_tensors, "");
    }

    /// Walks over strings as far as they are there; true where all are.
    bool strings(uint64_t count, uint64_t usual_bytes) {
        const uint64_t from = cursor.position();
        for (uint64_t i = 0; i < count; i++) {
            std::string_view text;
            if (cursor.string(text, kMaxHeaderBytes, "")) continue;
            const uint64_t mean = i == 0 ? usual_bytes : (cursor.position() - from) / i;
            cut_bytes = saturatingAdd(from, saturatingMul(count, std::max(mean + mean / 16, usual_bytes)));
            return false;
        }
        return true;
    }

    bool array(std::string_view key) {
        uint32_t element = 0;
        uint64_t count = 0;
        if (!cursor.number(element, "") || !cursor.number(count, "")) return false;
        const auto type = static_cast<ValueType>(element);
        const bool tokens = key == "tokenizer.ggml.tokens";
        if (tokens) vocabulary.n_tokens = count;
        if (key == "tokenizer.ggml.merges") vocabulary.merges_seen = true;
        if (type == ValueType::string) return strings(count, tokens ? kTokenBytes : kMergeBytes);
        if (count == vocabulary.n_tokens) vocabulary.numbers_seen++;
        const uint64_t bytes = saturatingMul(count, bytesOf(type));
        if (bytes == 0 && count > 0) return false;
        if (!cursor.need(bytes, "")) {
            cut_bytes = saturatingAdd(cursor.position(), bytes);
            return false;
        }
        cursor.skip(bytes);
        return true;
    }

    bool keyAndValue() {
        std::string_view key, text;
        uint32_t number = 0;
        if (!cursor.string(key, kMaxHeaderBytes, "") || !cursor.number(number, "")) return false;
        const auto type = static_cast<ValueType>(number);
        if (type == ValueType::array) return array(key);
        if (type == ValueType::string) {
            if (!cursor.string(text, kMaxHeaderBytes, "")) return false;
            if (key == "tokenizer.ggml.model") vocabulary.byte_pairs = text == "gpt2";
            if (key == "tokenizer.ggml.pre") vocabulary.few_merges = hasOneMergeAToken(text);
            return true;
        }
        const uint64_t bytes = bytesOf(type);
        if (bytes == 0 || !cursor.need(bytes, "")) return false;
        cursor.skip(bytes);
        return true;
    }
};

}  // namespace

uint64_t likelyHeaderBytes(std::span<const uint8_t> prefix) {
    Walk walk{Cursor(prefix, 0, ""), {}};
    uint64_t n_keys = 0;
    if (!walk.start() || !walk.cursor.number(n_keys, "")) return 0;
    uint64_t key = 0;
    while (key < n_keys && walk.keyAndValue()) key++;
    const Vocabulary & seen = walk.vocabulary;
    uint64_t total = std::max<uint64_t>(walk.cut_bytes, prefix.size());
    const uint64_t n_numbers = seen.byte_pairs ? 1 : 2;
    if (seen.numbers_seen < n_numbers) {
        total = saturatingAdd(total, saturatingMul(seen.n_tokens, 4 * (n_numbers - seen.numbers_seen)));
    }
    if (seen.byte_pairs && !seen.merges_seen) {
        const uint64_t merges_x100 = seen.few_merges ? kFewMergesPerTokenX100 : kMergesPerTokenX100;
        total = saturatingAdd(total, saturatingMul(seen.n_tokens, kMergeBytes * merges_x100) / 100);
    }
    total = saturatingAdd(total, saturatingMul(walk.n_tensors, kTensorBytes));
    return std::min(saturatingAdd(total, kRestBytes), kMaxHeaderBytes);
}

}  // namespace ggufit
