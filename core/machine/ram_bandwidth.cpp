// Reads transfers and channels out of a text like "DDR5-6000 2ch" or "LPDDR5X-8000 256-bit".
#include "machine/ram_bandwidth.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/values.h"

namespace ggufit {

namespace {

constexpr std::string_view kDigits = "0123456789";

/// The number that ends right before `end`.
std::optional<uint64_t> numberBefore(std::string_view text, size_t end) {
    size_t start = end;
    while (start > 0 && kDigits.find(text[start - 1]) != std::string_view::npos) --start;
    return parseUnsigned(text.substr(start, end - start));
}

}  // namespace

double ramBandwidth(const Host & host) {
    const std::string_view text = host.memory;
    const size_t ddr = text.find("DDR");
    const size_t dash = ddr == std::string_view::npos ? ddr : text.find('-', ddr);
    if (dash == std::string_view::npos) return 0;
    const size_t end = std::min(text.find_first_not_of(kDigits, dash + 1), text.size());
    const auto transfers = parseUnsigned(text.substr(dash + 1, end - dash - 1));
    if (!transfers || *transfers == 0 || *transfers > 100'000) return 0;

    double bytes = 16;  // two channels of 8
    if (const size_t at = text.find("ch", end); at != std::string_view::npos) {
        if (const auto channels = numberBefore(text, at); channels && *channels > 0 && *channels <= 64)
            bytes = 8 * static_cast<double>(*channels);
    } else if (const size_t bit = text.find("-bit", end); bit != std::string_view::npos) {
        if (const auto width = numberBefore(text, bit); width && *width >= 16 && *width <= 8192)
            bytes = static_cast<double>(*width) / 8;
    }
    return static_cast<double>(*transfers) * bytes / 1000;
}

}  // namespace ggufit
