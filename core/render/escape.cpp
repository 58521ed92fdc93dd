// Escaping for terminals and the widths of characters there.
#include "render/escape.h"

#include <algorithm>

#include "model/clean_text.h"

namespace ggufit {

namespace {

void appendHex(std::string & out, uint32_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += "0123456789abcdef"[(value >> shift) & 0xF];
}

/// The ranges that Unicode's East Asian Width calls wide or full, joined where only unassigned code points lie between.
bool isWide(char32_t value) {
    struct Range {
        char32_t first, last;
    };
    static constexpr Range kWide[] = {{0x1100, 0x115F},  {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97C},
                                      {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF},
                                      {0x20000, 0x3FFFD}};
    return std::any_of(std::begin(kWide), std::end(kWide),
                       [value](const Range & range) { return value >= range.first && value <= range.last; });
}

bool isCombining(char32_t value) {
    return (value >= 0x0300 && value <= 0x036F) || (value >= 0x200B && value <= 0x200D) ||
           (value >= 0xFE00 && value <= 0xFE0F);
}

uint32_t widthOf(const CodePoint & c) {
    if (!c.valid) return 1;
    if (isCombining(c.value)) return 0;
    return isWide(c.value) ? 2 : 1;
}

/// Length in bytes of the longest start of `text` that fits `width` columns, at least one character.
size_t fittingBytes(std::string_view text, uint32_t width) {
    size_t position = 0;
    uint32_t columns = 0;
    while (position < text.size()) {
        const CodePoint c = decodeUtf8(text, position);
        columns += widthOf(c);
        if (columns > width && position > 0) break;
        position += c.n_bytes;
    }
    return position;
}

}  // namespace

std::string safeTerminal(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (size_t position = 0; position < text.size();) {
        const CodePoint c = decodeUtf8(text, position);
        if (!c.valid) {
            safe += "\\x";
            appendHex(safe, static_cast<uint8_t>(text[position]), 2);
        } else if (isControl(c.value)) {
            safe += c.value <= 0xFF ? "\\x" : "\\u";
            appendHex(safe, static_cast<uint32_t>(c.value), c.value <= 0xFF ? 2 : 4);
        } else {
            safe += text.substr(position, c.n_bytes);
        }
        position += c.n_bytes;
    }
    return safe;
}

uint32_t displayWidth(std::string_view text) {
    uint32_t columns = 0;
    for (size_t position = 0; position < text.size();) {
        const CodePoint c = decodeUtf8(text, position);
        columns += widthOf(c);
        position += c.n_bytes;
    }
    return columns;
}

std::vector<std::string> wrapText(std::string_view text, uint32_t width) {
    width = std::max(width, 1U);
    std::vector<std::string> lines(1);
    uint32_t columns = 0;
    for (size_t position = 0; position < text.size();) {
        const size_t end = std::min(text.find(' ', position), text.size());
        std::string_view word = text.substr(position, end - position);
        position = end + 1;
        while (!word.empty()) {
            const uint32_t gap = columns > 0 ? 1 : 0;
            const uint32_t needed = displayWidth(word);
            if (columns + gap + needed <= width) {
                if (gap != 0) lines.back() += ' ';
                lines.back() += word;
                columns += gap + needed;
                break;
            }
            if (columns > 0) {
                lines.emplace_back();
                columns = 0;
                continue;
            }
            const size_t fitting = fittingBytes(word, width);
            const size_t separator = word.substr(0, fitting).find_last_of("._-/");
            const size_t cut = separator != std::string_view::npos && separator > fitting / 2 ? separator + 1 : fitting;
            lines.back() = word.substr(0, cut);
            word.remove_prefix(cut);
            columns = displayWidth(lines.back());
        }
    }
    return lines;
}

}  // namespace ggufit
