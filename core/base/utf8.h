// The one place that decodes UTF-8.
#pragma once

#include <cstdint>
#include <string_view>

namespace ggufit {

/// What stands for bytes that are no UTF-8: U+FFFD.
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// One character of a text that may be no UTF-8.
struct CodePoint {
    char32_t value = 0;
    uint32_t n_bytes = 1;  // that it takes; 1 where valid is false
    bool valid = false;    // false: a byte that starts no shortest-form UTF-8 sequence
};

/// The character at `position`, which is below text.size().
[[nodiscard]] CodePoint decodeUtf8(std::string_view text, size_t position);

}  // namespace ggufit
