// A plan → a llama-server command line, and its arguments one by one.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace ggufit {

/// An argument with its values.
struct ServerArgument {
    std::string name;                // llama-server's long name, "--ctx-size"; as written where it has none such
    std::vector<std::string> words;  // as in the plan, the name first
};

/// The plan's arguments in order, with the model at `path`.
[[nodiscard]] std::vector<ServerArgument> serverArguments(const Plan & plan, const std::string & path);

/// `llama-server -m PATH …` on one line, quoted for bash, ksh and zsh. Ends with a newline.
[[nodiscard]] std::string commandLine(const Plan & plan, const std::string & path);

}  // namespace ggufit
