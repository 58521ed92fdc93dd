// Plans the same settings with one context after the other.
#include "plan/curve.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/sort.h"
#include "plan/choose.h"
#include "plan/reach.h"
#include "plan/speeds.h"

namespace ggufit {

namespace {

constexpr uint32_t kFewestTokens = 512;
constexpr size_t kMostDoublings = 8;

/// The doublings below `most`, and `most` itself.
std::set<uint32_t> contexts(uint32_t most) {
    std::set<uint32_t> all = {most};
    for (uint64_t n_ctx = kFewestTokens; n_ctx < most; n_ctx *= 2) all.insert(static_cast<uint32_t>(n_ctx));
    while (all.size() > kMostDoublings) all.erase(all.begin());
    return all;
}

Settings withContext(Settings settings, uint32_t n_ctx) {
    settings.n_ctx = n_ctx;
    settings.given_n_ctx = true;
    return settings;
}

ContextPoint pointOf(const Model & model, const Machine & machine, const Placement & placement) {
    ContextPoint point;
    point.n_ctx = placement.estimate.context.n_ctx;
    point.strategy = placement.strategy;
    point.verdict = placement.verdict;
    for (const DeviceEstimate & device : placement.estimate.devices) point.used_bytes.push_back(device.total_bytes());
    point.host_used_bytes = placement.estimate.host.total_bytes();
    point.headroom_bytes = placement.headroom_bytes;
    if (const auto speed = speedOf(model, machine, placement)) {
        point.empty_tokens_per_second = speed->empty.decode_tokens_per_second;
        point.full_tokens_per_second = speed->full.decode_tokens_per_second;
    }
    return point;
}

}  // namespace

ContextCurve contextCurve(const Model & model, const Machine & machine, const Settings & settings) {
    ContextCurve curve;
    const uint32_t now = std::max(settings.n_ctx, 1U);
    const uint32_t trained = model.hparams.n_ctx_train != 0 ? model.hparams.n_ctx_train : now;
    std::set<uint32_t> asked = contexts(std::max(now, trained));
    asked.insert({now, trained});

    const auto planAt = [&](uint32_t n_ctx) {
        return choose(model, machine, withContext(settings, n_ctx), Explain::no);
    };
    const auto keep = [&](const Placement & placement) {
        const bool known = std::any_of(curve.points.begin(), curve.points.end(), [&](const ContextPoint & point) {
            return point.n_ctx == placement.estimate.context.n_ctx;
        });
        if (!known) curve.points.push_back(pointOf(model, machine, placement));
        return !known;
    };
    uint32_t fits = 0, fails = 0;  // the largest that fits below the first that does not
    for (const uint32_t n_ctx : asked) {
        const auto choice = planAt(n_ctx);
        if (!choice) continue;
        keep(choice->placement);
        const bool fit = choice->placement.verdict != Verdict::does_not_fit;
        if (fit && fails == 0) fits = n_ctx;
        if (!fit && fails == 0) fails = n_ctx;
    }
    curve.largest_n_ctx = fits;
    if (fails > fits) {
        const uint32_t largest = largestContext(settings, fails, [&](const Settings & tried) {
            const auto choice = choose(model, machine, tried, Explain::no);
            return choice ? leastHeadroom(choice->placement, machine) : kNoSlack;
        });
        curve.largest_n_ctx = std::max(fits, largest);
        if (const auto choice = planAt(std::max(curve.largest_n_ctx, 1U)); choice && largest > fits)
            keep(choice->placement);
    }
    stableSort(curve.points, [](const ContextPoint & a, const ContextPoint & b) { return a.n_ctx < b.n_ctx; });
    return curve;
}

}  // namespace ggufit
