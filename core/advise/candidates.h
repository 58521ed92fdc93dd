// The placements that are tried against a plan: smaller margins, other micro-batches, layers moved to the fastest card.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advise/advise.h"
#include "advise/goal.h"
#include "base/result.h"
#include "plan/placement.h"

namespace ggufit {

/// Settings that were measured, and what they are after.
struct Attempt {
    SuggestionKind kind = SuggestionKind::moderate;
    Settings settings;  // that makePlan plans as `placement`
    Placement placement;
    std::string why;
    bool safer = false;  // gains nothing but memory that stays free
};

/// Everything that attempts are compared with.
struct AttemptBase {
    const Model & model;
    const Machine & machine;
    Settings asked;       // that makePlan plans as `placement`
    Settings open;        // the same without anything that places layers by hand
    Placement placement;  // the plan's
    Goal goal;
    std::vector<uint32_t> devices;  // that llama.cpp uses of the machine
};

/// Settings as asked for → the base of all attempts.
[[nodiscard]] Result<AttemptBase> attemptBase(const Model & model, const Machine & machine, const Settings & asked);

/// Margins by used device, in MiB: never more than what --fit was asked to leave. A card that shows a display or serves
/// other programs gets more, since what they hold moves; an integrated GPU counts as one.
[[nodiscard]] std::vector<uint64_t> marginsFor(const AttemptBase & base, SuggestionKind kind);

/// At most one aggressive, one moderate, then at most kMostOptional. Each leaves its margins and differs from the plan
/// and from the others.
[[nodiscard]] std::vector<Attempt> findAttempts(const AttemptBase & base);

}  // namespace ggufit
