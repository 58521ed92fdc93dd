// The outside of a planning link: bytes ↔ text of a URL's fragment, with its format and its checksum.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// Formats of what is packed. A link is written in the oldest that can say it, so that older programs read it too.
inline constexpr uint8_t kPlainLink = 1;
inline constexpr uint8_t kVersionedLink = 2;  // and whose rules of llama.cpp hold
inline constexpr uint8_t kNewestLink = kVersionedLink;

/// Longer links are refused before they are read; those of all known models have a tenth of it.
inline constexpr size_t kLongestLink = 16384;

/// "plan=" and the packed bytes between format and checksum (CRC-32), in base64url.
[[nodiscard]] std::string sealLink(std::span<const uint8_t> packed, uint8_t format = kPlainLink);

/// What sealLink was given.
struct OpenedSeal {
    uint8_t format = kPlainLink;
    std::vector<uint8_t> packed;
};

/// Opens a whole URL, or its fragment with or without "#". White space is overlooked. Errors: no link, one of a newer
/// format, one that is damaged.
[[nodiscard]] Result<OpenedSeal> openSeal(std::string_view text);

}  // namespace ggufit
