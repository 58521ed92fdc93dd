// Strings of a file made fit to be shown: valid UTF-8, one line, of limited length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace ggufit {

/// Characters that act on a terminal or page rather than show: C0 and C1 controls, DEL, line and paragraph separators,
/// marks that turn the direction of writing.
[[nodiscard]] bool isControl(char32_t value);

/// `text` as one line of at most `max_characters` characters: runs of white space and controls become one space, ends
/// are trimmed, bytes that are no UTF-8 become U+FFFD, and what is cut off leaves "…". Reads no more than it needs.
[[nodiscard]] std::string cleanText(std::string_view text, uint32_t max_characters = 120);

}  // namespace ggufit
