// Reads CLI11's description of the program.
#include "commands_described.h"

#include <algorithm>

namespace ggufit::cli {

namespace {

/// "text|conf|json" → its words; nothing where it holds a name for a value, in capitals.
std::vector<std::string> choicesOf(const std::string & type) {
    std::vector<std::string> choices;
    if (type.find('|') == std::string::npos || type == "FILE|LINK") return choices;
    for (size_t at = 0; at <= type.size();) {
        const size_t end = std::min(type.find('|', at), type.size());
        choices.push_back(type.substr(at, end - at));
        at = end + 1;
    }
    return choices;
}

DescribedOption describe(const CLI::Option & option) {
    DescribedOption described;
    if (!option.get_lnames().empty()) described.long_name = "--" + option.get_lnames().front();
    if (!option.get_snames().empty()) described.short_name = "-" + option.get_snames().front();
    described.description = option.get_description();
    if (option.get_items_expected_max() == 0) return described;
    described.value = option.get_type_name();
    described.choices = choicesOf(described.value);
    described.repeats = option.get_items_expected_max() > 1;
    return described;
}

}  // namespace

DescribedCommand describeCommands(const CLI::App & app) {
    DescribedCommand command;
    if (app.get_parent() != nullptr) command.words.push_back(app.get_name());
    command.description = app.get_description();
    command.footer = app.get_footer();
    const std::string help = app.help();
    const size_t usage = help.find("Usage: ");
    if (usage != std::string::npos) command.usage = help.substr(usage + 7, help.find('\n', usage) - usage - 7);
    for (const CLI::Option * option : app.get_options()) {
        if (option->get_positional()) continue;
        command.options.push_back(describe(*option));
    }
    for (const CLI::App * sub : app.get_subcommands([](const CLI::App *) { return true; })) {
        DescribedCommand action = describeCommands(*sub);
        action.words.insert(action.words.begin(), command.words.begin(), command.words.end());
        command.actions.push_back(std::move(action));
    }
    return command;
}

}  // namespace ggufit::cli
