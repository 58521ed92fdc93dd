// Writes and reads sizes and counts without the locale and without a loss of digits.
#include "base/units.h"

#include <charconv>
#include <cmath>

#include "base/checked.h"
#include "base/phrase.h"

namespace ggufit {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the digits at the front of `text` as a number.
std::optional<uint64_t> takeInteger(std::string_view & text) {
    uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || text.empty() || !isDigit(text.front())) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return number;
}

/// `bytes` in units of `unit` with 10^decimals steps, rounded half up. 2^64 / 2^10 × 100 fits 64 bits.
uint64_t scaled(uint64_t bytes, uint64_t unit, uint64_t steps) {
    return bytes / unit * steps + (bytes % unit * steps + unit / 2) / unit;
}

std::string withDecimals(uint64_t value_in_steps, uint64_t steps) {
    std::string text = std::to_string(value_in_steps / steps);
    if (steps == 1) return text;
    const std::string fraction = std::to_string(steps + value_in_steps % steps);  // a leading 1 keeps the zeros
    return phrase("{}.{}", text, fraction.substr(1));
}

/// The multiplier that a unit's letters stand for: "G", "GB" and "GiB" alike.
std::optional<uint64_t> unitBytes(std::string_view unit) {
    if (unit.empty() || unit.size() > 3) return std::nullopt;
    const std::string_view rest = unit.substr(1);
    const bool whole = rest.empty() || (rest.size() == 1 && lower(rest[0]) == 'b') ||
                       (rest.size() == 2 && lower(rest[0]) == 'i' && lower(rest[1]) == 'b');
    if (!whole) return std::nullopt;
    switch (lower(unit[0])) {
        case 'k': return kKib;
        case 'm': return kMib;
        case 'g': return kGib;
        case 't': return 1024 * kGib;
        default: return std::nullopt;
    }
}

/// The digits behind a decimal point in bytes, rounded half up: "5" of a GiB is 2^29. Digits behind the ninth are below
/// a byte of every unit that people use and are not looked at.
uint64_t fractionBytes(std::string_view digits, uint64_t unit) {
    uint64_t numerator = 0;
    uint64_t denominator = 1;
    for (const char c : digits.substr(0, 9)) {
        numerator = numerator * 10 + static_cast<uint64_t>(c - '0');
        denominator *= 10;
    }
    // numerator × unit can overflow; numerator × (unit / denominator) is below unit, the rest below 10^18.
    return numerator * (unit / denominator) + (numerator * (unit % denominator) + denominator / 2) / denominator;
}

/// All digits of a whole number that is beyond 64 bits: those of its 53 bits, doubled as often as its exponent says.
std::string allDigits(double value) {
    int exponent = 0;
    std::string digits = std::to_string(static_cast<uint64_t>(std::ldexp(std::frexp(value, &exponent), 53)));
    for (int i = 53; i < exponent; ++i) {
        int carry = 0;
        for (size_t at = digits.size(); at-- > 0;) {
            const int doubled = 2 * (digits[at] - '0') + carry;
            digits[at] = static_cast<char>('0' + doubled % 10);
            carry = doubled / 10;
        }
        if (carry > 0) digits.insert(0, 1, '1');
    }
    return digits;
}

/// formatFixed of a value that has more digits than 53 bits hold. It is at least 9e15 / steps, so that no more than 30
/// bits stand behind its point, and the figures of all of them stay within 64 bits.
std::string largeFixed(double value, uint64_t steps) {
    constexpr double kTwoTo53 = 9007199254740992.0;
    const double whole = std::trunc(value);
    const auto fraction = static_cast<uint64_t>((value - whole) * static_cast<double>(uint64_t{1} << 30));
    const uint64_t rounded = (fraction * steps + (uint64_t{1} << 29)) >> 30;
    const std::string digits =
        value < kTwoTo53 ? std::to_string(static_cast<uint64_t>(whole) + rounded / steps) : allDigits(value);
    return digits + withDecimals(rounded % steps, steps).substr(1);  // behind its "0"
}

}  // namespace

std::string formatCount(uint64_t count) {
    std::string text = std::to_string(count);
    for (size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
    return text;
}

std::string formatMib(uint64_t bytes) { return formatCount(scaled(bytes, kMib, 1)) + " MiB"; }

std::string formatGib(uint64_t bytes) {
    // A value that rounds up to 1024.0 of a unit is written as 1 of the next.
    if (scaled(bytes, kKib, 10) < 10240) return withDecimals(scaled(bytes, kKib, 10), 10) + " KiB";
    if (scaled(bytes, kMib, 10) < 10240) return withDecimals(scaled(bytes, kMib, 10), 10) + " MiB";
    return withDecimals(scaled(bytes, kGib, 100), 100) + " GiB";
}

std::string formatParameters(uint64_t parameters) {
    if (parameters < 1000) return std::to_string(parameters);
    const auto below1000 = [&](uint64_t unit, const char * letter) -> std::string {
        const uint64_t tenths = scaled(parameters, unit, 10);
        if (tenths < 1000) return withDecimals(tenths, 10) + letter;
        const uint64_t whole = scaled(parameters, unit, 1);
        return whole < 1000 ? std::to_string(whole) + letter : std::string();
    };
    if (auto text = below1000(1000, " K"); !text.empty()) return text;
    if (auto text = below1000(1000000, " M"); !text.empty()) return text;
    return withDecimals(scaled(parameters, 1000000000, 10), 10) + " B";
}

std::optional<uint64_t> parseSize(std::string_view text, uint64_t default_unit_bytes) {
    text = trimmed(text);
    const auto whole = takeInteger(text);
    if (!whole) return std::nullopt;
    std::string_view digits;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        size_t n = 0;
        while (n < text.size() && isDigit(text[n])) n++;
        if (n == 0) return std::nullopt;
        digits = text.substr(0, n);
    }
    const std::string_view letters = trimmed(text.substr(digits.size()));
    const auto unit = letters.empty() ? std::optional(default_unit_bytes) : unitBytes(letters);
    if (!unit) return std::nullopt;
    const auto bytes = checkedMul(*whole, *unit);
    return bytes ? checkedAdd(*bytes, fractionBytes(digits, *unit)) : std::nullopt;
}

std::optional<uint64_t> parseTokens(std::string_view text) {
    text = trimmed(text);
    const auto count = takeInteger(text);
    if (!count || text.size() > 1) return std::nullopt;
    if (text.empty()) return count;
    if (lower(text[0]) == 'k') return checkedMul(*count, kKib);
    if (lower(text[0]) == 'm') return checkedMul(*count, kMib);
    return std::nullopt;
}

std::string formatFixed(double value, int decimals) {
    if (!std::isfinite(value)) return "0";
    const int places = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    uint64_t steps = 1;
    for (int i = 0; i < places; i++) steps *= 10;
    const double magnitude = std::fabs(value) * static_cast<double>(steps);
    const char * sign = value < 0 ? "-" : "";
    if (magnitude >= 9e15) return sign + largeFixed(std::fabs(value), steps);
    const auto rounded = static_cast<uint64_t>(std::floor(magnitude + 0.5));
    return (rounded > 0 ? sign : "") + withDecimals(rounded, steps);
}

}  // namespace ggufit
