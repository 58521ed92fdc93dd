// A few threads, each with a connection of its own, take file after file.
#include "fetch.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/units.h"
#include "fetch_header.h"
#include "gguf/shards.h"
#include "interrupt.h"
#include "progress.h"
#include "read_files.h"

namespace ggufit::cli {

namespace {

constexpr size_t kThreads = 8;
constexpr size_t kMostPages = 40;

/// A file of a model.
struct Job {
    size_t model = 0;
    size_t shard = 0;
};

/// Models under way: which jobs are left, and what has come.
class Reading {
  public:
    Reading(const std::vector<ModelFiles> & models, const Access & access, const OnModel & on_model,
            const std::atomic<bool> & cancelled, OnBytes on_bytes = {})
        : models_(models),
          on_model_(on_model),
          cancelled_(cancelled),
          fetching_(access, cancelled, std::move(on_bytes)),
          parts_(models.size()),
          failed_(models.size(), false) {
        for (size_t model = 0; model < models.size(); model++) {
            const size_t n_files = std::max<size_t>(models[model].remote.size(), 1);
            for (size_t shard = 0; shard < n_files; shard++) jobs_.push_back({model, shard});
        }
    }

    void run() {
        std::vector<std::thread> threads;
        const size_t n_threads = std::min(kThreads, jobs_.size());
        threads.reserve(n_threads);
        for (size_t i = 0; i < n_threads; i++) threads.emplace_back([this] { work(); });
        for (std::thread & thread : threads) thread.join();
    }

  private:
    void work() {
        Transfer transfer(fetching_.access, cancelled_);
        while (const auto job = take()) {
            const ModelFiles & files = models_[job->model];
            auto file = files.remote.empty()
                            ? readModelFile(files.path)
                            : fetchHeader(files.remote[job->shard], job->shard > 0, fetching_, transfer);
            finish(*job, std::move(file));
        }
    }

    std::optional<Job> take() {
        const std::lock_guard lock(mutex_);
        while (next_ < jobs_.size() && failed_[jobs_[next_].model]) next_++;
        if (cancelled_.load() || next_ == jobs_.size()) return std::nullopt;
        return jobs_[next_++];
    }

    void finish(const Job & job, Result<File> file) {
        const std::lock_guard lock(mutex_);
        if (cancelled_.load() || failed_[job.model]) return;
        if (!file) {
            failed_[job.model] = true;
            on_model_(job.model, file.error());
        } else {
            std::vector<File> & parts = parts_[job.model];
            parts.push_back(*std::move(file));
            if (parts.size() < models_[job.model].remote.size()) return;
            on_model_(job.model, models_[job.model].remote.empty() ? Result<File>(std::move(parts.front()))
                                                                   : joinShards(std::exchange(parts, {})));
        }
    }

    const std::vector<ModelFiles> & models_;
    const OnModel & on_model_;
    const std::atomic<bool> & cancelled_;
    Fetching fetching_;
    std::vector<Job> jobs_;
    std::mutex mutex_;
    size_t next_ = 0;
    std::vector<std::vector<File>> parts_;
    std::vector<bool> failed_;
};

}  // namespace

void readModelsAt(const std::vector<ModelFiles> & models, const Access & access, const OnModel & on_model,
                  const std::atomic<bool> & cancelled) {
    Reading(models, access, on_model, cancelled).run();
}

Result<HubRepository> listRepository(const ModelReference & reference, const Access & access,
                                     const std::atomic<bool> & cancelled) {
    Fetching fetching(access, cancelled);
    Transfer transfer(access, cancelled);
    std::vector<HubFile> files;
    std::optional<std::string> url = hubFilesUrl(reference, access.endpoints);
    for (size_t page = 0; url && page < kMostPages; page++) {
        auto answer = fetchText(*url, referenceText(reference), kLargestHubAnswer, fetching, transfer);
        if (!answer) return answer.error();
        auto list = readHubFiles(answer->text);
        if (!list) {
            Error error = list.error();
            error.detail = error.where + " " + error.detail;
            error.where = referenceText(reference);
            return error;
        }
        files.insert(files.end(), list->begin(), list->end());
        if (files.size() > kMostHubFiles) break;
        url = nextPageUrl(*url, answer->link);
    }
    return groupHubFiles(files);
}

Result<ModelFiles> filesOfModel(const HubModel & model, const ModelReference & reference, const Access & access) {
    if (model.files.size() < model.n_shards) {
        return Error{ErrorCode::input, referenceText(reference),
                     "has only " + std::to_string(model.files.size()) + " of the " + std::to_string(model.n_shards) +
                         " shards of " + model.name + ": its upload is not complete."};
    }
    return ModelFiles{"", modelFiles(model, reference, access.endpoints)};
}

Result<ModelFiles> filesOf(const ModelReference & reference, const Access & access,
                           const std::atomic<bool> & cancelled) {
    if (reference.kind == ReferenceKind::path) return ModelFiles{reference.location, {}};
    auto named = namedFiles(reference, access.endpoints);
    if (!named.empty()) return ModelFiles{"", std::move(named)};
    const auto repository = listRepository(reference, access, cancelled);
    if (!repository) return repository.error();
    const auto chosen = chooseHubModel(*repository, reference);
    if (!chosen) return chosen.error();
    return filesOfModel(repository->models[*chosen], reference, access);
}

Result<File> fetchModel(const ModelReference & reference, const Access & access) {
    std::optional<Result<File>> result;
    {
        const Interrupt interrupt;
        const ProgressStage stage;
        Progress::tell("asking for " + referenceText(reference));
        const auto files = filesOf(reference, access, Interrupt::flag());
        if (!files && !Interrupt::asked()) return files.error();
        const std::vector<ModelFiles> models = {files ? *files : ModelFiles{}};
        const OnModel keep = [&](size_t, Result<File> file) { result = std::move(file); };
        const OnBytes tell = [](uint64_t bytes) { Progress::tell("reading the header, " + formatGib(bytes)); };
        if (files) Reading(models, access, keep, Interrupt::flag(), tell).run();
    }
    if (Interrupt::asked()) (void)std::raise(SIGINT);
    if (result) return *std::move(result);
    return Error{ErrorCode::input, referenceText(reference), "was not read to its end, as you asked."};
}

}  // namespace ggufit::cli
