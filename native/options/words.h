// Tells ggufit's own words from llama-server's.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "options.h"

namespace ggufit::cli {

/// Takes ggufit's own options and their values out of `words`; what is left is llama-server's.
[[nodiscard]] std::vector<std::string> takeOwnWords(const CLI::App & app, const std::vector<std::string> & words,
                                                    std::vector<std::string> & rest);

/// "llama-server", "/opt/bin/llama-cli.exe".
[[nodiscard]] bool isServerProgram(std::string_view word);

/// A command line that was pasted as one quoted word is split as a shell would.
[[nodiscard]] Result<std::vector<std::string>> unquotePasted(std::vector<std::string> words);

/// Drops the program and the VAR=value words in front of a pasted `llama-server …` line; keeps LLAMA_ARG_* of them.
void dropProgram(Options & options);

}  // namespace ggufit::cli
