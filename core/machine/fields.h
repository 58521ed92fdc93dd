// Texts inside a device that come from outside: which are taken, and how they are shown in messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ggufit {

/// The backend of this name, in llama.cpp's spelling ("cuda" → "CUDA", "HIP" → "ROCm"); nothing for others.
[[nodiscard]] std::optional<std::string> backendByName(std::string_view text);

/// The backends that a message offers.
inline constexpr std::string_view kBackends = "CUDA, ROCm, Vulkan, Metal, SYCL, RPC";

/// No link has more yet.
inline constexpr uint32_t kLatestPcie = 9;
inline constexpr uint32_t kMostPcieLanes = 32;

/// "8.9": digits, a point, one digit.
[[nodiscard]] bool isComputeCapability(std::string_view text);

/// A device name as llama.cpp has them: letters and digits, with "_:.[]-" between, at most 64.
[[nodiscard]] bool isDeviceName(std::string_view text);

/// Text without blanks at either end.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// A link to the host: "4.0 x16", "3x4", "gen4 x8".
struct PcieLink {
    uint32_t gen = 0, lanes = 0;
};
[[nodiscard]] std::optional<PcieLink> parsePcie(std::string_view text);

/// Whether a backend drives a vendor's cards; an unknown vendor's are driven by all.
[[nodiscard]] bool drives(std::string_view backend, std::string_view vendor);

/// The backend that llama.cpp is usually built with for a vendor's card.
[[nodiscard]] std::string usualBackend(std::string_view vendor, std::string_view capability);

}  // namespace ggufit
