// Measures the columns, wraps the cells, pads and paints.
#include "render/table.h"

#include <algorithm>

#include "render/escape.h"

namespace ggufit {

namespace {

constexpr uint32_t kNarrowestWrap = 24;
constexpr uint32_t kNarrowestName = 12;

using Row = std::vector<std::vector<std::string>>;  // cells, each of lines

std::vector<uint32_t> columnWidths(const Table & table, uint32_t terminal_width) {
    std::vector<uint32_t> widths(table.columns.size(), 0);
    const auto measure = [&widths](const std::vector<std::string> & cells) {
        for (size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
            widths[i] = std::max(widths[i], displayWidth(safeTerminal(cells[i])));
        }
    };
    measure(table.header);
    for (const auto & row : table.rows) measure(row);
    measure(table.footer);

    if (widths.empty()) return widths;
    uint32_t used = table.indent;
    for (size_t i = 0; i < widths.size(); ++i) {
        uint32_t limit = table.columns[i].max_width;
        if (limit == 0 && i + 1 == widths.size()) {
            limit = std::max(kNarrowestWrap, terminal_width > used ? terminal_width - used : 0);
        }
        if (limit != 0) widths[i] = std::min(widths[i], limit);
        used += widths[i] + table.gap;
    }
    uint32_t beyond = used - table.gap > terminal_width ? used - table.gap - terminal_width : 0;
    for (size_t i = 0; i < widths.size() && beyond > 0; ++i) {
        if (!table.columns[i].shrinks) continue;
        const uint32_t taken = std::min(beyond, widths[i] > kNarrowestName ? widths[i] - kNarrowestName : 0);
        widths[i] -= taken;
        beyond -= taken;
    }
    return widths;
}

void appendRow(std::string & out, const Table & table, const std::vector<std::string> & cells,
               const std::vector<uint32_t> & widths, Ink row_ink, bool colour) {
    Row row;
    size_t n_lines = 1;
    for (size_t i = 0; i < widths.size(); ++i) {
        row.push_back(wrapText(i < cells.size() ? safeTerminal(cells[i]) : "", std::max(widths[i], 1U)));
        n_lines = std::max(n_lines, row.back().size());
    }
    for (size_t line = 0; line < n_lines; ++line) {
        size_t spaces = table.indent;
        for (size_t i = 0; i < widths.size(); ++i) {
            const std::string text = line < row[i].size() ? row[i][line] : "";
            const uint32_t rest = widths[i] - std::min(widths[i], displayWidth(text));
            const bool right = table.columns[i].align == Align::right;
            if (right) spaces += rest;
            if (!text.empty()) {
                out.append(spaces, ' ');
                spaces = 0;
                out += inked(text, row_ink == Ink::plain ? table.columns[i].ink : row_ink, colour);
            }
            if (!right) spaces += rest;
            spaces += table.gap;
        }
        out += '\n';
    }
}

}  // namespace

std::string inked(std::string_view text, Ink ink, bool colour) {
    if (!colour || ink == Ink::plain || text.empty()) return std::string(text);
    const char * code = "0";
    switch (ink) {
        case Ink::plain: break;
        case Ink::bold: code = "1"; break;
        case Ink::dim: code = "2"; break;
        case Ink::green: code = "32"; break;
        case Ink::yellow: code = "33"; break;
        case Ink::red: code = "31"; break;
        case Ink::cyan: code = "36"; break;
    }
    return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
}

std::string renderTable(const Table & table, uint32_t width, bool colour) {
    const auto widths = columnWidths(table, width);
    std::string out;
    if (!table.header.empty()) appendRow(out, table, table.header, widths, Ink::dim, colour);
    for (const auto & row : table.rows) appendRow(out, table, row, widths, Ink::plain, colour);
    if (!table.footer.empty()) appendRow(out, table, table.footer, widths, Ink::dim, colour);
    return out;
}

}  // namespace ggufit
