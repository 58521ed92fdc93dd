// Strings of a file made fit to be shown: valid UTF-8, one line, of limited length. And the one place that decodes
// UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ggufit {

/// One character of a text that may be no UTF-8.
struct CodePoint {
    char32_t value = 0;
    uint32_t n_bytes = 1;  // that it takes; 1 where valid is false
    bool valid = false;    // false: a byte that starts no shortest-form UTF-8 sequence
};

/// The character at `position`, which is below text.size().
[[nodiscard]] CodePoint decodeUtf8(std::string_view text, size_t position);

/// Characters that act on a terminal or page rather than show: C0 and C1 controls, DEL, line and paragraph separators,
/// marks that turn the direction of writing.
[[nodiscard]] bool isControl(char32_t value);

/// `text` as one line of at most `max_characters` characters: runs of white space and controls become one space, ends
/// are trimmed, bytes that are no UTF-8 become U+FFFD, and what is cut off leaves "…". Reads no more than it needs.
[[nodiscard]] std::string cleanText(std::string_view text, uint32_t max_characters = 120);

}  // namespace ggufit
