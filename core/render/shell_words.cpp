// Quotes words for a shell.
#include "render/shell_words.h"

#include "render/escape.h"

namespace ggufit {

namespace {

constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./=,:+@%";

std::string escapedWord(std::string_view word) {
    std::string text = "$'";
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'' || c == '\\') {
            text += '\\';
            text += c;
        } else if (byte < 0x20 || byte >= 0x7F) {
            text += '\\';
            for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + ((byte >> shift) & 7));
        } else {
            text += c;
        }
    }
    return text + "'";
}

}  // namespace

std::string shellWord(std::string_view word) {
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
    if (safeTerminal(word) != word) return escapedWord(word);
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

std::string shellLine(const std::vector<std::string> & words) {
    std::string line;
    for (const std::string & word : words) line += (line.empty() ? "" : " ") + shellWord(word);
    return line;
}

}  // namespace ggufit
