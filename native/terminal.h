// The last stage of the CLI: what the terminal can show, and writing to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "render/text.h"

namespace ggufit::cli {

/// Colour only where standard output is a terminal that has it and NO_COLOR is not set; its width, or 100 columns.
[[nodiscard]] TextOptions terminalOptions();

/// Writes to standard output. False where it could not be written (a full disk); a reader that closed its end of the
/// pipe is no failure.
[[nodiscard]] bool writeOut(std::string_view text);

/// "ggufit: warning: …" with its remedy, one line each, on standard error.
void writeWarnings(const std::vector<Warning> & warnings);

/// "ggufit: …" on standard error.
void writeError(const Error & error);

}  // namespace ggufit::cli
