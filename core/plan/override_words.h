// Sentences of an override plan: why a tensor lies where it does, what a rule is for, what a user has to know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/overrides.h"
#include "plan/placement.h"

namespace ggufit {

/// What the sentences are about.
struct OverrideFacts {
    const Model & model;
    const Machine & machine;
    const OverridePlan & plan;           // settings, rules and strategy are there
    const std::vector<uint32_t> & used;  // devices
    bool experts_on_cpu = false;         // because the configuration says so
};

/// `moved`: a rule takes the tensor off where `layers`, the device of each layer, would have it.
[[nodiscard]] std::string tensorWhy(const OverrideFacts & facts, const AnalysedTensor & tensor, bool moved,
                                    const std::vector<int32_t> & layers);

[[nodiscard]] std::string ruleWhy(const OverrideFacts & facts, const OverrideRule & rule);

/// That the rules switch --fit off, and which arguments belong to them.
[[nodiscard]] std::string fitNote(const OverrideFacts & facts);

/// Where the experts are; `otherwise` is what would be without the configuration's preference, where that is known.
[[nodiscard]] std::string expertNote(const OverrideFacts & facts, const Placement & written,
                                     const std::optional<PlacedLayers> & otherwise);

/// That no rule moves anything, and what it costs to give them all the same.
[[nodiscard]] std::string restatingNote(const Placement & chosen);

/// One for each device that keeps less free than the margin that was asked for.
[[nodiscard]] std::vector<std::string> marginNotes(const OverrideFacts & facts, const Placement & written,
                                                   const Settings & asked);

}  // namespace ggufit
