// Lines of a log: cut from a stream with bounded memory, freed of prefixes and colours, and looked into.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ggufit {

/// Longer lines are cut here; llama.cpp's own end long before, lists by layer included.
inline constexpr size_t kLongestLogLine = 16 * 1024;

/// A line as it is read: what stands in front of llama.cpp's text (container, journal, time, level) is gone.
struct LogLine {
    std::string_view text;      // without prefixes
    std::string_view function;  // "llama_context" of "llama_context: n_ctx = 4096"; empty where there is none
    std::string_view body;      // behind it; the whole text where there is no function
    std::string_view tagged;    // from the function on; the text where there is none
};

/// The text of a line without escape sequences and control characters, taken out of a JSON record of a container's log
/// where it is in one. `line` ends before its line feed.
[[nodiscard]] std::string cleanLogLine(std::string_view line);

/// Looks into a clean line.
[[nodiscard]] LogLine readLogLine(std::string_view clean);

/// The date of a line's stamp, as "2026-02-16": in front of llama.cpp's text, or in the record of a container's log.
/// Empty where there is none, or one without a year. `bytes` is the line that `line` was read from.
[[nodiscard]] std::string stampedDate(std::string_view bytes, std::string_view clean, const LogLine & line);

/// The day of a stamp without a year ("Aug 27 23:56:37"), as "08-27"; empty where there is none.
[[nodiscard]] std::string stampedDay(std::string_view clean, const LogLine & line);

/// Whether a text is a day of the calendar as "2026-02-16", from 2000 on.
[[nodiscard]] bool isDate(std::string_view text);

[[nodiscard]] std::string_view trimBlanks(std::string_view text);

/// Runs of blanks as one.
[[nodiscard]] std::string collapseBlanks(std::string_view text);

/// Behind the first place where `mark` stands; nothing where it does not.
[[nodiscard]] std::optional<std::string_view> after(std::string_view text, std::string_view mark);

/// 1 for "Jan" to 12 for "Dec"; 0 for any other text.
[[nodiscard]] uint32_t monthOf(std::string_view text);

/// Between the first `open` and the next `close` behind it.
[[nodiscard]] std::optional<std::string_view> between(std::string_view text, std::string_view open,
                                                      std::string_view close);

/// No size, speed or count of a start is as large. Sums of such numbers fit into whole numbers, hundredths too.
inline constexpr double kLargestNumber = 1e12;

/// A number at the start of a text, blanks before it skipped; a comma counts as the decimal point (locales print one).
/// None above kLargestNumber.
[[nodiscard]] std::optional<double> leadingNumber(std::string_view text);

/// A whole number at the start of a text, blanks before it skipped.
[[nodiscard]] std::optional<uint64_t> leadingCount(std::string_view text);

/// The same with a sign.
[[nodiscard]] std::optional<int64_t> leadingInteger(std::string_view text);

}  // namespace ggufit
