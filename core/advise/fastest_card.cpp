// Counts layers by card, moves them to the fastest and measures where that ends to fit.
#include "advise/fastest_card.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/units.h"

namespace ggufit {

namespace {

// Without --fit nothing moves out of the way: the margins are larger than those that --fit is given.
constexpr uint64_t kLeastMib = 128, kLeastSharedMib = 512;

using Counts = std::vector<uint32_t>;

/// Layers by used device, the output layer among them.
Counts layersByDevice(const AttemptBase & base) {
    Counts counts(base.devices.size(), 0);
    const auto add = [&](int32_t device) {
        for (size_t i = 0; i < counts.size(); ++i) {
            if (device >= 0 && base.devices[i] == static_cast<uint32_t>(device)) ++counts[i];
        }
    };
    for (const LayerPlacement & layer : base.placement.estimate.layers) add(layer.device);
    add(base.placement.estimate.output_device);
    return counts;
}

double bandwidthOf(const AttemptBase & base, size_t position) {
    return base.machine.devices[base.devices[position]].bandwidth_gb_s;
}

/// `n` layers taken from the slowest cards first and given to the fastest.
Counts moved(const AttemptBase & base, Counts counts, size_t fastest, uint32_t n) {
    std::vector<size_t> order(counts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return bandwidthOf(base, a) < bandwidthOf(base, b); });
    for (const size_t from : order) {
        if (bandwidthOf(base, from) >= bandwidthOf(base, fastest)) break;
        const uint32_t taken = std::min(n, counts[from]);
        counts[from] -= taken;
        counts[fastest] += taken;
        n -= taken;
    }
    return counts;
}

bool leavesAll(const AttemptBase & base, const Placement & placement) {
    if (placement.verdict == Verdict::does_not_fit || !allOnDevices(placement)) return false;
    for (const uint32_t i : base.devices) {
        if (!placement.used[i]) continue;
        const bool shared = base.machine.devices[i].reserved_mib > 0 || base.machine.devices[i].unified_memory;
        const uint64_t margin = shared ? kLeastSharedMib : kLeastMib;
        if (placement.headroom_bytes[i] < static_cast<int64_t>(saturatingMul(margin, kMib))) return false;
    }
    return true;
}

std::optional<Placement> measured(const AttemptBase & base, const Counts & counts) {
    Settings settings = base.open;
    settings.fit = false;
    settings.fit_target_mib.clear();
    settings.tensor_split.assign(counts.begin(), counts.end());
    markGiven(settings);
    auto placement = measure(base.model, base.machine, settings, Strategy::given);
    if (!placement || !leavesAll(base, *placement)) return std::nullopt;
    return std::move(*placement);
}

}  // namespace

std::optional<Attempt> moveToFastestCard(const AttemptBase & base) {
    if (base.goal.slow_bytes == 0 || !allOnDevices(base.placement)) return std::nullopt;
    if (base.open.split_mode != SplitMode::layer) return std::nullopt;
    size_t fastest = 0;
    for (size_t i = 1; i < base.devices.size(); ++i) {
        if (bandwidthOf(base, i) > bandwidthOf(base, fastest)) fastest = i;
    }
    const Counts counts = layersByDevice(base);
    const uint32_t all = std::accumulate(counts.begin(), counts.end(), 0U);
    std::optional<Placement> best;
    uint32_t low = 0, high = all - counts[fastest] + 1;  // `low` fits or is the plan, `high` does not fit
    while (low + 1 < high) {
        const uint32_t middle = low + (high - low) / 2;
        auto placement = measured(base, moved(base, counts, fastest, middle));
        (placement ? low : high) = middle;
        if (placement) best = std::move(placement);
    }
    if (!best) return std::nullopt;
    const uint64_t slow_bytes = goalOf(*best, base.machine, base.devices).slow_bytes;
    if (saturatingMul(slow_bytes, 100) > saturatingMul(base.goal.slow_bytes, 95)) return std::nullopt;
    const Settings settings = best->asked;
    return Attempt{SuggestionKind::aggressive, settings, std::move(*best),
                   "More layers on the card with the most bandwidth, which --fit does not look at. -ts switches --fit "
                   "off.",
                   false};
}

}  // namespace ggufit
