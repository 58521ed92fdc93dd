// `ggufit gpus`: this machine's GPUs and memory, as the system's tools tell of them.
#pragma once

#include "commands.h"
#include "render/found.h"

namespace ggufit::cli {

/// Asks the tools on the PATH and --llama-server, each within its time. A tool that fails is a note; a machine without
/// GPUs is no error.
[[nodiscard]] Result<FoundMachine> findMachine(const Options & options);

/// Shows what was found and, with --save, keeps it in a machine file: the name, the calibration and the kind of memory
/// that stand in that file already stay.
[[nodiscard]] Result<Answer> runGpus(const Options & options, const TextOptions & text_options);

}  // namespace ggufit::cli
