// Reads each log and takes from it what the result tables ask for.
#include "advise_logs.h"

#include <filesystem>

#include "base/values.h"
#include "check.h"
#include "log/check.h"
#include "log/run.h"

namespace ggufit::cli {

namespace {

std::string fileName(const std::string & path) { return path.substr(path.find_last_of("/\\") + 1); }

/// NAME of NAME=FILE, taken off the word; empty where it is no name of a configuration.
std::string takeLabel(const Advice & advice, std::string & word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return {};
    std::string label = word.substr(0, equals);
    bool known = label == "plan" || label == "aggressive" || label == "moderate" || label.starts_with("optional-");
    for (size_t i = 0; i < advice.suggestions.size(); ++i)
        known = known || configurationLabel(advice, static_cast<int32_t>(i)) == label;
    if (!known) return {};
    word.erase(0, equals + 1);
    return label;
}

MeasuredStart startOf(const Check & check, const std::string & path, const std::string & model) {
    const Log & log = check.log;
    MeasuredStart start;
    start.source = fileName(path);
    const auto printed = [&](std::string_view key) { return !factOf(log.settings, key).empty(); };
    if (printed("n_ctx")) start.n_ctx = check.settings.n_ctx;
    if (printed("n_ubatch")) start.n_ubatch = check.settings.n_ubatch;
    if (printed("type_k")) start.type_k = check.settings.type_k;
    if (printed("type_v")) start.type_v = check.settings.type_v;
    for (const DeviceUse & use : devicesUsed(log, check.machine)) {
        start.devices.push_back(
            {use.name, deviceSum(log.measured.model_buffers, use.name).mib, use.used_mib, use.total_mib});
    }
    const LogCounts splits = countsOf(log.measured.graph_splits);
    start.splits_decode = splits.decode;
    start.splits_prompt = splits.prompt;
    start.decode_tokens_per_second = log.speed.tg_tps;
    start.prompt_tokens_per_second = log.speed.pp_tps;
    start.prompt_tokens = log.speed.pp_tokens;
    start.out_of_memory = log.outOfMemory();
    if (log.failed() || !log.concluded()) start.failure = check.summary;
    if (!log.model_path.empty() && !model.empty() && fileName(log.model_path) != fileName(model))
        start.notes.push_back("The log is of " + quotedText(fileName(log.model_path)) + ".");
    return start;
}

}  // namespace

Result<Decision> decideByLogs(const Advice & advice, const std::vector<std::string> & logs, const std::string & model) {
    std::vector<MeasuredStart> starts;
    for (const std::string & word : logs) {
        std::string path = word;
        const std::string label = takeLabel(advice, path);
        auto log = readLogFile(path, 0);
        if (!log) return log.error();
        auto check = checkLog(std::move(*log), nullptr, {});
        if (!check) {
            Error error = check.error();
            error.where = path;
            return error;
        }
        starts.push_back(startOf(*check, path, model));
        starts.back().label = label;
    }
    return decide(advice, std::move(starts));
}

}  // namespace ggufit::cli
