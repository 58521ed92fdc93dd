// Candidates from folders and files, read and planned by several threads, shown as one answer.
#include "choose.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/units.h"
#include "choose/file_kind.h"
#include "choose/report.h"
#include "find_models.h"
#include "interrupt.h"
#include "progress.h"
#include "read_files.h"
#include "render/choose.h"
#include "request.h"

namespace ggufit::cli {

namespace {

constexpr int kStopped = 130;  // as a shell has it after Ctrl-C

/// A candidate and how its header is had.
struct Source {
    ChooseCandidate candidate;
    std::function<Result<File>()> read;
};

struct Sources {
    std::vector<Source> all;
    std::string from;                // the folder or repository, where there is one alone
    std::vector<std::string> notes;  // what was not searched
    unsigned n_threads = 1;
};

/// What came of one source; nothing where reading was stopped before it.
struct Outcome {
    std::optional<ChooseRow> row;
    std::optional<ChooseAside> aside;
};

Source localSource(const FoundModel & model) {
    return {{model.path, model.n_files, model.size_bytes}, [path = model.path] { return readModelFiles(path); }};
}

Result<Sources> findSources(const std::vector<std::string> & places) {
    Sources sources;
    for (const std::string & place : places) {
        std::error_code failed;
        if (!std::filesystem::is_directory(place, failed)) {
            sources.all.push_back(localSource({place, 1, 0}));
            continue;
        }
        auto found = findModels(place);
        if (!found) return found.error();
        for (const FoundModel & model : found->models) sources.all.push_back(localSource(model));
        sources.notes.insert(sources.notes.end(), found->notes.begin(), found->notes.end());
    }
    if (places.size() == 1) sources.from = places.front();
    if (sources.all.empty()) return Error{ErrorCode::input, places.front(), "there is no GGUF model in this folder."};
    sources.n_threads = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    return sources;
}

struct Wishes {
    ChooseWishes ranking;
    PlanRequest request;
};

Result<Wishes> readWishes(const Options & options, const ParsedArguments & arguments) {
    Wishes wishes;
    if (!options.min_tps.empty()) {
        char * end = nullptr;
        wishes.ranking.min_tps = std::strtod(options.min_tps.c_str(), &end);
        const bool sound = *end == '\0' && std::isfinite(wishes.ranking.min_tps) && wishes.ranking.min_tps >= 0;
        if (!sound) return Error{ErrorCode::usage, "--min-tps", "no number of tokens a second; write for example 20."};
    }
    if (!options.min_ctx.empty()) {
        const auto tokens = parseTokens(options.min_ctx);
        if (!tokens || *tokens > UINT32_MAX)
            return Error{ErrorCode::usage, "--min-ctx", "no token count; write for example 32768 or 32k."};
        wishes.ranking.min_ctx = static_cast<uint32_t>(*tokens);
    }
    if (const auto sort = parseChooseSort(options.sort)) wishes.ranking.sort = *sort;
    wishes.request.settings = arguments.settings;
    wishes.request.kept_arguments = arguments.kept;
    return wishes;
}

Outcome examine(const Source & source, const Machine & machine, const Wishes & wishes) {
    auto file = source.read();
    if (!file) return {unreadableRow(source.candidate, file.error()), std::nullopt};
    ChooseCandidate candidate = source.candidate;
    candidate.n_files = static_cast<uint32_t>(std::max<size_t>(candidate.n_files, file->shards.size()));
    if (candidate.size_bytes == 0 || file->shards.size() > 1) candidate.size_bytes = file->totalFileBytes();
    if (const FileKind kind = fileKind(*file); kind != FileKind::model)
        return {std::nullopt, ChooseAside{candidate.name, fileKindName(kind), candidate.size_bytes}};
    const auto model = buildModel(std::move(*file));
    if (!model) return {unreadableRow(candidate, model.error()), std::nullopt};
    return {chooseRow(candidate, *model, machine, wishes.request, wishes.ranking.min_ctx), std::nullopt};
}

/// Examines all of them until Ctrl-C.
std::vector<Outcome> examineAll(const Sources & sources, const Machine & machine, const Wishes & wishes) {
    const Interrupt interrupt;
    const std::string of = " of " + std::to_string(sources.all.size());
    Progress progress("reading 0" + of);
    std::vector<Outcome> outcomes(sources.all.size());
    std::atomic<size_t> next{0}, n_done{0};
    const auto work = [&] {
        for (;;) {
            const size_t i = next++;
            if (i >= sources.all.size() || Interrupt::asked()) return;
            outcomes[i] = examine(sources.all[i], machine, wishes);
            const Outcome & outcome = outcomes[i];
            progress.say("read " + std::to_string(++n_done) + of, outcome.row ? rowLine(*outcome.row) : "");
        }
    };
    std::vector<std::thread> threads;
    const size_t n_threads = std::min<size_t>(sources.n_threads, sources.all.size());
    for (size_t i = 1; i < n_threads; ++i) threads.emplace_back(work);
    work();
    for (std::thread & thread : threads) thread.join();
    return outcomes;
}

ChooseReport reportOf(Sources sources, std::vector<Outcome> outcomes, Machine machine, const ChooseWishes & wishes) {
    ChooseReport report;
    report.source = std::move(sources.from);
    report.machine = std::move(machine);
    report.notes = std::move(sources.notes);
    for (Outcome & outcome : outcomes) {
        if (outcome.row)
            report.rows.push_back(std::move(*outcome.row));
        else if (outcome.aside)
            report.aside.push_back(std::move(*outcome.aside));
        else
            ++report.n_unread;
    }
    report.ranking = rankRows(report.rows, wishes);
    return report;
}

int exitStatus(const ChooseReport & report) {
    if (report.n_unread > 0) return kStopped;
    if (report.ranking.groups.empty()) return exitCode(ErrorCode::input);
    const auto reaches = [](const RankedGroup & group) { return group.rows.front().misses.empty(); };
    return std::any_of(report.ranking.groups.begin(), report.ranking.groups.end(), reaches) ? 0 : 1;
}

}  // namespace

Result<Answer> runChoose(const Options & options, const Environment & environment, const TextOptions & text_options) {
    auto given = readMachineAndArguments(options, environment, wrapperDefaults());
    if (!given) return given.error();
    if (given->models.empty())
        return Error{ErrorCode::usage, "", "nothing to choose from: name a folder of models or several GGUF files."};
    const auto wishes = readWishes(options, given->arguments);
    if (!wishes) return wishes.error();
    auto sources = findSources(given->models);
    if (!sources) return sources.error();
    auto outcomes = examineAll(*sources, given->machine, *wishes);
    const ChooseReport report =
        reportOf(std::move(*sources), std::move(outcomes), std::move(given->machine), wishes->ranking);
    Answer answer;
    answer.text = options.format == Format::json ? choiceJson(report) : renderChoice(report, text_options);
    answer.warnings = std::move(given->arguments.warnings);
    answer.exit_code = exitStatus(report);
    return answer;
}

}  // namespace ggufit::cli
