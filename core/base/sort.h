// Sorting with one sorter for all types: a sort of its own for each of them is what weighs most in the WASM module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace ggufit {

/// Positions 0 … count − 1 in the order that `less` gives them; equals keep theirs.
[[nodiscard]] std::vector<uint32_t> sortedPositions(size_t count, const std::function<bool(uint32_t, uint32_t)> & less);

/// Sorts the values; equals keep their order.
template <typename T, typename Less>
void stableSort(std::vector<T> & values, const Less & less) {
    std::vector<T> sorted;
    sorted.reserve(values.size());
    const auto before = [&](uint32_t a, uint32_t b) { return less(values[a], values[b]); };
    for (const uint32_t i : sortedPositions(values.size(), before)) sorted.push_back(std::move(values[i]));
    values = std::move(sorted);
}

}  // namespace ggufit
