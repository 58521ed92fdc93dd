// llama-server's command line and environment names → Settings. Single-dash words, so a table of our own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "settings/settings.h"

namespace ggufit {

/// What an argument list said.
struct ParsedArguments {
    Settings settings;
    std::string model;                    // of -m, empty where it was not given
    std::vector<std::string> positional;  // words that are no arguments of llama-server
    std::vector<std::string> kept;        // arguments that do not change memory or speed, in order, as given (samplers, --jinja, …)
    std::vector<Warning> warnings;        // unknown arguments, deprecated ones, ones that are not modelled (-md, --mmproj, --lora)
};

/// Reads arguments over `defaults`. Short, long and negated forms and "--name=value" are understood. A value that is
/// missing or wrong is a usage error that names the argument; an argument that llama-server does not have is a warning.
[[nodiscard]] Result<ParsedArguments> parseArguments(std::span<const std::string> words, const Settings & defaults = {});

/// Applies LLAMA_ARG_* variables first, as llama-server does (its arguments win over them).
[[nodiscard]] Result<ParsedArguments> parseArguments(
    std::span<const std::string> words, std::span<const std::pair<std::string, std::string>> environment,
    const Settings & defaults = {});

/// Splits a pasted command line as a POSIX shell would (quotes, backslashes, line continuations, # comments; no
/// expansion). The leading program (a path ending in llama-server or llama-cli) and VAR=value words before it are left
/// to the caller. An unclosed quote is a usage error.
[[nodiscard]] Result<std::vector<std::string>> splitCommandLine(std::string_view text);

/// The arguments that say these settings where they differ from llama-server's defaults, one word each, in the order
/// -c -ngl -sm -mg -ts -ot -ctk -ctv -fa -b -ub -np -kvu … . What is read back by parseArguments is the same Settings.
[[nodiscard]] std::vector<std::string> writeArguments(const Settings & settings);

}  // namespace ggufit
