// The last stage of `ggufit conf`: a change that was shown is asked for and written.
#pragma once

#include "base/result.h"
#include "commands.h"

namespace ggufit::cli {

/// Asks on a terminal, then writes. Gives the exit status: 0 written, 1 where the answer was no. Where nobody can be
/// asked and --yes was not given, nothing is written and that is an error.
[[nodiscard]] Result<int> applyChange(const FileChange & change);

}  // namespace ggufit::cli
