// One pass over a line's bytes: colours and controls go, prefixes of containers, journals and loggers are stepped over.
#include "log/text.h"

#include <algorithm>
#include <array>

#include "base/values.h"

namespace ggufit {

namespace {

constexpr size_t kLatestFunction = 200;  // a function's name starts before this column, or the line is prose
constexpr size_t kLongestNumber = 40;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isControl(unsigned char c) { return c < 0x20 || c == 0x7F; }

/// Position behind the escape sequence that starts at `position`: ESC [ … letter, ESC ] … BEL, or ESC and a character.
size_t skipEscape(std::string_view line, size_t position) {
    size_t i = position + 1;
    if (i >= line.size()) return line.size();
    if (line[i] == '[') {
        for (++i; i < line.size(); ++i) {
            if (line[i] >= '@' && line[i] <= '~') return i + 1;
        }
        return line.size();
    }
    if (line[i] == ']') {
        const size_t end = line.find('\a', i);
        return end == std::string_view::npos ? line.size() : end + 1;
    }
    return i + 1;
}

/// {"log":"text\n","stream":"stderr",…} as Docker's json-file driver keeps lines.
std::string unwrapRecord(std::string_view line) {
    constexpr std::string_view kOpen = R"({"log":")";
    std::string text;
    for (size_t i = kOpen.size(); i < line.size() && line[i] != '"'; ++i) {
        if (line[i] != '\\' || i + 1 >= line.size()) {
            text += line[i];
            continue;
        }
        const char c = line[++i];
        if (c == 'u') {
            i += std::min<size_t>(4, line.size() - 1 - i);  // colours, mostly; what they spell is not needed
            if (i < line.size() && line.substr(i - 3, 4) == "001b") text += '\x1b';
        } else if (c == 't') {
            text += ' ';
        } else if (c != 'n' && c != 'r') {
            text += c;
        }
    }
    return text;
}

/// "2026-05-14", "22:14:31.071", "2026-05-14T22:14:31.071Z", "0.16.848.283", "[1502.123]", "+0200".
bool isTime(std::string_view word) {
    if (word.size() >= 2 && word.front() == '[' && word.back() == ']') word = word.substr(1, word.size() - 2);
    size_t digits = 0, marks = 0;
    for (const char c : word) {
        if (isDigit(c)) {
            ++digits;
        } else if (c == ':' || c == '-' || c == '.' || c == ',' || c == '/' || c == '+') {
            ++marks;
        } else if (c != 'T' && c != 'Z' && c != '_') {
            return false;
        }
    }
    return digits >= 4 && (marks >= 1 || digits >= 9);
}

/// "[53871]" of a router's child, "[pod/llama-0/server]", "stderr", "F", "I", "|".
bool isMark(std::string_view word, bool after_time) {
    if (word == "|") return true;
    if (word.starts_with("[pod/") && word.back() == ']') return true;
    if (word.size() > 2 && word.front() == '[' && word.back() == ']') {
        return std::all_of(word.begin() + 1, word.end() - 1, isDigit);
    }
    if (word == "stderr" || word == "stdout") return after_time;
    return word.size() == 1 && isUpper(word[0]) && after_time;
}

/// "llama-1  | " in front of a line of docker compose; the length of it, 0 where there is none.
size_t composeName(std::string_view text) {
    size_t end = 0;
    while (end < text.size() && end < 64 && text[end] != ' ' && text[end] != ':' && text[end] != '|') ++end;
    if (end == 0 || end >= text.size() || text[end] != ' ') return 0;
    const size_t bar = text.find_first_not_of(' ', end);
    return bar != std::string_view::npos && text[bar] == '|' ? bar + 1 : 0;
}

/// "Aug 27 23:56:37 host ollama[1502099]: ": the length of it, 0 where there is none.
size_t journalPrefix(std::string_view text) {
    if (text.size() < 16 || text[3] != ' ' || monthOf(text.substr(0, 3)) == 0) return 0;
    const size_t end = text.find(": ");
    return end > kLatestFunction ? 0 : end + 2;
}

/// Whether a word is a process, "llama-server[1]:".
bool isProcess(std::string_view word) {
    const size_t open = word.find('[');
    return open != 0 && open != std::string_view::npos && word.ends_with("]:") && open + 3 < word.size() &&
           std::all_of(word.begin() + static_cast<std::ptrdiff_t>(open) + 1, word.end() - 2, isDigit);
}

/// A journal's "host llama-server[1]: ", with a zone in front or without, behind a time: the length of it, 0 where it
/// is none.
size_t journalOrigin(std::string_view text) {
    size_t end = 0;
    for (int words = 0; words < 3; ++words) {
        const size_t begin = text.find_first_not_of(' ', end);
        if (begin == std::string_view::npos) return 0;
        end = std::min(text.find(' ', begin), text.size());
        if (words > 0 && isProcess(text.substr(begin, end - begin))) return end;
    }
    return 0;
}

/// "<30>" in front of a line of syslog, or all of "<30>1 TIME HOST PROGRAM PROCESS MESSAGE - " (RFC 5424): the length
/// of it, 0 where there is none.
size_t syslogPrefix(std::string_view text) {
    const size_t close = text.substr(0, 6).find('>');
    if (!text.starts_with('<') || close < 2 || close > 4 ||
        !std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(close), isDigit))
        return 0;
    if (text.substr(close + 1, 2) != "1 ") return close + 1;
    size_t end = close + 1;
    for (int words = 0; words < 7; ++words) {
        const size_t begin = text.find_first_not_of(' ', end);
        if (begin == std::string_view::npos) return close + 1;
        end = std::min(text.find(text[begin] == '[' ? ']' : ' ', begin), text.size());
    }
    return end;
}

/// "[ 1502.123456]" of a kernel's or journal's clock: the length of it, 0 where there is none.
size_t clockPrefix(std::string_view text) {
    const size_t close = text.substr(0, 24).find(']');
    if (!text.starts_with('[') || close == std::string_view::npos) return 0;
    const auto inside = trimBlanks(text.substr(1, close - 1));
    return inside.find('.') != std::string_view::npos && isTime(inside) ? close + 1 : 0;
}

bool isWeekday(std::string_view word) {
    constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return std::find(kDays.begin(), kDays.end(), word) != kDays.end();
}

std::string_view skipPrefixes(std::string_view text) {
    bool after_time = false;
    for (int rounds = 0; rounds < 8; ++rounds) {
        const size_t begin = std::min(text.find_first_not_of(' '), text.size());
        const std::string_view rest = text.substr(begin);
        const std::string_view word = rest.substr(0, rest.find(' '));
        size_t length = 0;
        if (!rest.empty() && (isTime(word) || isMark(word, after_time) || isWeekday(word))) length = word.size();
        after_time = after_time || isTime(word);
        if (const size_t clock = length == 0 ? clockPrefix(rest) : 0; clock > 0) {
            length = clock;
            after_time = true;
        }
        if (length == 0) length = syslogPrefix(rest);
        if (length == 0) length = journalPrefix(rest);
        if (length == 0) length = composeName(rest);
        if (length == 0 && after_time) length = journalOrigin(rest);
        if (length == 0) break;
        text = rest.substr(length);
    }
    return text;
}

bool isNameStart(char c) { return isLower(c) || c == '_' || c == '~'; }
bool isNameChar(char c) { return isLower(c) || isDigit(c) || c == '_'; }

/// Whether a word is a function's name: "llama_context", "init", "print_info", but not "q4_0".
bool isFunction(std::string_view word) {
    if (word.size() < 4 || !isNameStart(word[0]) || isDigit(word[1]) ||
        !std::all_of(word.begin() + 1, word.end(), isNameChar))
        return false;
    return word.find('_') != std::string_view::npos || word == "init" || word == "main" || word == "build" ||
           word == "operator";
}

/// Puts the function whose ": " starts at `colon` into the line.
void setFunction(LogLine & line, size_t begin, size_t colon) {
    line.function = line.text.substr(begin, colon - begin);
    line.tagged = line.text.substr(begin);
    line.body = line.text.substr(colon + 1);
}

}  // namespace

std::string cleanLogLine(std::string_view given) {
    const std::string unwrapped = given.starts_with(R"({"log":")") ? unwrapRecord(given) : std::string();
    std::string_view line = unwrapped.empty() ? given : unwrapped;
    for (const std::string_view order_mark : {"\xEF\xBB\xBF", "\xFF\xFE"}) {
        if (line.starts_with(order_mark)) line.remove_prefix(order_mark.size());
    }
    std::string clean;
    clean.reserve(line.size());
    for (size_t i = 0; i < line.size();) {
        if (line[i] == '\x1b') {
            i = skipEscape(line, i);
            continue;
        }
        if (!isControl(static_cast<unsigned char>(line[i]))) {
            clean += line[i];
        } else if (line[i] == '\t') {
            clean += ' ';
        }
        ++i;
    }
    return clean;
}

LogLine readLogLine(std::string_view clean) {
    LogLine line;
    line.text = skipPrefixes(clean);
    line.body = line.tagged = line.text;
    size_t from = 0;
    while (from < kLatestFunction) {
        const size_t colon = line.text.find(':', from);
        if (colon > kLatestFunction) break;  // npos too
        from = colon + 1;
        const bool ends_word = from >= line.text.size() || line.text[from] == ' ';
        if (!ends_word) continue;
        size_t begin = colon;
        while (begin > 0 && (isNameChar(line.text[begin - 1]) || line.text[begin - 1] == '~')) --begin;
        const bool starts_word = begin == 0 || line.text[begin - 1] == ' ';
        if (!starts_word || !isFunction(line.text.substr(begin, colon - begin))) continue;
        // Only a name that follows at once is meant rather than this one: a unit's name before the function's.
        if (!line.function.empty() && !trimBlanks(line.text.substr(0, begin)).ends_with(':')) break;
        setFunction(line, begin, colon);
    }
    return line;
}

std::string_view trimBlanks(std::string_view text) {
    const size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string collapseBlanks(std::string_view text) {
    std::string collapsed;
    for (const char c : trimBlanks(text)) {
        if (c != ' ' || !collapsed.ends_with(' ')) collapsed += c;
    }
    return collapsed;
}

std::optional<std::string_view> after(std::string_view text, std::string_view mark) {
    const size_t found = text.find(mark);
    if (found == std::string_view::npos) return std::nullopt;
    return text.substr(found + mark.size());
}

std::optional<std::string_view> between(std::string_view text, std::string_view open, std::string_view close) {
    const auto rest = after(text, open);
    if (!rest) return std::nullopt;
    const size_t end = rest->find(close);
    if (end == std::string_view::npos) return std::nullopt;
    return rest->substr(0, end);
}

std::optional<double> leadingNumber(std::string_view text) {
    text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    std::string number;
    bool pointed = false;
    for (const char c : text.substr(0, kLongestNumber)) {
        if (isDigit(c)) {
            number += c;
        } else if ((c == '.' || c == ',') && !pointed && !number.empty()) {
            number += '.';
            pointed = true;
        } else {
            break;
        }
    }
    if (number.ends_with('.')) number.pop_back();
    const auto value = parseDecimal(number);
    return value && *value <= kLargestNumber ? value : std::nullopt;
}

std::optional<uint64_t> leadingCount(std::string_view text) {
    text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    size_t end = 0;
    while (end < text.size() && isDigit(text[end])) ++end;
    return parseUnsigned(text.substr(0, end));
}

std::optional<int64_t> leadingInteger(std::string_view text) {
    text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    const bool negative = text.starts_with('-');
    const auto count = leadingCount(negative ? text.substr(1) : text);
    if (!count || *count > uint64_t{INT64_MAX}) return std::nullopt;
    return negative ? -static_cast<int64_t>(*count) : static_cast<int64_t>(*count);
}

}  // namespace ggufit
