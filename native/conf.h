// `ggufit conf`: a models.conf → what is in it, what is wrong with it, and changes to it.
#pragma once

#include "base/result.h"
#include "commands.h"
#include "options.h"
#include "render/text.h"

namespace ggufit::cli {

/// Reads the file and answers; changes are in Answer::change and not yet written.
[[nodiscard]] Result<Answer> runConf(const Options & options, const Environment & environment,
                                     const TextOptions & text_options);

}  // namespace ggufit::cli
