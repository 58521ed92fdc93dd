// Arithmetic on sizes that says when it overflows. Sizes are uint64_t everywhere, also where size_t has 32 bits.
#pragma once

#include <cstdint>
#include <optional>

namespace ggufit {

[[nodiscard]] constexpr std::optional<uint64_t> checkedAdd(uint64_t a, uint64_t b) {
    if (a > UINT64_MAX - b) return std::nullopt;
    return a + b;
}

[[nodiscard]] constexpr std::optional<uint64_t> checkedMul(uint64_t a, uint64_t b) {
    if (b != 0 && a > UINT64_MAX / b) return std::nullopt;
    return a * b;
}

/// For sums whose wrong answer must stay visibly too large rather than wrap to something small.
[[nodiscard]] constexpr uint64_t saturatingAdd(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

[[nodiscard]] constexpr uint64_t saturatingMul(uint64_t a, uint64_t b) {
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/// a − b, or 0 where b is the larger.
[[nodiscard]] constexpr uint64_t saturatingSub(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

/// The next multiple of `multiple` (which is not 0) at or above `value`; saturates. ggml's GGML_PAD for any multiple.
[[nodiscard]] constexpr uint64_t padTo(uint64_t value, uint64_t multiple) {
    const uint64_t rest = value % multiple;
    return rest == 0 ? value : saturatingAdd(value, multiple - rest);
}

}  // namespace ggufit
