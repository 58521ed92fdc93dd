// Escapes by backslash what CommonMark or GitHub's dialect would read as structure.
#include "render/markdown.h"

#include <algorithm>

#include "base/phrase.h"
#include "render/escape.h"

namespace ggufit {

namespace {

constexpr std::string_view kSpecial = "\\`*[]<>&|~#$";

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isWordCharacter(char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A list item, a rule or the line under a heading: "- x", "---", "===".
bool opensBlock(std::string_view text) {
    return text.size() == 1 || text[1] == ' ' || text.find_first_not_of(std::string{text[0], ' '}) == std::string::npos;
}

/// Whether the character at `i` would open a list, a heading or a rule at the start of a line, or an address anywhere.
bool isSpecialHere(std::string_view text, size_t i) {
    const char c = text[i];
    if (c == ':') return text.substr(i + 1).starts_with("//");
    if (c == '@') return true;
    if (c == '.' && i >= 3 && (text.substr(i - 3, 3) == "www" || text.substr(i - 3, 3) == "WWW")) return true;
    if (c == '_')  // within a word it is no emphasis
        return i == 0 || i + 1 == text.size() || !isWordCharacter(text[i - 1]) || !isWordCharacter(text[i + 1]);
    if (i == 0) return (c == '-' || c == '+' || c == '=') && opensBlock(text);
    const bool numbered = std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), isDigit);
    return numbered && (c == '.' || c == ')');
}

size_t longestRun(std::string_view text, char wanted) {
    size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == wanted ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

}  // namespace

std::string markdownText(std::string_view text) {
    std::string safe = safeTerminal(text);
    const size_t first = safe.find_first_not_of(' ');  // four spaces would open a block of code
    safe.erase(0, std::min(first, safe.size()));
    std::string out;
    for (size_t i = 0; i < safe.size(); ++i) {
        if (kSpecial.find(safe[i]) != std::string_view::npos || isSpecialHere(safe, i)) out += '\\';
        out += safe[i];
    }
    return out;
}

std::string markdownCode(std::string_view text) {
    const std::string safe = safeTerminal(text);
    const std::string ticks(longestRun(safe, '`') + 1, '`');
    return ticks.size() == 1 && !safe.empty() ? ticks + safe + ticks : phrase("{} {} {}", ticks, safe, ticks);
}

std::string markdownFence(std::string_view text, std::string_view language) {
    const std::string fence(std::max<size_t>(longestRun(text, '`') + 1, 3), '`');
    std::string out = phrase("{}{}\n", fence, std::string(language));
    for (size_t start = 0; start < text.size();) {
        const size_t end = std::min(text.find('\n', start), text.size());
        out += safeTerminal(text.substr(start, end - start)) + "\n";
        start = end + 1;
    }
    return phrase("{}{}\n", out, fence);
}

std::string markdownTable(const std::vector<std::string> & header, const std::vector<std::vector<std::string>> & rows) {
    std::string out = "|", line = "|";
    for (const std::string & cell : header) {
        out += phrase(" {} |", markdownText(cell));
        line += "---|";
    }
    out += phrase("\n{}\n", line);
    for (const auto & row : rows) {
        out += "|";
        for (size_t i = 0; i < header.size(); ++i) {
            const std::string cell = i < row.size() ? markdownText(row[i]) : "";
            out += cell.empty() ? " |" : phrase(" {} |", cell);
        }
        out += "\n";
    }
    return out;
}

}  // namespace ggufit
