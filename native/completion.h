// Completions of bash, zsh and fish, and the manual page, made from the description of the commands.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands_described.h"

namespace ggufit::cli {

[[nodiscard]] std::string bashCompletion(const DescribedCommand & program);
[[nodiscard]] std::string zshCompletion(const DescribedCommand & program);
[[nodiscard]] std::string fishCompletion(const DescribedCommand & program);

/// A page of section 1 in man(7).
[[nodiscard]] std::string manualPage(const DescribedCommand & program);

/// `ggufit completion bash|zsh|fish` and `ggufit manual`, which the build runs.
[[nodiscard]] bool isDescription(const std::vector<std::string> & words);
[[nodiscard]] Result<std::string> describeAs(const CLI::App & app, const std::vector<std::string> & words);

}  // namespace ggufit::cli
