// Candidates, read and planned by several threads, shown as one answer.
#include "choose.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <queue>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/units.h"
#include "choose/file_kind.h"
#include "choose/report.h"
#include "choose_sources.h"
#include "fetch.h"
#include "interrupt.h"
#include "progress.h"
#include "read_files.h"
#include "render/choose.h"
#include "request.h"

namespace ggufit::cli {

namespace {

constexpr int kStopped = 130;  // as a shell has it after Ctrl-C
constexpr size_t kMostThreads = 16;

/// What came of one candidate; nothing where reading was stopped before it.
struct Outcome {
    std::optional<ChooseRow> row;
    std::optional<ChooseAside> aside;
};

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

Outcome examine(ChooseCandidate candidate, Result<File> file, const Machine & machine, const Wishes & wishes) {
    if (!file) return {unreadableRow(candidate, file.error()), std::nullopt};
    candidate.n_files = static_cast<uint32_t>(std::max<size_t>(candidate.n_files, file->shards.size()));
    if (candidate.size_bytes == 0 || file->shards.size() > 1) candidate.size_bytes = file->totalFileBytes();
    if (const FileKind kind = fileKind(*file); kind != FileKind::model)
        return {std::nullopt, ChooseAside{candidate.name, fileKindName(kind), candidate.size_bytes}};
    const auto model = buildModel(std::move(*file));
    if (!model) return {unreadableRow(candidate, model.error()), std::nullopt};
    return {chooseRow(candidate, *model, machine, wishes.request, wishes.ranking.min_ctx), std::nullopt};
}

/// Headers that have come, for the threads that plan: planning takes longer than reading does.
class Planning {
  public:
    Planning(const ChooseSources & sources, const Machine & machine, const Wishes & wishes)
        : sources_(sources), machine_(machine), wishes_(wishes), outcomes_(sources.candidates.size()) {
        const size_t n_threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
        for (size_t i = 0; i < n_threads; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Planning() { end(); }
    Planning(const Planning &) = delete;
    Planning & operator=(const Planning &) = delete;

    void add(size_t candidate, Result<File> file) {
        {
            const std::lock_guard lock(mutex_);
            waiting_.emplace(candidate, std::move(file));
        }
        changed_.notify_one();
    }

    /// When all that were added are planned, or Ctrl-C came.
    [[nodiscard]] std::vector<Outcome> finish() {
        end();
        return std::move(outcomes_);
    }

  private:
    void work() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
            if (waiting_.empty() || Interrupt::asked()) return;
            auto [i, file] = std::move(waiting_.front());
            waiting_.pop();
            lock.unlock();
            outcomes_[i] = examine(sources_.candidates[i], std::move(file), machine_, wishes_);
            const Outcome & outcome = outcomes_[i];
            lock.lock();
            ++n_done_;
            progress_.say("read " + std::to_string(n_done_) + " of " + std::to_string(outcomes_.size()),
                          outcome.row ? rowLine(*outcome.row) : "");
        }
    }

    void end() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        for (std::thread & thread : threads_) thread.join();
        threads_.clear();
    }

    const ChooseSources & sources_;
    const Machine & machine_;
    const Wishes & wishes_;
    Progress progress_{"reading headers"};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::queue<std::pair<size_t, Result<File>>> waiting_;
    bool ended_ = false;
    size_t n_done_ = 0;
    std::vector<Outcome> outcomes_;
    std::vector<std::thread> threads_;
};

std::vector<Outcome> examineAll(const ChooseSources & sources, const Machine & machine, const Wishes & wishes,
                                const Access & access) {
    Planning planning(sources, machine, wishes);
    readModelsAt(
        sources.files, access, [&planning](size_t i, Result<File> file) { planning.add(i, std::move(file)); },
        Interrupt::flag());
    return planning.finish();
}

ChooseReport reportOf(ChooseSources sources, std::vector<Outcome> outcomes, Machine machine,
                      const ChooseWishes & wishes) {
    ChooseReport report;
    report.source = std::move(sources.from);
    report.machine = std::move(machine);
    report.notes = std::move(sources.notes);
    report.rows = std::move(sources.refused);
    report.aside = std::move(sources.aside);
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
    if (const auto version = planVersion(options.llama_cpp); !version) return version.error();
    auto given = readMachineAndArguments(options, environment, wrapperDefaults());
    if (!given) return given.error();
    if (given->models.empty())
        return Error{ErrorCode::usage, "",
                     "nothing to choose from: name a folder, a repository (hf:owner/name) or several GGUF files."};
    const auto wishes = readWishes(options, given->arguments);
    if (!wishes) return wishes.error();
    const auto of_environment = accessOfEnvironment();
    if (!of_environment && std::any_of(given->models.begin(), given->models.end(), isFetched))
        return of_environment.error();
    const Access access = of_environment ? *of_environment : Access{};
    const Interrupt interrupt;
    auto sources = [&] {
        const Progress progress("looking for models");
        return findSources(given->models, access, Interrupt::flag());
    }();
    if (!sources) {
        if (Interrupt::asked()) return Answer{"", {}, kStopped};
        return sources.error();
    }
    auto outcomes = examineAll(*sources, given->machine, *wishes, access);
    const ChooseReport report =
        reportOf(std::move(*sources), std::move(outcomes), std::move(given->machine), wishes->ranking);
    Answer answer;
    answer.text = options.format == Format::json ? choiceJson(report) : renderChoice(report, text_options);
    answer.warnings = std::move(given->arguments.warnings);
    answer.exit_code = exitStatus(report);
    return answer;
}

}  // namespace ggufit::cli
