// UTF-8 decoding by the table of the Unicode standard (3.9, well-formed byte sequences).
#include "base/utf8.h"

namespace ggufit {

namespace {

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

}  // namespace ggufit
