// `ggufit estimate --batch`: a case a line, an answer a line, as they come.
#pragma once

#include "api.h"
#include "commands.h"

namespace ggufit::cli {

/// What --reserving, --explain and --fill ask for.
[[nodiscard]] Result<EstimateRequest> estimateRequest(const Options & options);

/// Answers every line of --batch on standard output. Memory does not grow with the number of cases: models are kept by
/// their paths, the last few of them. A case that is wrong is answered with its error, and the next one follows; the
/// exit status is then 3.
[[nodiscard]] Result<Answer> runBatch(const Options & options, const Environment & environment);

}  // namespace ggufit::cli
