// Aligned columns and colours for a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

enum class Ink : uint8_t { plain, bold, dim, green, yellow, red, cyan };

/// `text` in a colour, where `colour` is on; the text must be safe already.
[[nodiscard]] std::string inked(std::string_view text, Ink ink, bool colour);

enum class Align : uint8_t { left, right };

struct Column {
    Align align = Align::left;
    uint32_t max_width = 0;  // cells wrap beyond it; 0: the last column wraps at the terminal's edge, others never
    Ink ink = Ink::plain;
    bool shrinks = false;  // gives way where the table would be wider than the terminal
};

/// Rows of cells. Cells are escaped here (safeTerminal), so that no caller forgets it.
struct Table {
    std::vector<Column> columns;
    std::vector<std::string> header;             // may be empty
    std::vector<std::vector<std::string>> rows;  // a row may have fewer cells than there are columns
    std::vector<std::string> footer;             // a sum line; may be empty
    uint32_t indent = 2;
    uint32_t gap = 2;
};

/// Lines of the table, each ending with a newline and without trailing spaces. `width` is that of the terminal.
[[nodiscard]] std::string renderTable(const Table & table, uint32_t width, bool colour);

}  // namespace ggufit
