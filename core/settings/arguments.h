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
    std::string model;    // of -m, empty where it was not given
    std::string hf_repo;  // of -hf, -hff and -mu: a model to download
    std::string hf_file;
    std::string model_url;
    std::vector<std::string> positional;  // words that are no arguments of llama-server
    std::vector<std::string>
        kept;  // arguments that do not change memory or speed, in order, as given (samplers, --jinja, …)
    std::vector<Warning>
        warnings;  // unknown arguments, deprecated ones, ones that are not modelled (-md, --mmproj, --lora)
};

/// The model that -hf, -hff or -mu name, as hub/reference.h reads it: "hf:owner/name:Q4_K_M",
/// "hf:owner/name/file.gguf", a URL. Empty where there is none.
[[nodiscard]] std::string downloadOf(const ParsedArguments & arguments);

/// Reads arguments over `defaults`. Short, long and negated forms and "--name=value" are understood. A value that is
/// missing or wrong is a usage error that names the argument; an argument that llama-server does not have is a warning.
/// VAR=value words and the program in front of a pasted line are read and skipped. The settings are those that the
/// server ends up with: -ub 0 is -b, --embeddings limits -b to -ub, and the given_* fields are set by markGiven.
[[nodiscard]] Result<ParsedArguments> parseArguments(std::span<const std::string> words,
                                                     const Settings & defaults = {});

/// Applies LLAMA_ARG_* variables first, as llama-server does (its arguments win over them).
[[nodiscard]] Result<ParsedArguments> parseArguments(std::span<const std::string> words,
                                                     std::span<const std::pair<std::string, std::string>> environment,
                                                     const Settings & defaults = {});

/// Whether a word is the path or name of llama-server or llama-cli.
[[nodiscard]] bool isLlamaProgram(std::string_view word);

/// Whether a word sets a variable in front of a command, as NAME=value does.
[[nodiscard]] bool isAssignment(std::string_view word);

/// Splits a pasted command line as a POSIX shell would (quotes, backslashes, line continuations, # comments; no
/// expansion). A line end between words counts as a space, redirections are left out, and of several commands (&&, ;)
/// the one that starts llama.cpp is taken, else the last. The leading program (a path ending in llama-server or
/// llama-cli) and VAR=value words before it are left to the caller. An unclosed quote is a usage error.
[[nodiscard]] Result<std::vector<std::string>> splitCommandLine(std::string_view text);

/// The arguments that say these settings where they differ from llama-server's defaults, one word each, in the order
/// -c -ngl -sm -mg -ts -ot -ctk -ctv -fa -b -ub -np -kvu … . What is read back by parseArguments is the same Settings.
[[nodiscard]] std::vector<std::string> writeArguments(const Settings & settings);

}  // namespace ggufit
