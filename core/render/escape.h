// Text from files made safe to print, and how wide text is on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

/// Text of a file made safe for a terminal: control characters (escape sequences among them), the characters that turn
/// the direction of writing and bytes that are no UTF-8 become "\x1b"-like text. Everything else stays as it is.
[[nodiscard]] std::string safeTerminal(std::string_view text);

/// Columns that safe text takes on a terminal: one for each character, two for the wide ones of East Asia and emoji.
[[nodiscard]] uint32_t displayWidth(std::string_view text);

/// Lines of at most `width` columns, broken at spaces, within a word only where it is wider than a line (then after a
/// dot, slash, hyphen or underscore, if there is one late enough). At least one line.
[[nodiscard]] std::vector<std::string> wrapText(std::string_view text, uint32_t width);

}  // namespace ggufit
