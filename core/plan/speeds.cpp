// Asks the speed room about placements.
#include "plan/speeds.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "speed/speed.h"

namespace ggufit {

std::optional<PlanSpeed> speedOf(const Model & model, const Machine & machine, const Placement & placement,
                                 GraphStore * graphs) {
    if (placement.verdict == Verdict::does_not_fit) return std::nullopt;
    auto speeds = estimateSpeeds(model, machine, placement.placed, {0, placement.estimate.context.n_ctx}, graphs);
    if (!speeds) return std::nullopt;
    return PlanSpeed{std::move(speeds->front()), std::move(speeds->back())};
}

double decodeSpeed(const Model & model, const Machine & machine, const Placement & placement) {
    const auto speed = estimateSpeed(model, machine, placement.placed, 0);
    return speed ? speed->decode_tokens_per_second : 0;
}

std::string formatSpeed(double tokens_per_second) {
    const int decimals = tokens_per_second >= 9.95 ? 0 : tokens_per_second >= 0.995 ? 1 : 2;
    return formatFixed(tokens_per_second, decimals);
}

std::string speedSentence(const PlanSpeed & speed) {
    const auto because = [](const SpeedEstimate & estimate) {
        return estimate.bound_by.empty() ? std::string() : phrase(" ({})", estimate.bound_by);
    };
    const SpeedEstimate & empty = speed.empty;
    std::string text =
        phrase("Speed, estimated: {} tokens a second, {} to {}, with an empty context{}, {} with a full one",
               formatSpeed(empty.decode_tokens_per_second), formatSpeed(empty.decode_low),
               formatSpeed(empty.decode_high), because(empty), formatSpeed(speed.full.decode_tokens_per_second));
    SpeedEstimate full = speed.full;
    full.bound_by.erase(std::min(full.bound_by.find("; "), full.bound_by.size()));  // calibration is said once
    if (speed.full.bound_by != empty.bound_by) text += because(full);
    text += ".";
    std::string assumed;
    for (const std::string & clause : empty.assumed) assumed += (assumed.empty() ? "" : "; ") + clause;
    return assumed.empty() ? text : phrase("{} Assumed: {}.", text, assumed);
}

}  // namespace ggufit
