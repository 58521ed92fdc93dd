// Dates that containers, journals and loggers put in front of a line.
#include <algorithm>
#include <array>

#include "log/text.h"

namespace ggufit {

namespace {

constexpr size_t kDate = 10;  // characters of "2026-02-16"

bool isDigit(char c) { return c >= '0' && c <= '9'; }

uint32_t numberOf(std::string_view digits) {
    uint32_t number = 0;
    for (const char c : digits) number = 10 * number + static_cast<uint32_t>(c - '0');
    return number;
}

/// The first date in a text, with "/" for "-" too.
std::string dateIn(std::string_view text) {
    for (size_t i = 0; i + kDate <= text.size(); ++i) {
        if (!isDigit(text[i]) || (i > 0 && isDigit(text[i - 1]))) continue;
        std::string date(text.substr(i, kDate));
        std::replace(date.begin(), date.end(), '/', '-');
        if (isDate(date) && (i + kDate == text.size() || !isDigit(text[i + kDate]))) return date;
    }
    return {};
}

}  // namespace

bool isDate(std::string_view text) {
    constexpr std::array<uint32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (text.size() != kDate || text[4] != '-' || text[7] != '-') return false;
    for (size_t i = 0; i < kDate; ++i) {
        if (i != 4 && i != 7 && !isDigit(text[i])) return false;
    }
    const uint32_t year = numberOf(text.substr(0, 4)), month = numberOf(text.substr(5, 2));
    const uint32_t day = numberOf(text.substr(8, 2));
    if (year < 2000 || month < 1 || month > kDays.size() || day < 1) return false;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

uint32_t monthOf(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(kMonths.begin(), kMonths.end(), text);
    return found == kMonths.end() ? 0 : static_cast<uint32_t>(found - kMonths.begin()) + 1;
}

std::string stampedDay(std::string_view clean, const LogLine & line) {
    constexpr std::string_view kLeapYear = "2000-";
    const size_t text = line.text.empty() ? std::string_view::npos : clean.find(line.text);
    const std::string_view prefix = clean.substr(0, text == std::string_view::npos ? 0 : text);
    for (size_t i = 0; i + 6 <= prefix.size(); ++i) {  // "Aug 27", "Aug  7"
        const uint32_t month = monthOf(prefix.substr(i, 3));
        if (month == 0 || prefix[i + 3] != ' ') continue;
        std::string day = month < 10 ? "0" : "";
        day += std::to_string(month) + "-";
        day += prefix[i + 4] == ' ' ? '0' : prefix[i + 4];
        day += prefix[i + 5];
        if (isDate(std::string(kLeapYear) + day)) return day;
    }
    return {};
}

std::string stampedDate(std::string_view bytes, std::string_view clean, const LogLine & line) {
    if (bytes.starts_with(R"({"log":")")) {
        const auto time = after(bytes, R"("time":")");
        if (time) return dateIn(time->substr(0, kDate));
    }
    const size_t text = line.text.empty() ? std::string_view::npos : clean.find(line.text);
    return text == std::string_view::npos ? std::string() : dateIn(clean.substr(0, text));
}

}  // namespace ggufit
