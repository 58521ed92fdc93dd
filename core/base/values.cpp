// Strict readings of argument values, without the exceptions and leniency of std::stoi.
#include "base/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/json.h"

namespace ggufit {

namespace {

template <typename Number>
std::optional<Number> wholeNumber(std::string_view text) {
    Number number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

}  // namespace

std::optional<int32_t> parseInteger(std::string_view text) {
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    return wholeNumber<int32_t>(text);
}

std::optional<uint64_t> parseUnsigned(std::string_view text) { return wholeNumber<uint64_t>(text); }

std::optional<double> parseDecimal(std::string_view text) {
    if (text.empty() || text.size() > 64) return std::nullopt;
    // strtod also reads spaces, hexadecimal, "inf" and "nan"; none of them belongs in a value
    if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
    const std::string copy(text);
    char * end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    if (end != copy.c_str() + copy.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::string writeDecimal(double value) {
    std::string text = dumpDecimal(value);
    if (text.size() > 2 && text.substr(text.size() - 2) == ".0") text.resize(text.size() - 2);
    return text;
}

std::optional<bool> parseSwitch(std::string_view text) {
    if (text == "on" || text == "enabled" || text == "true" || text == "1") return true;
    if (text == "off" || text == "disabled" || text == "false" || text == "0") return false;
    return std::nullopt;
}

std::vector<std::string_view> splitAt(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> splitProportions(std::string_view text) {
    std::vector<std::string_view> parts;
    do {
        const size_t end = text.find_first_of(",/");
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(",/"), text.size()));
    } while (!text.empty());
    return parts;
}

std::string quotedText(std::string_view text) {
    constexpr size_t kLongest = 60;
    const auto byteAt = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    size_t end = std::min(text.size(), kLongest);
    while (end > 0 && end < text.size() && (byteAt(end) & 0xc0) == 0x80) --end;  // not inside a UTF-8 sequence
    std::string out = "'";
    for (size_t i = 0; i < end; ++i) out += byteAt(i) < 0x20 || byteAt(i) == 0x7f ? '?' : text[i];
    return out + (end < text.size() ? "…'" : "'");
}

Error usageError(std::string_view argument, std::string detail) {
    if (detail.empty() || detail.back() != '.') detail += '.';
    return {.code = ErrorCode::usage, .where = std::string(argument), .detail = std::move(detail)};
}

}  // namespace ggufit
