// A plan → a service of docker compose.
#pragma once

#include <string>

#include "plan/plan.h"

namespace ggufit {

/// `services:` with one service, under the plan's id: llama.cpp's server image for the plan's devices, the GPUs, the
/// folder of the models mounted for reading, the port on localhost (or where --host and --port say), the arguments as a
/// list. `folder` empty: ./models beside the file. `relative` is the model's path in the folder.
///
/// By the rules of compose files "$" stands doubled. A word with bytes that are no UTF-8 is named in a comment, with
/// its option.
[[nodiscard]] std::string composeService(const Plan & plan, const std::string & folder, const std::string & relative);

}  // namespace ggufit
