// The commands and options of the CLI as values, for what describes them: completions and the manual.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ggufit::cli {

struct DescribedOption {
    std::string long_name;             // "--format"; empty where there is none
    std::string short_name;            // "-h"; likewise
    std::string value;                 // what follows it, "TOKENS"; empty: nothing
    std::vector<std::string> choices;  // its values, where these are all
    std::string description;
    bool repeats = false;

    [[nodiscard]] bool takesFile() const { return value.find("FILE") != std::string::npos || value == "DIR"; }
};

struct DescribedCommand {
    std::vector<std::string> words;  // "plan"; "conf", "add"
    std::string description;
    std::string usage;   // without "Usage: "
    std::string footer;  // as --help ends
    std::vector<DescribedOption> options;
    std::vector<DescribedCommand> actions;
};

/// The commands of the program, in order.
[[nodiscard]] DescribedCommand describeCommands(const CLI::App & app);

}  // namespace ggufit::cli
