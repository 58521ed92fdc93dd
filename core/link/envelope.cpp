// base64url (RFC 4648, section 5) without padding, and CRC-32 (ISO-HDLC).
#include "link/envelope.h"

#include <array>
#include <optional>

#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

namespace {

constexpr std::string_view kMark = "plan=";
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t kChecksumBytes = 4;

uint32_t checksum(std::span<const uint8_t> bytes) {
    uint32_t crc = UINT32_MAX;
    for (const uint8_t byte : bytes) {
        crc ^= byte;
        for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

std::string encodeText(std::span<const uint8_t> bytes) {
    std::string text;
    uint32_t held = 0;
    unsigned n_bits = 0;
    for (const uint8_t byte : bytes) {
        held = (held << 8U) | byte;
        for (n_bits += 8; n_bits >= 6; n_bits -= 6) text += kAlphabet[(held >> (n_bits - 6)) & 63U];
    }
    if (n_bits > 0) text += kAlphabet[(held << (6 - n_bits)) & 63U];
    return text;
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Error linkError(std::string detail, ErrorCode code = ErrorCode::input) {
    return {code, "the planning link", std::move(detail), 0, 0};
}

Result<std::vector<uint8_t>> decodeText(std::string_view text) {
    std::vector<uint8_t> bytes;
    uint32_t held = 0;
    unsigned n_bits = 0;
    for (const char c : text) {
        if (isSpace(c)) continue;
        const size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) {
            return linkError("holds a character that no link has: copy it again, whole and with nothing behind it.");
        }
        held = (held << 6U) | static_cast<uint32_t>(value);
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        bytes.push_back(static_cast<uint8_t>(held >> n_bits));
    }
    // what is left of the last letter is zero, so that no other letter says the same
    if (n_bits >= 6 || (held & ((1U << n_bits) - 1)) != 0) bytes.clear();
    return bytes;
}

/// What stands behind "plan=" at the start of the fragment; nothing where there is no such fragment.
std::optional<std::string_view> contentOf(std::string_view text) {
    while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
    const size_t fragment = text.find('#');
    if (fragment != std::string_view::npos) text.remove_prefix(fragment + 1);
    if (!text.starts_with(kMark)) return std::nullopt;
    return text.substr(kMark.size());
}

}  // namespace

bool isPlanningLink(std::string_view text) { return contentOf(text).has_value(); }

std::string sealLink(std::span<const uint8_t> packed, uint8_t format) {
    std::vector<uint8_t> bytes{format};
    bytes.insert(bytes.end(), packed.begin(), packed.end());
    const uint32_t sum = checksum(bytes);
    for (unsigned shift = 32; shift > 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(sum >> (shift - 8)));
    return std::string(kMark) + encodeText(bytes);
}

Result<OpenedSeal> openSeal(std::string_view text) {
    const auto content = contentOf(text);
    if (!content) return linkError("has no \"#plan=\" with the plan behind it: copy the whole link.");
    if (content->size() > kLongestLink) {
        return linkError(phrase("has more than {} characters, as no link of ggufit has.", formatCount(kLongestLink)));
    }
    auto bytes = decodeText(*content);
    if (!bytes) return bytes.error();
    if (!bytes->empty() && bytes->front() > kNewestLink) {
        return linkError(phrase("is of format {}, and this ggufit reads formats up to {}: open it with a newer ggufit, "
                                "or copy it again if it was cut or changed.",
                                std::to_string(bytes->front()), std::to_string(kNewestLink)),
                         ErrorCode::unsupported);
    }
    const size_t least = 1 + kChecksumBytes;
    const size_t end = bytes->size() < least ? 0 : bytes->size() - kChecksumBytes;
    uint32_t sum = 0;
    for (size_t i = end; i < bytes->size(); ++i) sum = (sum << 8U) | (*bytes)[i];
    if (end == 0 || bytes->front() == 0 || sum != checksum(std::span(*bytes).first(end))) {
        return linkError("is damaged or cut off, its checksum does not match: copy it again, whole.");
    }
    return OpenedSeal{bytes->front(), {bytes->begin() + 1, bytes->begin() + static_cast<std::ptrdiff_t>(end)}};
}

}  // namespace ggufit
