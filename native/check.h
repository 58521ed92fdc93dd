// `ggufit check`: a startup log → what it says, beside what is predicted.
#pragma once

#include "base/result.h"
#include "commands.h"
#include "log/log.h"
#include "options.h"
#include "render/text.h"

namespace ggufit::cli {

/// Reads the log from a file, or from standard input where it is "-", as a stream.
[[nodiscard]] Result<Answer> runCheck(const Options & options, const TextOptions & text_options);

/// The start of a log that is wanted: `start` from 1, 0 for the last that came to its end.
[[nodiscard]] Result<Log> readLogFile(const std::string & path, uint32_t start);

}  // namespace ggufit::cli
