// Splits texts about system memory into words.
#include "machine/ram_words.h"

#include <algorithm>

#include "base/checked.h"
#include "base/units.h"
#include "base/values.h"

namespace ggufit {

namespace {

constexpr size_t kLongestText = 200;
constexpr size_t kMostWords = 64;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool isLetter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Where the word that starts at `i` ends.
size_t wordEnd(std::string_view text, size_t i) {
    const auto past = [&](bool (*belongs)(char), size_t from) {
        while (from < text.size() && belongs(text[from])) ++from;
        return from;
    };
    if (isLetter(text[i])) return past(isLetter, i);
    if (!isDigit(text[i])) return i + 1;
    const size_t whole = past(isDigit, i);
    const bool decimals = whole + 1 < text.size() && text[whole] == '.' && isDigit(text[whole + 1]);
    return decimals ? past(isDigit, whole + 1) : whole;
}

bool isUnit(const std::string & word) {
    const auto units = {"gb", "gib", "g", "tb", "tib", "mb", "mib"};
    return std::find(units.begin(), units.end(), word) != units.end();
}

}  // namespace

std::vector<RamWord> ramWords(std::string_view text) {
    text = text.substr(0, kLongestText);
    std::vector<RamWord> words;
    bool apart = true;
    for (size_t i = 0; i < text.size() && words.size() < kMostWords;) {
        if (isBlank(text[i])) {
            apart = true;
            ++i;
            continue;
        }
        const size_t end = wordEnd(text, i);
        RamWord word{std::string(text.substr(i, end - i)), 0, apart};
        std::transform(word.text.begin(), word.text.end(), word.text.begin(), lower);
        if (isDigit(word.text[0])) word.number = parseDecimal(word.text).value_or(0);
        words.push_back(std::move(word));
        apart = false;
        i = end;
    }
    return words;
}

std::optional<RamSize> ramSizeAt(const std::vector<RamWord> & words, size_t i) {
    const auto textAt = [&](size_t at) { return at < words.size() ? words[at].text : std::string(); };
    if (i >= words.size() || words[i].number <= 0) return std::nullopt;
    if (textAt(i + 1) == "x") {  // sticks
        const auto each = words[i].number <= 64 && textAt(i + 3) != "x" ? ramSizeAt(words, i + 2) : std::nullopt;
        const auto bytes = each ? checkedMul(static_cast<uint64_t>(words[i].number), each->bytes) : std::nullopt;
        return bytes ? std::optional(RamSize{*bytes, 2 + each->n_words}) : std::nullopt;
    }
    if (!isUnit(textAt(i + 1)) || textAt(i + 2) == "/") return std::nullopt;
    const auto bytes = parseSize(words[i].text + words[i + 1].text, kGib);
    return bytes ? std::optional(RamSize{*bytes, 2}) : std::nullopt;
}

}  // namespace ggufit
