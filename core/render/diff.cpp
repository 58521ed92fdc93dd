// Compares lines: what both texts start and end with is set aside, the rest by the longest common subsequence.
#include "render/diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/phrase.h"
#include "render/escape.h"
#include "render/table.h"

namespace ggufit {

namespace {

constexpr size_t kContext = 3;
constexpr size_t kMostCells = size_t{4} << 20;  // of the comparison; beyond it all is taken out and put in

enum class Change : char { same = ' ', out = '-', in = '+' };

struct DiffLine {
    Change change;
    std::string_view text;  // with its line end
};

std::vector<std::string_view> linesOf(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t feed = text.find('\n');
        const size_t length = feed == std::string_view::npos ? text.size() : feed + 1;
        lines.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return lines;
}

using Lines = std::vector<std::string_view>;

/// The middle part, by the longest common subsequence of lines.
void compareMiddle(const Lines & before, const Lines & after, std::vector<DiffLine> & out) {
    const size_t n = before.size(), m = after.size();
    if ((n + 1) > kMostCells / (m + 1)) {
        for (const auto line : before) out.push_back({Change::out, line});
        for (const auto line : after) out.push_back({Change::in, line});
        return;
    }
    std::vector<uint32_t> longest((n + 1) * (m + 1), 0);
    const auto cell = [&longest, m](size_t i, size_t j) -> uint32_t & { return longest[i * (m + 1) + j]; };
    for (size_t i = n; i-- > 0;) {
        for (size_t j = m; j-- > 0;) {
            cell(i, j) = before[i] == after[j] ? cell(i + 1, j + 1) + 1 : std::max(cell(i + 1, j), cell(i, j + 1));
        }
    }
    size_t i = 0, j = 0;
    while (i < n || j < m) {
        if (i < n && j < m && before[i] == after[j]) {
            out.push_back({Change::same, before[i]});
            ++i, ++j;
        } else if (i < n && (j == m || cell(i + 1, j) >= cell(i, j + 1))) {
            out.push_back({Change::out, before[i++]});
        } else {
            out.push_back({Change::in, after[j++]});
        }
    }
}

std::vector<DiffLine> compare(const Lines & before, const Lines & after) {
    size_t start = 0, end = 0;
    const size_t least = std::min(before.size(), after.size());
    while (start < least && before[start] == after[start]) ++start;
    while (end < least - start && before[before.size() - 1 - end] == after[after.size() - 1 - end]) ++end;
    const auto part = [start, end](const Lines & lines) {
        return Lines(lines.begin() + static_cast<std::ptrdiff_t>(start),
                     lines.end() - static_cast<std::ptrdiff_t>(end));
    };
    std::vector<DiffLine> out;
    for (size_t i = 0; i < start; ++i) out.push_back({Change::same, before[i]});
    compareMiddle(part(before), part(after), out);
    for (size_t i = before.size() - end; i < before.size(); ++i) out.push_back({Change::same, before[i]});
    return out;
}

std::string shown(const DiffLine & line, bool colour) {
    std::string_view text = line.text;
    const bool ended = text.ends_with('\n');
    if (ended) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    const std::string whole = std::string(1, static_cast<char>(line.change)) + safeTerminal(text);
    const Ink ink = line.change == Change::same ? Ink::plain : line.change == Change::out ? Ink::red : Ink::green;
    return phrase("{}\n{}", inked(whole, ink, colour), ended ? "" : "\\ No newline at end of file\n");
}

std::string range(size_t first, size_t count) {
    const size_t shown_first = count == 0 ? first : first + 1;
    return std::to_string(shown_first) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

std::string unifiedDiff(std::string_view name, std::string_view before, std::string_view after,
                        const TextOptions & options) {
    if (before == after) return "";
    const std::vector<DiffLine> lines = compare(linesOf(before), linesOf(after));
    const std::string safe_name = safeTerminal(name);
    std::string out = phrase("{}\n{}\n", inked("--- " + safe_name, Ink::bold, options.colour),
                             inked("+++ " + safe_name, Ink::bold, options.colour));
    size_t old_line = 0, new_line = 0;
    for (size_t i = 0; i < lines.size();) {
        size_t next = i;
        while (next < lines.size() && lines[next].change == Change::same) ++next;
        if (next == lines.size()) break;
        const size_t first = next - std::min(kContext, next - i);
        old_line += first - i;
        new_line += first - i;
        size_t end = next, same = 0;  // the hunk goes on until more context follows than two hunks show
        for (; end < lines.size() && same <= 2 * kContext; ++end) {
            same = lines[end].change == Change::same ? same + 1 : 0;
        }
        end -= same > kContext ? same - kContext : 0;
        size_t n_old = 0, n_new = 0;
        std::string body;
        for (size_t k = first; k < end; ++k) {
            n_old += lines[k].change != Change::in ? 1 : 0;
            n_new += lines[k].change != Change::out ? 1 : 0;
            body += shown(lines[k], options.colour);
        }
        out += phrase(
            "{}\n{}",
            inked(phrase("@@ -{} +{} @@", range(old_line, n_old), range(new_line, n_new)), Ink::cyan, options.colour),
            body);
        old_line += n_old;
        new_line += n_new;
        i = end;
    }
    return out;
}

}  // namespace ggufit
