// The placements that are tried against a plan: smaller margins, other micro-batches, layers and experts by hand.
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

[[nodiscard]] Goal goalOf(const AttemptBase & base, const Placement & placement);

/// Margins by used device in MiB, never more than what --fit was asked to leave: moderate those that are safe
/// (plan/margins.h); aggressive what CUDA's pool takes, at least 64, and 256 more where a display or other programs
/// hold memory.
[[nodiscard]] std::vector<uint64_t> marginsFor(const AttemptBase & base, SuggestionKind kind,
                                               const Settings & settings);

/// At most one aggressive, one moderate, then at most kMostOptional. Each leaves its margins and differs from the plan
/// and from the others.
[[nodiscard]] std::vector<Attempt> findAttempts(const AttemptBase & base);

}  // namespace ggufit
