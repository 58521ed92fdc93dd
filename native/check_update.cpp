// Finds the entry of a start and its date, and makes the change that is then shown and asked for.
#include "check_update.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>

#include "base/values.h"
#include "log/text.h"
#include "profile/edit.h"
#include "profile/find_model.h"
#include "render/diff.h"
#include "render/escape.h"

namespace ggufit::cli {

namespace {

std::string dayOf(std::time_t time) {
    std::tm parts{};
    if (::localtime_r(&time, &parts) == nullptr) return {};
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts)};
}

/// The last day of this month and day ("08-27") before a date; the date itself where there is none.
std::string lastWith(const std::string & day, const std::string & date) {
    const auto year = parseUnsigned(date.substr(0, std::min<size_t>(4, date.size())));
    for (uint64_t back = 0; year && back < 8; ++back) {  // the 29th of February may be eight years ago
        std::string tried = std::to_string(*year - back) + "-" + day;
        if (tried <= date && isDate(tried)) return tried;
    }
    return date;
}

/// The day of a start: said, stamped, else that of the file. A pipe has none but today.
std::string dateOf(const Options & options, const std::string & log_path, const Log & log,
                   std::vector<std::string> & notes) {
    if (!options.date.empty()) return options.date;
    if (!log.date.empty()) return log.date;
    struct stat state {};
    const int fault = log_path == "-" ? ::fstat(STDIN_FILENO, &state) : ::stat(log_path.c_str(), &state);
    const bool file = fault == 0 && S_ISREG(state.st_mode);
    std::string latest = dayOf(file ? state.st_mtime : std::time(nullptr));
    const std::string whose = file ? "that of its file is taken" : "today's is taken";
    if (log.day.empty()) {
        notes.emplace_back("The log's lines have no date: " + whose + "; --date says another.");
        return latest;
    }
    if (latest.ends_with(log.day)) return latest;
    notes.emplace_back("The log's lines have no year: it is the last one with that day before " + latest +
                       "; --date says another.");
    return lastWith(log.day, latest);
}

/// Why a start has nothing that an entry could say; empty where it has.
std::string withoutFigures(const Check & check, const TestedFigures & figures) {
    if (check.log.failed() || !check.log.concluded()) return check.summary;
    if (figures.line.empty()) return "The log holds no speed, no graph splits and no memory of a device.";
    return "";
}

/// A speed that was measured is not given up for a start without one.
bool wouldLoseSpeed(const TestedFigures & figures, const std::string & before) {
    return figures.speed.empty() && before.starts_with("tested ") && before.find(" t/s") != std::string::npos;
}

ConfStart startOf(const Log & log, const std::string & model) {
    ConfStart start;
    start.model = log.model_path.empty() ? model : log.model_path;
    const auto n_ctx = parseUnsigned(factOf(log.settings, "n_ctx"));
    if (n_ctx && *n_ctx <= UINT32_MAX) start.n_ctx = static_cast<uint32_t>(*n_ctx);
    return start;
}

}  // namespace

std::optional<Error> wrongUpdate(const Options & options) {
    const auto wrong = [](const char * option, const std::string & detail) {
        return Error{ErrorCode::usage, option, detail};
    };
    if (options.update.empty()) {
        const char * lone = !options.id.empty() ? "--id" : !options.date.empty() ? "--date" : nullptr;
        if (lone == nullptr && options.yes) lone = "--yes";
        if (lone == nullptr && options.dry_run) lone = "--dry-run";
        if (lone == nullptr) return std::nullopt;
        return wrong(lone, "belongs to --update FILE, which is not given.");
    }
    if (!options.date.empty() && !isDate(options.date))
        return wrong("--date", quotedText(options.date) + " is no day; write it as 2026-02-16.");
    if (options.format == Format::json && !options.yes && !options.dry_run)
        return wrong("--update", "with --json nobody is asked; add --yes to write, or --dry-run to look.");
    return std::nullopt;
}

Result<EntryUpdate> updateEntry(const Options & options, const std::string & log_path, const std::string & model,
                                const Check & check) {
    auto opened = openText(options.update);
    if (!opened) return opened.error();
    if (!opened->text) return Error{ErrorCode::input, options.update, "is not there."};
    EntryUpdate update;
    update.opened = std::move(*opened);
    update.said.file = options.update;
    const TestedFigures figures = testedFigures(check.log, check.machine);
    update.said.reason = withoutFigures(check, figures);
    if (!update.said.reason.empty()) {
        update.measured = false;
        return update;
    }
    const Conf conf = parseConf(*update.opened.text);
    auto found = findStarted(conf, startOf(check.log, model), options.id);
    if (!found) {
        Error error = found.error();
        error.where = options.update + (error.where.empty() ? "" : ": " + error.where);
        return error;
    }
    update.said.section = found->section.id;
    update.said.notes = std::move(found->notes);
    if (wouldLoseSpeed(figures, measuredFigures(conf, found->section))) {
        update.said.reason = "[" + found->section.id +
                             "] has a measured speed and this log has none: send the server a prompt, and check its "
                             "log again.";
        update.measured = false;
        return update;
    }
    update.said.date = dateOf(options, log_path, check.log, update.said.notes);
    if (figures.speed.empty())
        update.said.notes.emplace_back("The log holds no speed, so SPEED stays: send the server a prompt first.");
    auto edit = recordTest(conf, found->section.id, {update.said.date, figures.line, figures.speed});
    if (!edit) return edit.error();
    update.said.changes = edit->text != *update.opened.text;
    if (!update.said.changes) update.said.reason = "[" + found->section.id + "] says this already.";
    update.said.notes.insert(update.said.notes.begin(), edit->notes.begin(), edit->notes.end());
    update.text = std::move(edit->text);
    return update;
}

void addUpdate(const Options & options, EntryUpdate update, const TextOptions & text_options, Answer & answer) {
    if (!update.measured) answer.exit_code = 1;
    const bool json = options.format == Format::json;
    const CheckUpdate & said = update.said;
    if (!json) {
        answer.text += "\n";
        if (said.changes) {
            answer.text += unifiedDiff(said.file, *update.opened.text, update.text, text_options) + "\n";
            for (const std::string & note : said.notes) answer.text += safeTerminal(note) + "\n";
            if (options.dry_run) answer.text += "Nothing was written (--dry-run).\n";
        } else {
            answer.text += safeTerminal(said.file) + " stays as it is. " + safeTerminal(said.reason) + "\n";
        }
    }
    if (!said.changes || options.dry_run) return;
    answer.change = FileChange{said.file, std::move(update.opened), std::move(update.text), !options.yes, json};
}

}  // namespace ggufit::cli
