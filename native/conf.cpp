// The actions of `ggufit conf`: words → the file → an answer, or a change with its diff.
#include "conf.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "conf_plan.h"
#include "link/link.h"
#include "profile/edit.h"
#include "profile/lint.h"
#include "read_machine.h"
#include "render/conf.h"
#include "render/diff.h"
#include "render/escape.h"
#include "request.h"
#include "settings/arguments.h"

namespace ggufit::cli {

namespace {

/// What stands on the command line besides ggufit's own options.
struct ConfWords {
    std::string file;
    std::vector<std::string> subjects;     // ID, MODEL
    std::vector<std::string> llama_words;  // the rest, for plans
};

bool plans(ConfAction action) {
    return action == ConfAction::add || action == ConfAction::bench || action == ConfAction::replace;
}

Error usageOf(const std::string & where, std::string detail) { return {ErrorCode::usage, where, std::move(detail)}; }

using Words = std::vector<std::string>;

/// `words` without the one of these words that belongs to no argument: a value may read the same.
Words withoutFree(const Words & words, const std::string & free) {
    const auto all = parseArguments(words);
    for (size_t i = 0; all && i < words.size(); ++i) {
        if (words[i] != free) continue;
        Words rest = words;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        const auto left = parseArguments(rest);
        if (left && left->positional.size() + 1 == all->positional.size() && left->kept == all->kept) return rest;
    }
    return words;
}

/// `words` without -m and its value.
Words withoutModel(Words words, const std::string & model) {
    for (size_t i = 0; i < words.size(); ++i) {
        const bool joined = words[i] == "--model=" + model || words[i] == "-m=" + model;
        const bool apart = (words[i] == "-m" || words[i] == "--model") && i + 1 < words.size() && words[i + 1] == model;
        if (!joined && !apart) continue;
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
        words.erase(first, first + (apart ? 2 : 1));
        break;
    }
    return words;
}

/// Takes FILE, ID and MODEL out of the words: those that belong to no argument of llama-server, and -m's.
Result<ConfWords> readWords(const Options & options) {
    const auto parsed = parseArguments(options.llama_words);
    if (!parsed) return parsed.error();
    ConfWords words;
    std::vector<std::string> free = parsed->positional;
    words.llama_words = withoutModel(options.llama_words, parsed->model);
    for (size_t i = 0; i < free.size() && i < 4; ++i) words.llama_words = withoutFree(words.llama_words, free[i]);
    if (!parsed->model.empty() && plans(options.conf_action)) free.push_back(parsed->model);
    if (free.empty()) return usageOf("", "no file given: name the models.conf.");
    words.file = free.front();
    words.subjects.assign(free.begin() + 1, free.end());
    if (!plans(options.conf_action) && !words.llama_words.empty())
        return usageOf(words.llama_words.front(), "no option of this action; see `ggufit conf --help`.");
    return words;
}

/// How many subjects an action takes, and what to say where there are others.
std::optional<Error> checkSubjects(ConfAction action, const std::vector<std::string> & subjects) {
    size_t least = 0, most = 0;
    const char * what = "";
    switch (action) {
        case ConfAction::list:
        case ConfAction::lint: break;
        case ConfAction::show:
        case ConfAction::remove: least = most = 1, what = "say which section: its id."; break;
        case ConfAction::add: least = most = 1, what = "no model given: name a GGUF file, or a planning link."; break;
        case ConfAction::bench:
            least = most = 1, what = "no model given: name a GGUF file, or a section of the file.";
            break;
        case ConfAction::replace: least = 1, most = 2, what = "say which section: its id."; break;
    }
    if (subjects.size() < least) return usageOf("", what);
    if (subjects.size() > most) return usageOf(subjects[most], "one word too many; see `ggufit conf --help`.");
    return std::nullopt;
}

struct ConfFile {
    std::string name;  // as given
    OpenedText opened;
    Conf conf;
};

Result<ConfFile> readConfFile(const std::string & name, bool may_be_new) {
    auto opened = openText(name);
    if (!opened) return opened.error();
    if (!opened->text && !may_be_new) return Error{ErrorCode::input, name, "is not there."};
    ConfFile file{name, std::move(*opened), {}};
    file.conf = parseConf(file.opened.text.value_or(""));
    return file;
}

/// Diff, what is done, and the change itself.
Answer changed(const Options & options, ConfFile file, ConfEdit edit, const TextOptions & text_options) {
    Answer answer;
    const std::string before = file.opened.text.value_or("");
    answer.text = unifiedDiff(file.name, before, edit.text, text_options) + "\n";
    for (const std::string & note : edit.notes) answer.text += safeTerminal(note) + "\n";
    if (options.dry_run) {
        answer.text += "Nothing was written (--dry-run).\n";
        return answer;
    }
    answer.change = FileChange{std::move(file.name), std::move(file.opened), std::move(edit.text), !options.yes};
    return answer;
}

Answer doesNotFit(const PlannedEntry & planned) {
    Answer answer;
    answer.exit_code = 1;
    answer.text = safeTerminal(planned.plan.summary) + ". Nothing was written.\n";
    answer.warnings = planned.warnings;
    return answer;
}

Result<Answer> edited(const Options & options, ConfFile file, const PlannedEntry & planned, Result<ConfEdit> edit,
                      const TextOptions & text_options) {
    if (planned.plan.verdict == Verdict::does_not_fit) return doesNotFit(planned);
    if (!edit) return edit.error();
    Answer answer = changed(options, std::move(file), std::move(*edit), text_options);
    answer.warnings = planned.warnings;
    return answer;
}

Result<Answer> runAdd(const Options & options, const Environment & environment, const ConfWords & words, bool bench,
                      const TextOptions & text_options) {
    auto file = readConfFile(words.file, !bench);
    if (!file) return file.error();
    const std::string & subject = words.subjects[0];
    const std::string models = modelsFolder(options, file->opened.path);
    std::optional<OldSection> section;
    std::optional<ConfSection> found;
    std::string path = subject;
    struct stat ignored {};
    if (bench && isReadableId(subject) && ::stat(subject.c_str(), &ignored) != 0) {
        auto there = findSection(file->conf, subject);
        if (!there) return there.error();
        auto model = sectionModel(file->conf, *there, models);
        if (!model) return model.error();
        path = std::move(*model);
        found = std::move(*there);
        section.emplace(OldSection{file->conf, *found});
    }
    Options own = options;
    own.llama_words = words.llama_words;
    if (section && own.id.empty()) own.id = section->section.id;
    const auto planned = planEntry(own, environment, path, models, bench, section ? &*section : nullptr);
    if (!planned) return planned.error();
    auto edit = addEntry(file->conf, planned->entry, options.after);
    return edited(options, std::move(*file), *planned, std::move(edit), text_options);
}

Result<Answer> runReplace(const Options & options, const Environment & environment, const ConfWords & words,
                          const TextOptions & text_options) {
    auto file = readConfFile(words.file, false);
    if (!file) return file.error();
    const auto section = findSection(file->conf, words.subjects[0]);
    if (!section) return section.error();
    const std::string models = modelsFolder(options, file->opened.path);
    auto path =
        words.subjects.size() > 1 ? Result<std::string>(words.subjects[1]) : sectionModel(file->conf, *section, models);
    if (!path) return path.error();
    Options own = options;
    own.llama_words = words.llama_words;
    const OldSection old{file->conf, *section};
    const auto planned = planEntry(own, environment, *path, models, section->id.starts_with("bench-"), &old);
    if (!planned) return planned.error();
    auto edit = replaceEntry(file->conf, section->id, planned->entry);
    return edited(options, std::move(*file), *planned, std::move(edit), text_options);
}

Result<Answer> runRemove(const Options & options, const ConfWords & words, const TextOptions & text_options) {
    auto file = readConfFile(words.file, false);
    if (!file) return file.error();
    auto edit = removeEntry(file->conf, words.subjects[0]);
    if (!edit) return edit.error();
    return changed(options, std::move(*file), std::move(*edit), text_options);
}

Result<Answer> runShow(const Options & options, const ConfWords & words, const TextOptions & text_options) {
    const auto file = readConfFile(words.file, false);
    if (!file) return file.error();
    Answer answer;
    const bool json = options.format == Format::json;
    if (options.conf_action == ConfAction::list) {
        answer.text = json ? confListJson(file->conf) : renderConfList(file->conf, text_options);
        return answer;
    }
    const auto section = findSection(file->conf, words.subjects[0]);
    if (!section) return section.error();
    answer.text = json ? confSectionJson(file->conf, *section) : renderConfSection(file->conf, *section);
    return answer;
}

/// Looks for a section's model, and places it where a machine is given.
void lintSection(const Conf & conf, const ConfSection & section, const std::string & models, const Machine * machine,
                 std::vector<ConfFinding> & findings) {
    const std::string model = valueOf(conf, section, "MODEL").value_or("");
    if (model.empty()) return;  // a finding already
    const auto placed = sectionModel(conf, section, models);
    if (!placed) {
        findings.push_back(missingModel(conf, section, placed.error().detail, "The start script finds no such file."));
        return;
    }
    const std::string & path = *placed;
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) {
        findings.push_back(
            missingModel(conf, section, "MODEL is not there: " + path, "The start script finds no file to start."));
        return;
    }
    if (machine == nullptr) return;
    const auto read = readModelAt(path);
    if (!read) {
        findings.push_back(missingModel(conf, section, "MODEL can't be read: " + read.error().text(),
                                        "llama-server would stop at it too."));
        return;
    }
    for (ConfFinding & finding : lintPlacement(conf, section, *read, *machine)) findings.push_back(std::move(finding));
}

Result<Answer> runLint(const Options & options, const ConfWords & words, const TextOptions & text_options) {
    const auto file = readConfFile(words.file, false);
    if (!file) return file.error();
    std::optional<Machine> machine;
    if (!options.machine_file.empty() || !options.gpus.empty()) {
        auto given = readMachine(options);
        if (!given) return given.error();
        machine = std::move(*given);
    }
    Answer answer;
    const std::string models = modelsFolder(options, file->opened.path);
    if (models.empty() && machine) {
        answer.warnings.push_back({"No model was placed: there is no folder \"models\" beside the file.",
                                   "Say with --models-dir where they are."});
    }
    std::vector<ConfFinding> findings = lintConf(file->conf);
    const auto sections = sectionsOf(file->conf);
    for (const ConfSection & section : sections) {
        if (models.empty() || findings.size() >= kMostConfFindings) break;
        if (section.readable) lintSection(file->conf, section, models, machine ? &*machine : nullptr, findings);
    }
    if (findings.size() >= kMostConfFindings) {
        answer.warnings.push_back(
            {phrase("{} findings are listed, and there may be more.", formatCount(findings.size())),
             "Mend these and run it again."});
    }
    sortFindings(findings);
    answer.exit_code = findings.empty() ? 0 : 1;
    answer.text = options.format == Format::json ? lintJson(words.file, findings, sections.size())
                                                 : renderLint(words.file, findings, sections.size(), text_options);
    return answer;
}

}  // namespace

Result<Answer> runConf(const Options & options, const Environment & environment, const TextOptions & text_options) {
    const auto words = readWords(options);
    if (!words) return words.error();
    if (auto wrong = checkSubjects(options.conf_action, words->subjects)) return *std::move(wrong);
    switch (options.conf_action) {
        case ConfAction::list:
        case ConfAction::show: return runShow(options, *words, text_options);
        case ConfAction::add: return runAdd(options, environment, *words, false, text_options);
        case ConfAction::bench: return runAdd(options, environment, *words, true, text_options);
        case ConfAction::replace: return runReplace(options, environment, *words, text_options);
        case ConfAction::remove: return runRemove(options, *words, text_options);
        case ConfAction::lint: return runLint(options, *words, text_options);
    }
    return usageOf("", "no action given.");
}

}  // namespace ggufit::cli
