// What a section of models.conf starts llama-server with: its keys and EXTRA_ARGS over the wrapper's defaults.
#pragma once

#include "base/result.h"
#include "profile/conf.h"
#include "settings/arguments.h"

namespace ggufit {

/// The words of EXTRA_ARGS, split where the shell splits an unquoted variable.
[[nodiscard]] std::vector<std::string> extraWords(const Conf & conf, const ConfSection & section);

/// CTX_SIZE, N_GPU_LAYERS, FIT, FIT_TARGET as arguments, then EXTRA_ARGS. Keys that are left out are the wrapper's
/// defaults; the number of slots is llama-server's own. Errors are those of parseArguments.
[[nodiscard]] Result<ParsedArguments> argumentsOf(const Conf & conf, const ConfSection & section);

}  // namespace ggufit
