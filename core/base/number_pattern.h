// A set of numbers as a short regular expression: 8 to 47 is "([89]|[1-3][0-9]|4[0-7])".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ggufit {

/// A pattern that matches the decimal text of these numbers and no other number, in the syntax that all of ECMAScript,
/// POSIX extended and our own Regex share. Put between characters that are no digits: as a part of a longer number it
/// would match too. In brackets where it has several alternatives. `numbers` may be in any order and hold duplicates;
/// none gives an empty text.
[[nodiscard]] std::string numberPattern(const std::vector<uint32_t> & numbers);

}  // namespace ggufit
