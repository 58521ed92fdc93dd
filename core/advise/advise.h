// A test plan for a model and a machine: what could be better than the plan, what it risks, in which order to measure
// it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "plan/plan.h"

namespace ggufit {

/// moderate: keeps safe margins and leaves --fit on. aggressive: the most that our figures allow, by hand where needed.
/// optional: changes what the model does or is fast at (cache type, context, long prompts), so nobody but the user can
/// weigh it.
enum class SuggestionKind : uint8_t { aggressive, moderate, optional };
[[nodiscard]] const char * suggestionKindName(SuggestionKind kind);

/// high: less free on a device than 128 MiB or than CUDA's pool takes (plan/margins.h), or under 2 GiB of system
/// memory. medium: the verdict is "tight", or --fit is off. low: none of these.
enum class Risk : uint8_t { low, medium, high };
[[nodiscard]] const char * riskName(Risk risk);

struct Suggestion {
    SuggestionKind kind = SuggestionKind::moderate;
    std::string title;                 // what differs, as arguments: "-ub 256, -fitt 128,512"
    std::string why;                   // what it is after, one sentence
    std::vector<std::string> changes;  // against the plan, each with both figures
    Risk risk = Risk::low;
    std::vector<std::string> risks;  // what the level comes from, each a sentence with its figures
    std::string if_it_fails;         // what to change then
    Plan plan;                       // of its arguments, with an id of its own and an entry; without alternatives
};

/// A step of the order in which to test.
struct TestStep {
    int32_t suggestion =
        -1;  // position in Advice::suggestions; −1: the plan itself, which the others are compared with
    std::string text;
};

struct Advice {
    Plan plan;            // what the suggestions are compared with
    std::string finding;  // what there is to gain, or why there is nothing
    // At most one aggressive, at most one moderate, then at most kMostOptional. Each fits by our own figures and
    // differs from the plan and from the others.
    std::vector<Suggestion> suggestions;
    std::vector<TestStep> order;
    std::vector<std::string> criteria;  // the rules by which the results decide, in order
    std::vector<std::string> metrics;   // rows of a result table, to be filled in
};

inline constexpr size_t kMostOptional = 2;

/// Advises on what makePlan plans for the same request; a bench request is advised on as a production one. Errors are
/// those of makePlan.
[[nodiscard]] Result<Advice> advise(const Model & model, const Machine & machine, const PlanRequest & request);

}  // namespace ggufit
