// The EXTRA_ARGS of an entry: what differs from the wrapper's defaults, and nothing that a shell would change.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace ggufit {

struct ExtraArgs {
    std::vector<std::string> words;
    std::vector<std::string> refused;  // arguments that can't be written there, with their values
};

[[nodiscard]] ExtraArgs extraArgs(const Plan & plan, const PlanRequest & request);

/// Whether a word reaches llama-server as it is: EXTRA_ARGS is expanded unquoted by a shell.
[[nodiscard]] bool isSafeWord(const std::string & word);

}  // namespace ggufit
