// Writes completion scripts: each command's words, and for an option's value its choices or files.
#include "completion.h"

#include "render/shell_words.h"

namespace ggufit::cli {

namespace {

std::string joined(const std::vector<std::string> & words) {
    std::string text;
    for (const std::string & word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string actionNames(const DescribedCommand & command) {
    std::vector<std::string> names;
    for (const DescribedCommand & action : command.actions) names.push_back(action.words.back());
    return joined(names);
}

std::string optionNames(const DescribedCommand & command) {
    std::vector<std::string> names;
    for (const DescribedOption & option : command.options) {
        if (!option.long_name.empty()) names.push_back(option.long_name);
        if (!option.short_name.empty()) names.push_back(option.short_name);
    }
    return joined(names);
}

/// Calls `use` with each command that takes options.
template <typename Use>
void forEachCommand(const DescribedCommand & program, const Use & use) {
    for (const DescribedCommand & command : program.actions) {
        use(command);
        for (const DescribedCommand & action : command.actions) use(action);
    }
}

/// Text with a backslash before each of some characters.
std::string escaped(const std::string & text, const std::string & characters) {
    std::string out;
    for (const char c : text) {
        if (characters.find(c) != std::string::npos) out += '\\';
        out += c;
    }
    return out;
}

void addBashValues(const DescribedCommand & command, std::string & out) {
    for (const DescribedOption & option : command.options) {
        if (option.value.empty() || option.long_name.empty()) continue;
        out += "        \"" + joined(command.words) + " " + option.long_name + "\") ";
        if (!option.choices.empty()) {
            out += "mapfile -t COMPREPLY < <(compgen -W '" + joined(option.choices) + "' -- \"$cur\"); return ;;\n";
        } else {
            out += option.takesFile() ? "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n" : "return ;;\n";
        }
    }
}

std::string zshText(const std::string & text) { return escaped(text, "[]:\\"); }

std::string zshOption(const DescribedOption & option, const std::string & name) {
    std::string spec = (option.repeats ? "*" : "") + name + "[" + zshText(option.description) + "]";
    if (option.value.empty()) return shellWord(spec);
    spec += ":" + zshText(option.choices.empty() ? option.value : "value") + ":";
    if (!option.choices.empty()) spec += "(" + joined(option.choices) + ")";
    if (option.choices.empty() && option.takesFile()) spec += "_files";
    return shellWord(spec);
}

std::string zshList(const std::string & name, const DescribedCommand & command) {
    std::string out = "    local -a " + name + "=(\n";
    for (const DescribedCommand & action : command.actions) {
        out += "        " + shellWord(action.words.back() + ":" + zshText(action.description)) + "\n";
    }
    return out + "    )\n";
}

std::string fishText(const std::string & text) { return "'" + escaped(text, "'\\") + "'"; }

std::string fishCondition(const DescribedCommand & command) {
    std::string condition;
    for (const std::string & word : command.words)
        condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    return condition;
}

std::string fishOption(const DescribedCommand & command, const DescribedOption & option) {
    std::string line = "complete -c ggufit -n " + fishText(fishCondition(command));
    if (!option.long_name.empty()) line += " -l " + option.long_name.substr(2);
    if (!option.short_name.empty()) line += " -s " + option.short_name.substr(1);
    if (!option.value.empty()) line += option.choices.empty() && option.takesFile() ? " -r -F" : " -x";
    if (!option.choices.empty()) line += " -a " + fishText(joined(option.choices));
    return line + " -d " + fishText(option.description) + "\n";
}

}  // namespace

std::string bashCompletion(const DescribedCommand & program) {
    std::string out =
        "# bash completion of ggufit\n"
        "_ggufit() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=\n"
        "    COMPREPLY=()\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        mapfile -t COMPREPLY < <(compgen -W '" +
        actionNames(program) + " " + optionNames(program) +
        "' -- \"$cur\")\n"
        "        return\n"
        "    fi\n";
    for (const DescribedCommand & command : program.actions) {
        if (command.actions.empty()) continue;
        out += "    if [[ $command == " + command.words.back() + " ]]; then\n        if ((COMP_CWORD == 2)); then\n" +
               "            mapfile -t COMPREPLY < <(compgen -W '" + actionNames(command) +
               "' -- \"$cur\")\n            return\n        fi\n        command+=\" ${COMP_WORDS[2]}\"\n    fi\n";
    }
    out += "    case \"$command $prev\" in\n";
    forEachCommand(program, [&](const DescribedCommand & command) { addBashValues(command, out); });
    out += "    esac\n    case \"$command\" in\n";
    forEachCommand(program, [&](const DescribedCommand & command) {
        out += "        '" + joined(command.words) + "') words='" + optionNames(command) + "' ;;\n";
    });
    return out +
           "    esac\n"
           "    if [[ $cur == -* ]]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
           "    else\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
           "    fi\n"
           "}\n"
           "complete -o filenames -F _ggufit ggufit\n";
}

std::string zshCompletion(const DescribedCommand & program) {
    std::string out = "#compdef ggufit\n_ggufit() {\n" + zshList("commands", program);
    out += "    if ((CURRENT == 2)); then\n        _describe command commands\n        return\n    fi\n";
    out += "    shift words\n    ((CURRENT--))\n    local command=$words[1]\n";
    for (const DescribedCommand & command : program.actions) {
        if (command.actions.empty()) continue;
        out += "    if [[ $command == " + command.words.back() + " ]]; then\n" + zshList("actions", command);
        out +=
            "        if ((CURRENT == 2)); then\n            _describe action actions\n            return\n        fi\n";
        out += "        shift words\n        ((CURRENT--))\n        command+=\" $words[1]\"\n    fi\n";
    }
    out += "    case $command in\n";
    forEachCommand(program, [&](const DescribedCommand & command) {
        if (!command.actions.empty()) return;
        out += "        '" + joined(command.words) + "')\n            _arguments";
        for (const DescribedOption & option : command.options) {
            for (const std::string & name : {option.long_name, option.short_name}) {
                if (!name.empty()) out += " \\\n                " + zshOption(option, name);
            }
        }
        out += " \\\n                '*:file:_files'\n            ;;\n";
    });
    return out +
           "    esac\n}\nif [[ $funcstack[1] == _ggufit ]]; then _ggufit \"$@\"; else compdef _ggufit ggufit; fi\n";
}

std::string fishCompletion(const DescribedCommand & program) {
    std::string out = "# fish completion of ggufit\n";
    for (const DescribedCommand & command : program.actions) {
        out += "complete -c ggufit -f -n __fish_use_subcommand -a " + command.words.back() + " -d " +
               fishText(command.description) + "\n";
        for (const DescribedCommand & action : command.actions) {
            const std::string condition = "__fish_seen_subcommand_from " + command.words.back() +
                                          "; and not __fish_seen_subcommand_from " + actionNames(command);
            out += "complete -c ggufit -f -n " + fishText(condition) + " -a " + action.words.back() + " -d " +
                   fishText(action.description) + "\n";
        }
    }
    forEachCommand(program, [&](const DescribedCommand & command) {
        for (const DescribedOption & option : command.options) out += fishOption(command, option);
    });
    return out;
}

bool isDescription(const std::vector<std::string> & words) {
    return !words.empty() && (words.front() == "completion" || words.front() == "manual");
}

Result<std::string> describeAs(const CLI::App & app, const std::vector<std::string> & words) {
    const DescribedCommand program = describeCommands(app);
    if (words.front() == "manual" && words.size() == 1) return manualPage(program);
    const std::string shell = words.front() == "completion" && words.size() == 2 ? words[1] : "";
    if (shell == "bash") return bashCompletion(program);
    if (shell == "zsh") return zshCompletion(program);
    if (shell == "fish") return fishCompletion(program);
    return Error{ErrorCode::usage, words.front(), "write `ggufit completion bash|zsh|fish` or `ggufit manual`."};
}

}  // namespace ggufit::cli
