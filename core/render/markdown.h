// Markdown whose structure is ours alone: text from files and users can't add to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

/// Text that reads as itself wherever it stands in a line of CommonMark or GitHub's dialect: no emphasis, link, code,
/// HTML, entity, formula, table cell or block of its own. Control characters become text (safeTerminal).
[[nodiscard]] std::string markdownText(std::string_view text);

/// Text of one line as a code span.
[[nodiscard]] std::string markdownCode(std::string_view text);

/// A fenced block; its fence is longer than any run of backticks inside. Lines are kept, other control characters
/// become text.
[[nodiscard]] std::string markdownFence(std::string_view text, std::string_view language = "");

/// A table of text cells; a row may have fewer cells than the header.
[[nodiscard]] std::string markdownTable(const std::vector<std::string> & header,
                                        const std::vector<std::vector<std::string>> & rows);

}  // namespace ggufit
