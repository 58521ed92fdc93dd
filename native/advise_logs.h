// `ggufit advise --log`: startup logs → measured starts, by which an advice is decided.
#pragma once

#include <string>
#include <vector>

#include "advise/results.h"
#include "base/result.h"

namespace ggufit::cli {

/// Each word is FILE or NAME=FILE, where NAME is that of a configuration of the advice. `model`: the file that is
/// advised on.
[[nodiscard]] Result<Decision> decideByLogs(const Advice & advice, const std::vector<std::string> & logs,
                                            const std::string & model);

}  // namespace ggufit::cli
