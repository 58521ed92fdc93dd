// A plan → an entry of llama-swap's configuration.
#pragma once

#include <string>

#include "plan/plan.h"

namespace ggufit {

/// `models:` with one model, under the plan's id: the command, an option a line, and the address that llama-swap finds
/// it at. `path` is the model's, as llama-swap sees it.
///
/// By llama-swap's rules: a line of `cmd` that begins with "#" is a comment, ${NAME} is replaced anywhere, words are
/// split as by a POSIX shell. The port is llama-swap's own. An argument that `cmd` can't hold is named in a comment.
[[nodiscard]] std::string llamaSwapEntry(const Plan & plan, const std::string & path);

}  // namespace ggufit
