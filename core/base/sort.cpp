// Sorts positions by a comparison: the one sorter that all types share.
#include "base/sort.h"

#include <algorithm>
#include <numeric>

namespace ggufit {

std::vector<uint32_t> sortedPositions(size_t count, const std::function<bool(uint32_t, uint32_t)> & less) {
    std::vector<uint32_t> positions(count);
    std::iota(positions.begin(), positions.end(), 0U);
    std::vector<uint32_t> merged(count);
    // std::stable_sort is four times as much code: pieces in order are merged into pieces of twice their size
    for (size_t size = 1; size < count; size *= 2) {
        for (size_t start = 0; start < count; start += 2 * size) {
            const size_t middle = std::min(start + size, count);
            const size_t end = std::min(middle + size, count);
            size_t left = start;
            size_t right = middle;
            for (size_t i = start; i < end; ++i) {
                const bool is_left = left < middle && (right == end || !less(positions[right], positions[left]));
                merged[i] = positions[is_left ? left++ : right++];
            }
        }
        positions.swap(merged);
    }
    return positions;
}

}  // namespace ggufit
