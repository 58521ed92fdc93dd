// The outside of a planning link: bytes ↔ text of a URL's fragment, with its version and its checksum.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// The version that is written, and the newest that is read.
inline constexpr uint8_t kLinkVersion = 1;

/// Longer links are refused before they are read; those of all known models have a tenth of it.
inline constexpr size_t kLongestLink = 16384;

/// "plan=" and the packed bytes between version and checksum (CRC-32), in base64url.
[[nodiscard]] std::string sealLink(std::span<const uint8_t> packed);

/// The packed bytes of a link: a whole URL, or its fragment with or without "#". White space is overlooked. Errors: no
/// link, one from a newer version, one that is damaged.
[[nodiscard]] Result<std::vector<uint8_t>> openSeal(std::string_view text);

}  // namespace ggufit
