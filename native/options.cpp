// The first stage of the CLI: ggufit's own options go to CLI11, every other word is llama-server's.
#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "completion.h"
#include "help.h"
#include "options/command_row.h"
#include "options/words.h"
#include "render/formats.h"

namespace ggufit::cli {

namespace {

/// The commands in the order of the help. A new one is a file in options/ and a place here.
const CommandRow<Command> * const kCommands[] = {&kPlan, &kAdvise,    &kChoose, &kInspect, &kEstimate, &kGraph,
                                                 &kLink, &kOverrides, &kCheck,  &kConf,    &kGpus};

constexpr const char * kFooter = R"(
Examples:
  ggufit gpus --save machine.json
  ggufit plan model.gguf --gpu "RTX 4090" --gpu "RTX 5070 Ti,reserved=3500MiB" --ram 64GB
  ggufit plan model.gguf --machine machine.json --format conf >> models.conf
  ggufit plan --gpu "RTX 3090" llama-server -m model.gguf -ngl 99 -c 32768
  ggufit advise model.gguf --machine machine.json > advice.md
  ggufit inspect model-00001-of-00003.gguf
  ggufit link model.gguf --machine machine.json --site https://example.org/ggufit/

Only the header of a file is read. Exit status: 0 it fits, 1 it does not fit, 2 wrong
usage, 3 wrong input, 4 unsupported.
`ggufit COMMAND --help` tells more.)";

Error usage(std::string where, std::string detail) { return {ErrorCode::usage, std::move(where), std::move(detail)}; }

std::vector<std::string> commandNames() {
    std::vector<std::string> names;
    for (const CommandRow<Command> * row : kCommands) names.emplace_back(row->name);
    return names;
}

std::vector<std::string> actionNames() {
    std::vector<std::string> names;
    for (const CommandRow<ConfAction> & row : confRows()) names.emplace_back(row.name);
    return names;
}

/// "plan, check and conf", "list, add or lint".
std::string listed(const std::vector<std::string> & names, const std::string & last_joint) {
    std::string text = names.front();
    for (size_t i = 1; i < names.size(); ++i) text += (i + 1 < names.size() ? ", " : last_joint) + names[i];
    return text;
}

/// Adds a command to the program, or an action to a command; `words` stand before its name.
template <typename Which>
CLI::App & addRow(CLI::App & parent, const std::string & words, const CommandRow<Which> & row, Options & options,
                  Texts & texts) {
    CLI::App & app = *parent.add_subcommand(row.name, row.description);
    const std::string subject = row.subject[0] == '\0' ? "" : std::string(" ") + row.subject;
    app.formatter(std::make_shared<HelpFormatter>(words + row.name + subject + " [OPTIONS]" +
                                                  (row.takes_llama_words ? " [LLAMA-SERVER ARGUMENTS]" : "")));
    if (row.subject_help[0] != '\0') app.add_option(row.subject, texts.positional, row.subject_help)->type_name("");
    if (row.add != nullptr) row.add(app, options, texts);
    app.add_flag("--quiet", options.quiet, "Errors alone on standard error: no progress, no warnings");
    app.set_help_flag("-h,--help", "Print this help and exit");
    if (row.footer[0] != '\0') app.footer(row.footer);  // an action without one ends as its command does
    return app;
}

std::unique_ptr<CLI::App> buildApp(Options & options, Texts & texts) {
    auto app = std::make_unique<CLI::App>("Will it fit, where does it go, and which llama.cpp configuration to write.");
    app->name("ggufit");
    app->formatter(std::make_shared<HelpFormatter>("ggufit COMMAND [OPTIONS]"));
    app->set_help_flag("-h,--help", "Print this help and exit");
    app->set_version_flag("--version", "ggufit " GGUFIT_VERSION, "Print the version and exit");
    app->require_subcommand(1);
    app->footer(kFooter);
    for (const CommandRow<Command> * row : kCommands) {
        CLI::App & command = addRow(*app, "ggufit ", *row, options, texts);
        if (row->which != Command::conf) continue;
        command.require_subcommand(1);
        for (const CommandRow<ConfAction> & action : confRows()) {
            addRow(command, "ggufit conf ", action, options, texts);
        }
    }
    return app;
}

Format formatOf(const Texts & texts) {
    if (texts.json || texts.format == "json") return Format::json;
    return findPlanFormat(texts.format) != nullptr ? Format::written : Format::text;
}

Error unknownCommand(const std::string & word) {
    if (word.ends_with(".gguf"))
        return usage(word, "say what to do with it: `ggufit plan " + word + "` or `ggufit inspect " + word + "`.");
    if (isServerProgram(word)) return usage(word, "put `ggufit plan` in front of it.");
    return usage(word, "no such command; there are " + listed(commandNames(), " and ") + ". See `ggufit --help`.");
}

const CLI::App * subcommandNamed(const CLI::App & app, const std::string & word) {
    const auto named = app.get_subcommands([&](const CLI::App * sub) { return sub->get_name() == word; });
    return named.empty() ? nullptr : named.front();
}

/// The words that name the command: one, or two where it has actions of its own.
Result<std::vector<std::string>> commandWords(const std::vector<std::string> & words, Options & options) {
    for (const CommandRow<Command> * row : kCommands) {
        if (words.front() == row->name) options.command = row->which;
    }
    if (options.command != Command::conf) return std::vector<std::string>{words.front()};
    if (words.size() < 2) return usage("conf", "say what to do: " + listed(actionNames(), " or ") + ".");
    if (words[1] == "-h" || words[1] == "--help") return std::vector<std::string>{words.front()};
    for (const CommandRow<ConfAction> & row : confRows()) {
        if (words[1] != row.name) continue;
        options.conf_action = row.which;
        return std::vector<std::string>{words[0], words[1]};
    }
    return usage(words[1], "no action of `ggufit conf`; there are " + listed(actionNames(), " and ") + ".");
}

}  // namespace

Result<Invocation> parseCommandLine(const std::vector<std::string> & words) {
    Invocation invocation;
    Options & options = invocation.options;
    Texts texts;
    const auto app = buildApp(options, texts);
    if (words.empty()) return usage("", "no command given. See `ggufit --help`.");

    if (isDescription(words)) {
        auto text = describeAs(*app, words);
        if (!text) return text.error();
        invocation.text = std::move(*text);
        return invocation;
    }
    std::vector<std::string> own{words.front()};
    if (const CLI::App * command = subcommandNamed(*app, words.front()); command != nullptr) {
        const auto names = commandWords(words, options);
        if (!names) return names.error();
        own = *names;
        if (own.size() > 1) command = subcommandNamed(*command, own.back());
        auto unquoted = unquotePasted({words.begin() + static_cast<std::ptrdiff_t>(own.size()), words.end()});
        if (!unquoted) return unquoted.error();
        const auto taken = takeOwnWords(*command, *unquoted, options.llama_words);
        own.insert(own.end(), taken.begin(), taken.end());
    } else if (app->get_option_no_throw(words.front()) == nullptr || words.front()[0] != '-') {
        return unknownCommand(words.front());
    }
    try {
        std::reverse(own.begin(), own.end());  // CLI11 takes the last word first
        app->parse(own);
    } catch (const CLI::CallForHelp &) {
        const auto chosen = app->get_subcommands();
        invocation.text = chosen.empty() ? app->help() : chosen.front()->help();
        return invocation;
    } catch (const CLI::CallForVersion & version) {
        invocation.text = std::string(version.what()) + "\n";
        return invocation;
    } catch (const CLI::ParseError & error) {
        return usage("", std::string(error.what()) + ". See `ggufit " + words.front() + " --help`.");
    }
    options.format = formatOf(texts);
    options.format_name = texts.format;
    options.bench = texts.profile == "bench";
    dropProgram(options);
    return invocation;
}

}  // namespace ggufit::cli
