// Cleans texts character by character.
#include "model/clean_text.h"

namespace ggufit {

namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

}  // namespace

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
