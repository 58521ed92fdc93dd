// Rounds running sums rather than the counts, so that no MiB is gained or lost.
#include "plan/rounding.h"

#include "base/checked.h"
#include "base/units.h"

namespace ggufit {

std::vector<uint64_t> roundedMib(const std::vector<uint64_t> & bytes) {
    std::vector<uint64_t> mib;
    uint64_t sum = 0, shown = 0;
    for (const uint64_t count : bytes) {
        sum = saturatingAdd(sum, count);
        const uint64_t rounded = sum / kMib + (sum % kMib >= kMib / 2 ? 1 : 0);
        mib.push_back(rounded - shown);
        shown = rounded;
    }
    return mib;
}

}  // namespace ggufit
