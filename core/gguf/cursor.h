// A bounded walk over the first bytes of a GGUF file: every step knows what is there, and what the file can still hold.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/checked.h"
#include "base/result.h"

namespace ggufit {

/// No model's header comes near this; a length that reaches beyond it is damage, not something to read towards.
/// llama.cpp's own bound for one string and one array is the same (gguf.cpp, GGUF_MAX_STRING_LENGTH).
inline constexpr uint64_t kMaxHeaderBytes = uint64_t{1} << 30;

/// Text from a file as it may stand in a message: printable, short, in quotes.
[[nodiscard]] std::string quotedFromFile(std::string_view text);

/// "1 byte", "4,096 bytes".
[[nodiscard]] std::string countOf(uint64_t count, std::string_view noun);

/// A walk that stops at the first fault: each step returns false from then on, and error() says why.
class Cursor {
  public:
    Cursor(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string file_name)
        : bytes_(prefix),
          file_bytes_(file_bytes == 0 || file_bytes > prefix.size() ? file_bytes : prefix.size()),
          file_name_(std::move(file_name)) {}

    /// How the file writes numbers; known once its version is.
    void setLayout(bool big_endian, bool wide_lengths) {
        swap_ = big_endian;
        length_bytes_ = wide_lengths ? 8 : 4;
    }

    [[nodiscard]] uint64_t position() const { return position_; }
    [[nodiscard]] uint64_t remaining() const { return bytes_.size() - position_; }
    [[nodiscard]] uint64_t fileBytes() const { return file_bytes_; }
    [[nodiscard]] uint64_t lengthBytes() const { return length_bytes_; }
    [[nodiscard]] const Error & error() const { return error_; }

    /// Bytes that must follow in the header after what is being read, at least: makes needed_bytes of a prefix that is
    /// too short reach as far as is known.
    void expect(uint64_t bytes) { outstanding_ = saturatingAdd(outstanding_, bytes); }
    void arrived(uint64_t bytes) { outstanding_ = saturatingSub(outstanding_, bytes); }

    /// What is being read, for messages: "key 'general.name'". The text stays alive until the next call.
    void setSubject(std::string_view kind, std::string_view name) {
        subject_kind_ = kind;
        subject_name_ = name;
    }

    /// Whether the whole file can hold `bytes` more here, and all that is expected after them.
    bool fits(uint64_t bytes, std::string_view item);

    /// Whether the prefix holds `bytes` more.
    bool need(uint64_t bytes, std::string_view item) {
        return bytes <= remaining() || (fits(bytes, item) && truncated(bytes, item));
    }

    void skip(uint64_t bytes) { position_ += bytes; }  // after need()

    template <typename T>
    bool number(T & out, std::string_view item) {
        if (!need(sizeof(T), item)) return false;
        out = load<T>(position_);
        position_ += sizeof(T);
        return true;
    }

    /// A count or length: 32 bits in version 1, else 64.
    bool length(uint64_t & out, std::string_view item);

    /// A length and so many bytes, which stay in the prefix.
    bool string(std::string_view & out, uint64_t max_bytes, std::string_view item);

    /// Walks over `count` strings, whose lengths have been expect()ed.
    bool skipStrings(uint64_t count, std::string_view item);

    /// Stops the walk; the offset is where the fault was seen.
    bool fail(ErrorCode code, std::string detail, uint64_t offset);
    bool fail(std::string detail, uint64_t offset) { return fail(ErrorCode::input, std::move(detail), offset); }

    /// "key 'general.name'" or what else is being read; empty at the start of the file.
    [[nodiscard]] std::string subject() const;

  private:
    template <typename T>
    [[nodiscard]] T load(uint64_t at) const {
        uint8_t raw[sizeof(T)];
        std::memcpy(raw, bytes_.data() + at, sizeof(T));
        if (swap_ && sizeof(T) > 1) {
            for (size_t i = 0; i < sizeof(T) / 2; i++) std::swap(raw[i], raw[sizeof(T) - 1 - i]);
        }
        T value;
        std::memcpy(&value, raw, sizeof(T));
        return value;
    }

    bool truncated(uint64_t bytes, std::string_view item);

    template <typename Length>
    bool skipStringsOf(uint64_t count, std::string_view item);

    std::span<const uint8_t> bytes_;
    uint64_t file_bytes_;
    std::string file_name_;
    uint64_t position_ = 0;
    uint64_t outstanding_ = 0;
    uint64_t length_bytes_ = 8;
    bool swap_ = false;
    std::string_view subject_kind_;
    std::string_view subject_name_;
    Error error_;
};

}  // namespace ggufit
