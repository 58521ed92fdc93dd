// `ggufit check`: a startup log → what it says, beside what is predicted.
#pragma once

#include "base/result.h"
#include "commands.h"
#include "options.h"
#include "render/text.h"

namespace ggufit::cli {

/// Reads the log from a file, or from standard input where it is "-", as a stream.
[[nodiscard]] Result<Answer> runCheck(const Options & options, const TextOptions & text_options);

}  // namespace ggufit::cli
