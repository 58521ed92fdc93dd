// The first stage of the CLI: ggufit's own options go to CLI11, every other word is llama-server's.
#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "completion.h"
#include "help.h"
#include "render/formats.h"
#include "settings/arguments.h"

namespace ggufit::cli {

namespace {

constexpr const char * kModelHelp = "GGUF file, any shard of a split model, or a planning link";

struct Texts {
    std::string format = "text", profile = "production", model;
    bool json = false;
    bool name = false;  // --name, which is so anyway
};

Error usage(std::string where, std::string detail) { return {ErrorCode::usage, std::move(where), std::move(detail)}; }

void addMachineOptions(CLI::App & app, Options & options) {
    app.add_option("--gpu", options.gpus, "A GPU by name or sizes; once for each GPU, in llama.cpp's order")
        ->type_name("GPU")
        ->allow_extra_args(false)
        ->group("Machine");
    app.add_option("--backend", options.backend,
                   "What drives the --gpu devices; the usual one of each card if not given")
        ->type_name("CUDA|ROCm|Vulkan|Metal|SYCL|CPU")
        ->group("Machine");
    app.add_option("--ram", options.ram, "System memory, as \"64GB\" or \"64GB DDR5-6000 2ch\"")
        ->type_name("SIZE")
        ->group("Machine");
    app.add_option("--machine", options.machine_file, "Read GPUs and memory from a JSON file")
        ->type_name("FILE")
        ->group("Machine");
}

/// What a value was called before.
std::string otherName(std::string & given) {
    if (given == "preset") given = "ini";
    return "";
}

/// An option with one of a few values, which its help lists in this order.
void addChoice(CLI::App & app, const std::string & name, std::string & value, const std::vector<std::string> & choices,
               const std::string & description, const std::string & group) {
    std::string listed;
    for (const std::string & choice : choices) listed += (listed.empty() ? "" : "|") + choice;
    const auto check = [choices, listed](const std::string & given) -> std::string {
        const bool known = std::find(choices.begin(), choices.end(), given) != choices.end();
        return known ? "" : "\"" + given + "\" is none of " + listed;
    };
    app.add_option(name, value, description)
        ->type_name(listed)
        ->transform(CLI::Validator(otherName, ""))
        ->check(CLI::Validator(check, ""))
        ->group(group);
}

void addExplain(CLI::App & app, Options & options) {
    app.add_flag("--explain", options.explain, "Say what fills each compute buffer, and what would shrink it")
        ->group("Output");
}

void addFormat(CLI::App & app, Texts & texts, const std::vector<std::string> & formats) {
    addChoice(app, "--format", texts.format, formats, "What to print", "Output");
    app.add_flag("--json", texts.json, "The same as --format json")->group("Output");
}

void addContextOptions(CLI::App & app, Options & options) {
    app.add_option("--ctx", options.ctx, "Context in tokens, as \"131072\" or \"128k\"; the same as -c")
        ->type_name("TOKENS")
        ->group("Settings");
    app.add_option("--kv", options.kv, "Type of the K and V cache, as \"q8_0\"; the same as -ctk and -ctv")
        ->type_name("TYPE")
        ->group("Settings");
}

void addEntryOptions(CLI::App & app, Options & options) {
    app.add_option("--id", options.id, "Section of the entry")->type_name("ID")->group("Entry");
    app.add_option("--models-dir", options.models_dir, "Folder that MODEL= is relative to")
        ->type_name("DIR")
        ->group("Entry");
}

void addPlan(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("plan", "Choose a placement and write the models.conf entry");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    addContextOptions(app, options);
    addChoice(app, "--profile", texts.profile, {"production", "bench"}, "What the plan is for", "Entry");
    addEntryOptions(app, options);
    addExplain(app, options);
    std::vector<std::string> formats{"text"};
    for (const PlanFormat & format : planFormats()) formats.emplace_back(format.name);
    addFormat(app, texts, formats);
    app.footer(kPlanFooter);
}

void addAdvise(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("advise", "Write a test plan of what may be better than the plan");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    addContextOptions(app, options);
    addEntryOptions(app, options);
    app.add_option("--log", options.logs, "Startup log of a test, once for each: fills the tables and decides")
        ->type_name("[NAME=]FILE")
        ->allow_extra_args(false)
        ->group("Results");
    addFormat(app, texts, {"markdown", "json"});
    app.footer(kAdviseFooter);
}

void addLink(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app =
        *root.add_subcommand("link", "Write the inputs of a plan as a link that repeats it without the file");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    addContextOptions(app, options);
    addChoice(app, "--profile", texts.profile, {"production", "bench"}, "What the plan is for", "Entry");
    app.add_option("--id", options.id, "Section of the entry")->type_name("ID")->group("Entry");
    app.add_option("--site", options.site, "Address of the page; without it the link is the bare fragment")
        ->type_name("URL")
        ->group("Output");
    app.add_flag("--name", texts.name, "The file's name goes in, which is so if nothing is given")->group("Output");
    app.add_flag("--no-name", options.no_name, "The file's name stays out")->excludes("--name")->group("Output");
    app.footer(kLinkFooter);
}

void addInspect(CLI::App & root, Texts & texts) {
    CLI::App & app = *root.add_subcommand("inspect", "Show what a model is, each fact with its source");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addFormat(app, texts, {"text", "json"});
    app.footer(kInspectFooter);
}

void addEstimate(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("estimate", "Count the memory that given settings take");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    addChoice(app, "--outputs", options.outputs, {"server", "all"},
              "Tokens that logits are reserved for: one a slot, or all of a batch", "Settings");
    app.add_option("--fill", options.fill, "Tokens in the context that the speed is for, as \"8192\" or \"8k\"; 0 else")
        ->type_name("TOKENS")
        ->group("Settings");
    app.add_option("--measured", options.measured,
                   "Tokens a second that this run generates; the machine file keeps what scales estimates to it")
        ->type_name("SPEED")
        ->group("Machine");
    app.add_option("--write-machine", options.write_machine, "Write the machine to a JSON file, for --machine")
        ->type_name("FILE")
        ->group("Machine");
    addChoice(app, "--reserving", options.reserving, {"measured", "started"},
              "Compute buffers as --fit measures them, or as a start reserves them", "Settings");
    addExplain(app, options);
    addFormat(app, texts, {"text", "json"});
    app.footer(kEstimateFooter);
}

void addGraph(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("graph", "Print the compute graph as llama.cpp schedules it");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    addChoice(app, "--phase", options.phase, {"prompt", "decode"}, "Which of the two graphs that are reserved",
              "Settings");
    addChoice(app, "--outputs", options.outputs, {"server", "all"},
              "Tokens that logits are reserved for: one a slot, or all of a batch", "Settings");
    app.footer(kGraphFooter);
}

void addOverrides(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("overrides", "Write a placement down as tensor overrides (-ot)");
    app.add_option("MODEL", texts.model, kModelHelp)->type_name("");
    addMachineOptions(app, options);
    app.add_option("--config", options.config_file, "Read context, margin and preferences from a JSON file")
        ->type_name("FILE")
        ->group("Settings");
    app.add_option("--output", options.output, "Folder for the two files; the current one where it is not given")
        ->type_name("DIR")
        ->group("Output");
    app.add_flag("--dry-run", options.dry_run, "Print the analysis and write nothing")->group("Output");
    app.add_flag("--verbose", options.verbose, "List every tensor")->group("Output");
    addFormat(app, texts, {"text", "json"});
    app.footer(kOverridesFooter);
}

void addConfWriting(CLI::App & app, Options & options) {
    app.add_flag("-y,--yes", options.yes, "Write without asking")->group("Output");
    app.add_flag("--dry-run", options.dry_run, "Show the change and write nothing")->group("Output");
}

void addCheck(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("check", "Hold a startup log against what is predicted");
    app.add_option("LOG", texts.model, "What llama-server or llama-cli printed; - for standard input")->type_name("");
    app.add_option("--model", options.model,
                   "GGUF file that ran, any shard of it, or a planning link: predicted beside measured")
        ->type_name("FILE|LINK")
        ->group("Model");
    app.add_option("--start", options.start, "Which of several starts in the log, from 1")
        ->type_name("N")
        ->group("Log");
    addMachineOptions(app, options);
    app.add_option("--update", options.update, "Write what was measured into the entry of this models.conf")
        ->type_name("FILE")
        ->group("Entry");
    app.add_option("--id", options.id, "Section of the entry; the one with the log's model else")
        ->type_name("ID")
        ->group("Entry");
    app.add_option("--date", options.date, "Day of the start; that of the log's lines or of its file else")
        ->type_name("YYYY-MM-DD")
        ->group("Entry");
    app.add_flag("--learn", options.learn, "Keep what was measured of the machine in the file of --write-machine")
        ->group("Machine");
    app.add_option("--write-machine", options.write_machine, "Write the machine to a JSON file, for --machine")
        ->type_name("FILE")
        ->group("Machine");
    addConfWriting(app, options);
    addFormat(app, texts, {"text", "json"});
    app.footer(kCheckFooter);
}

void addConfModel(CLI::App & app, Options & options) {
    addMachineOptions(app, options);
    addContextOptions(app, options);
    addEntryOptions(app, options);
}

/// The actions of `conf`. Their words are read by the command itself: FILE comes first in each.
void addConf(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & conf = *root.add_subcommand("conf", "Keep the profiles of a models.conf");
    conf.require_subcommand(1);
    conf.footer(kConfFooter);
    addFormat(*conf.add_subcommand("list", "List the sections"), texts, {"text", "json"});
    addFormat(*conf.add_subcommand("show", "Show a section as it stands"), texts, {"text", "json"});
    CLI::App & add = *conf.add_subcommand("add", "Plan a model and add its entry");
    CLI::App & bench = *conf.add_subcommand("bench", "Plan a model, or that of a section, and add its bench entry");
    CLI::App & replace = *conf.add_subcommand("replace", "Plan a section anew; the old one stays as a comment");
    CLI::App & remove = *conf.add_subcommand("remove", "Remove a section with its comments");
    CLI::App & lint = *conf.add_subcommand("lint", "Say what is wrong or against the conventions");
    for (CLI::App * action : {&add, &bench, &replace}) addConfModel(*action, options);
    for (CLI::App * action : {&add, &bench}) {
        action->add_option("--after", options.after, "Section that the entry goes behind; the end of the file else")
            ->type_name("ID")
            ->group("Entry");
    }
    for (CLI::App * action : {&add, &bench, &replace, &remove}) addConfWriting(*action, options);
    addMachineOptions(lint, options);
    lint.add_option("--models-dir", options.models_dir,
                    "Folder that MODEL= is relative to; \"models\" beside FILE else")
        ->type_name("DIR")
        ->group("Entry");
    addFormat(lint, texts, {"text", "json"});
    add.footer(kConfAddFooter);
    bench.footer(kConfBenchFooter);
    replace.footer(kConfReplaceFooter);
    remove.footer(kConfRemoveFooter);
    lint.footer(kConfLintFooter);
}

void addGpus(CLI::App & root, Options & options, Texts & texts) {
    CLI::App & app = *root.add_subcommand("gpus", "Find this machine's GPUs and memory");
    app.add_option("--llama-server", options.llama_server,
                   "The llama-server whose devices count; the one on the PATH else")
        ->type_name("PATH")
        ->group("Machine");
    app.add_option("--save", options.save_machine, "Keep them in a machine file, machine.json if none is named")
        ->type_name("[FILE]")
        ->expected(0, 1)
        ->default_str("machine.json")
        ->group("Machine");
    addFormat(app, texts, {"text", "json"});
    app.footer(kGpusFooter);
}

std::unique_ptr<CLI::App> buildApp(Options & options, Texts & texts) {
    auto app = std::make_unique<CLI::App>("Will it fit, where does it go, and which llama.cpp configuration to write.");
    app->name("ggufit");
    app->formatter(std::make_shared<HelpFormatter>());
    app->set_help_flag("-h,--help", "Print this help and exit");
    app->set_version_flag("--version", "ggufit " GGUFIT_VERSION, "Print the version and exit");
    app->require_subcommand(1);
    app->footer(kRootFooter);
    addPlan(*app, options, texts);
    addAdvise(*app, options, texts);
    addInspect(*app, texts);
    addEstimate(*app, options, texts);
    addGraph(*app, options, texts);
    addLink(*app, options, texts);
    addOverrides(*app, options, texts);
    addCheck(*app, options, texts);
    addConf(*app, options, texts);
    addGpus(*app, options, texts);
    for (CLI::App * sub : app->get_subcommands({})) {
        sub->set_help_flag("-h,--help", "Print this help and exit");
        for (CLI::App * action : sub->get_subcommands({}))
            action->set_help_flag("-h,--help", "Print this help and exit");
    }
    return app;
}

/// Takes ggufit's own options and their values out of `words`; what is left is llama-server's.
std::vector<std::string> takeOwnWords(const CLI::App & app, const std::vector<std::string> & words,
                                      std::vector<std::string> & rest) {
    const auto ownOption = [&app](const std::string & word) {
        return word.size() > 1 && word[0] == '-' ? app.get_option_no_throw(word.substr(0, word.find('='))) : nullptr;
    };
    std::vector<std::string> own;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string & word = words[i];
        if (word == "--") {
            rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
            break;
        }
        const CLI::Option * option = ownOption(word);
        if (option == nullptr) {
            rest.push_back(word);
            continue;
        }
        own.push_back(word);
        const bool takes_word = option->get_items_expected_max() != 0 && word.find('=') == std::string::npos;
        if (takes_word && i + 1 < words.size() && ownOption(words[i + 1]) == nullptr) own.push_back(words[++i]);
    }
    return own;
}

bool isServerProgram(std::string_view word) {
    word = word.substr(word.find_last_of("/\\") + 1);
    if (word.ends_with(".exe")) word.remove_suffix(4);
    return word == "llama-server" || word == "llama-cli";
}

bool isAssignment(std::string_view word) {
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos || (word[0] >= '0' && word[0] <= '9')) return false;
    return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
        return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

/// A command line that was pasted as one quoted word is split as a shell would.
Result<std::vector<std::string>> unquotePasted(std::vector<std::string> words) {
    std::vector<std::string> all;
    for (std::string & word : words) {
        if (word.find_first_of(" \n\t") != std::string::npos && word.find("llama-") != std::string::npos) {
            auto split = splitCommandLine(word);
            if (split && std::any_of(split->begin(), split->end(), isServerProgram) && split->size() > 1) {
                all.insert(all.end(), split->begin(), split->end());
                continue;
            }
            if (!split && word.find(" -m ") != std::string::npos) return split.error();
        }
        all.push_back(std::move(word));
    }
    return all;
}

/// Drops the program and the VAR=value words in front of a pasted `llama-server …` line; keeps LLAMA_ARG_* of them.
void dropProgram(Options & options) {
    std::vector<std::string> & words = options.llama_words;
    const auto program = std::find_if(words.begin(), words.end(), isServerProgram);
    if (program == words.end()) return;
    auto first = program;
    while (first != words.begin() && isAssignment(*(first - 1))) --first;
    for (auto word = first; word != program; ++word) {
        const size_t equals = word->find('=');
        if (word->starts_with("LLAMA_ARG_"))
            options.environment.emplace_back(word->substr(0, equals), word->substr(equals + 1));
    }
    words.erase(first, program + 1);
}

Format formatOf(const Texts & texts) {
    if (texts.json || texts.format == "json") return Format::json;
    return findPlanFormat(texts.format) != nullptr ? Format::written : Format::text;
}

Error unknownCommand(const std::string & word) {
    if (word.ends_with(".gguf"))
        return usage(word, "say what to do with it: `ggufit plan " + word + "` or `ggufit inspect " + word + "`.");
    if (isServerProgram(word)) return usage(word, "put `ggufit plan` in front of it.");
    return usage(
        word,
        "no such command; there are plan, advise, inspect, estimate, graph, link, overrides, check, conf and gpus. See "
        "`ggufit --help`.");
}

const CLI::App * subcommandNamed(const CLI::App & app, const std::string & word) {
    const auto named = app.get_subcommands([&](const CLI::App * sub) { return sub->get_name() == word; });
    return named.empty() ? nullptr : named.front();
}

Result<ConfAction> confAction(const std::string & word) {
    const std::pair<const char *, ConfAction> actions[] = {
        {"list", ConfAction::list},   {"show", ConfAction::show},       {"add", ConfAction::add},
        {"bench", ConfAction::bench}, {"replace", ConfAction::replace}, {"remove", ConfAction::remove},
        {"lint", ConfAction::lint}};
    for (const auto & [name, action] : actions) {
        if (word == name) return action;
    }
    return usage(word, "no action of `ggufit conf`; there are list, show, add, bench, replace, remove and lint.");
}

/// The words that name the command: one, or two where it has actions of its own.
Result<std::vector<std::string>> commandWords(const std::vector<std::string> & words, Options & options) {
    if (words.front() != "conf") return std::vector<std::string>{words.front()};
    if (words.size() < 2) return usage("conf", "say what to do: list, show, add, bench, replace, remove or lint.");
    if (words[1] == "-h" || words[1] == "--help") return std::vector<std::string>{words.front()};
    const auto action = confAction(words[1]);
    if (!action) return action.error();
    options.conf_action = *action;
    return std::vector<std::string>{words[0], words[1]};
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
    options.command = words.front() == "plan"        ? Command::plan
                      : words.front() == "advise"    ? Command::advise
                      : words.front() == "inspect"   ? Command::inspect
                      : words.front() == "graph"     ? Command::graph
                      : words.front() == "link"      ? Command::link
                      : words.front() == "overrides" ? Command::overrides
                      : words.front() == "check"     ? Command::check
                      : words.front() == "conf"      ? Command::conf
                      : words.front() == "gpus"      ? Command::gpus
                                                     : Command::estimate;
    options.format = formatOf(texts);
    options.format_name = texts.format;
    options.bench = texts.profile == "bench";
    dropProgram(options);
    return invocation;
}

}  // namespace ggufit::cli
