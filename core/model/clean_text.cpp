// UTF-8 decoding by the table of the Unicode standard (3.9, well-formed byte sequences), and cleaning.
#include "model/clean_text.h"

namespace ggufit {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Lead {
    uint32_t n_bytes;
    char32_t bits;
    char32_t smallest;  // below it the sequence would be overlong
};

Lead leadOf(uint8_t byte) {
    if (byte < 0x80) return {1, byte, 0};
    if (byte >= 0xC2 && byte < 0xE0) return {2, static_cast<char32_t>(byte & 0x1F), 0x80};
    if (byte >= 0xE0 && byte < 0xF0) return {3, static_cast<char32_t>(byte & 0x0F), 0x800};
    if (byte >= 0xF0 && byte < 0xF5) return {4, static_cast<char32_t>(byte & 0x07), 0x10000};
    return {0, 0, 0};
}

}  // namespace

CodePoint decodeUtf8(std::string_view text, size_t position) {
    const Lead lead = leadOf(static_cast<uint8_t>(text[position]));
    if (lead.n_bytes == 0 || lead.n_bytes > text.size() - position) return {};
    char32_t value = lead.bits;
    for (uint32_t i = 1; i < lead.n_bytes; ++i) {
        const auto byte = static_cast<uint8_t>(text[position + i]);
        if ((byte & 0xC0) != 0x80) return {};
        value = (value << 6) | (byte & 0x3F);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead.smallest || value > 0x10FFFF || surrogate) return {};
    return {value, lead.n_bytes, true};
}

bool isControl(char32_t value) {
    if (value < 0x20 || (value >= 0x7F && value <= 0x9F)) return true;
    if (value == 0x061C || value == 0x200E || value == 0x200F || value == 0xFEFF) return true;
    return (value >= 0x2028 && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

std::string cleanText(std::string_view text, uint32_t max_characters) {
    std::string clean;
    uint32_t n_characters = 0;
    bool space_pending = false;
    for (size_t position = 0; position < text.size();) {
        const CodePoint c = decodeUtf8(text, position);
        const size_t start = position;
        position += c.n_bytes;
        if (c.valid && (c.value == ' ' || isControl(c.value))) {
            space_pending = n_characters > 0;
            // A text of nothing but spaces must not be walked to its end.
            if (position > 64 * (uint64_t{max_characters} + 1)) break;
            continue;
        }
        if (n_characters + (space_pending ? 1 : 0) >= max_characters) {
            clean += kEllipsis;
            break;
        }
        if (space_pending) clean += ' ', ++n_characters;
        space_pending = false;
        if (c.valid)
            clean += text.substr(start, c.n_bytes);
        else
            clean += kReplacement;
        ++n_characters;
    }
    return clean;
}

}  // namespace ggufit
