// Takes a plan's arguments apart by llama-server's options, and writes them as a line.
#include "render/args.h"

#include <algorithm>

#include "render/shell_words.h"
#include "settings/option.h"

namespace ggufit {

namespace {

size_t valuesOf(const Option & option) {
    if (option.kind == OptionKind::two_texts) return 2;
    return option.kind == OptionKind::text || option.kind == OptionKind::integer ? 1 : 0;
}

}  // namespace

std::vector<ServerArgument> serverArguments(const Plan & plan, const std::string & path) {
    std::vector<ServerArgument> found;
    const std::vector<std::string> & words = plan.arguments;
    for (size_t i = 0; i < words.size();) {
        const auto match = findOption(words[i]);
        const size_t n_words = match ? std::min(valuesOf(*match->option) + 1, words.size() - i) : 1;
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
        ServerArgument argument{match ? std::string(longName(match->option->names)) : words[i],
                                {first, first + static_cast<std::ptrdiff_t>(n_words)}};
        if (argument.name == "--model" && n_words == 2) argument.words[1] = path;
        found.push_back(std::move(argument));
        i += n_words;
    }
    return found;
}

std::string commandLine(const Plan & plan, const std::string & path) {
    std::string line = "llama-server";
    for (const ServerArgument & argument : serverArguments(plan, path)) line += " " + shellLine(argument.words);
    return line + "\n";
}

}  // namespace ggufit
