// `ggufit choose`: several models read side by side, each planned briefly, ranked.
#pragma once

#include "commands.h"

namespace ggufit::cli {

/// Exit status: 0 one reaches what is wished for, 1 none does, 130 stopped before all were read.
[[nodiscard]] Result<Answer> runChoose(const Options & options, const Environment & environment,
                                       const TextOptions & text_options);

}  // namespace ggufit::cli
