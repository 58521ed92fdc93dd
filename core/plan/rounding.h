// Byte counts as whole MiB that still add up.
#pragma once

#include <cstdint>
#include <vector>

namespace ggufit {

/// Each count in MiB, rounded so that the figures sum to the rounded sum of the counts (each is less than 1 MiB off).
[[nodiscard]] std::vector<uint64_t> roundedMib(const std::vector<uint64_t> & bytes);

}  // namespace ggufit
