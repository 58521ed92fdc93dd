// total = driver + reserved + free, completed from whatever figures of a device are known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "machine/machine.h"

namespace ggufit {

/// No device or host has more: 4 PiB. Keeps every sum of sizes far from overflow.
inline constexpr uint64_t kLargestMib = uint64_t{1} << 32;

/// Figures of a device's memory as far as they were given.
struct GivenMemory {
    std::optional<uint64_t> total_mib;
    std::optional<uint64_t> free_mib;
    std::optional<uint64_t> reserved_mib;
    std::optional<uint64_t> driver_mib;
};

/// Memory that the driver takes for llama-server itself on a device of this backend: a context under CUDA and ROCm.
[[nodiscard]] uint64_t usualDriverMib(std::string_view backend);

/// What a GPU that uses the system's memory may take of it by default, in MiB: under Metal two thirds up to 32 GiB and
/// three quarters beyond (recommendedMaxWorkingSetSize; 10,922 MiB of 16 GiB, 49,152 of 64), under Linux half
/// (the graphics translation table).
[[nodiscard]] uint64_t unifiedMib(const Device & device, uint64_t system_mib);

/// Completes the device's four figures, starting from device.total_mib (0: not known). What is neither free nor the
/// driver's counts as reserved. Returns what is wrong where the figures contradict each other, one sentence.
[[nodiscard]] std::optional<std::string> completeMemory(Device & device, const GivenMemory & given);

}  // namespace ggufit
