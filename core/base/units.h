// Sizes and counts as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ggufit {

inline constexpr uint64_t kKib = 1024;
inline constexpr uint64_t kMib = 1024 * kKib;
inline constexpr uint64_t kGib = 1024 * kMib;

/// "24,564": decimal with thousands separated by commas.
[[nodiscard]] std::string formatCount(uint64_t count);

/// "24,564 MiB": rounded to the nearest MiB.
[[nodiscard]] std::string formatMib(uint64_t bytes);

/// "60.87 GiB": two decimals; below 1 GiB "512.0 MiB", below 1 MiB "12.0 KiB".
[[nodiscard]] std::string formatGib(uint64_t bytes);

/// "116.8 B", "596 M", "12.3 K": a parameter count.
[[nodiscard]] std::string formatParameters(uint64_t parameters);

/// A memory size: "64GB", "64 GiB", "3500MiB", "3.5G", plain bytes never. A plain number is in `default_unit_bytes`.
/// GB, G and GiB are all 2^30 here, since that is what people mean by the size of a memory module or card.
/// Nothing where the text is not a size or does not fit 64 bits.
[[nodiscard]] std::optional<uint64_t> parseSize(std::string_view text, uint64_t default_unit_bytes);

/// A token count: "131072", "128k" (× 1024), "1m" (× 1024²). Nothing where the text is not a count.
[[nodiscard]] std::optional<uint64_t> parseTokens(std::string_view text);

/// Fixed-point text of `value` with `decimals` decimals (0 to 9), rounded half up. What is not finite gives "0".
[[nodiscard]] std::string formatFixed(double value, int decimals);

}  // namespace ggufit
