// Sorts positions by a comparison: the one sorter that all types share.
#include "base/sort.h"

#include <algorithm>
#include <numeric>

namespace ggufit {

std::vector<uint32_t> sortedPositions(size_t count, const std::function<bool(uint32_t, uint32_t)> & less) {
    std::vector<uint32_t> positions(count);
    std::iota(positions.begin(), positions.end(), 0U);
    std::stable_sort(positions.begin(), positions.end(), [&](uint32_t a, uint32_t b) { return less(a, b); });
    return positions;
}

}  // namespace ggufit
