// A plan → the .env file that the models.conf wrapper starts its container with.
#pragma once

#include <string>
#include <string_view>

#include "plan/plan.h"

namespace ggufit {

/// MODEL, CTX_SIZE, N_GPU_LAYERS, FIT, FIT_TARGET (with FIT=on) and EXTRA_ARGS as the plan's entry has them, the
/// wrapper's defaults written out. Both docker compose and a shell that sources the file read the same values; one that
/// they would read differently is named in a comment.
[[nodiscard]] std::string wrapperEnv(const Plan & plan);

/// The same of an entry of models.conf; empty where it has no section.
[[nodiscard]] std::string envOfEntry(std::string_view entry);

}  // namespace ggufit
