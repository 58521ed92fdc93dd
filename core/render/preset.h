// A plan → a section of llama-server's preset file.
#pragma once

#include <string>

#include "plan/plan.h"

namespace ggufit {

/// A section for `llama-server --models-preset FILE`: the plan's arguments, each under the long name of llama-server's
/// own without its dashes, behind comments that say where everything goes. MODEL is the path as planned; llama-server
/// reads it relative to where it is started. Ends with a newline.
///
/// By the grammar of llama.cpp's common/preset.cpp: a value ends at a line's end, at ';' and at '#', white space around
/// it is dropped, a key stands once in a section, a flag's value is true or false, and an option that takes two values
/// can't be said. What can't be written, and what the router sets itself, is named in a comment.
[[nodiscard]] std::string presetIni(const Plan & plan);

}  // namespace ggufit
