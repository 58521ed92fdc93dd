// The third stage of the CLI: what was asked for is read, given to the core and rendered.
#include "commands.h"

#include <algorithm>
#include <filesystem>

#include "advise/advise.h"
#include "api.h"
#include "base/units.h"
#include "check.h"
#include "machine/calibrate.h"
#include "machine/machine.h"
#include "model/card.h"
#include "model/model.h"
#include "plan/overrides.h"
#include "read_files.h"
#include "read_machine.h"
#include "render/advice.h"
#include "render/json.h"
#include "render/overrides.h"
#include "render/shell_words.h"
#include "settings/arguments.h"
#include "write_files.h"

namespace ggufit::cli {

namespace {

/// What the words meant: llama-server's settings and the path of the model.
struct Request {
    ParsedArguments arguments;
    std::string path;
};

/// --ctx and --kv as llama-server's arguments, after those that were given. llama-server knows no "128k".
Result<std::vector<std::string>> llamaWords(const Options & options) {
    std::vector<std::string> words = options.llama_words;
    if (!options.ctx.empty()) {
        const auto tokens = parseTokens(options.ctx);
        if (!tokens) return Error{ErrorCode::usage, "--ctx", "no token count; write for example 131072 or 128k."};
        words.insert(words.end(), {"-c", std::to_string(*tokens)});
    }
    if (!options.kv.empty()) words.insert(words.end(), {"-ctk", options.kv, "-ctv", options.kv});
    return words;
}

Result<std::string> modelPath(const ParsedArguments & arguments) {
    std::vector<std::string> paths = arguments.positional;
    if (!arguments.model.empty()) paths.push_back(arguments.model);
    if (paths.empty())
        return Error{ErrorCode::usage, "", "no model given: name a GGUF file, or any shard of a split one."};
    if (paths.size() > 1) {
        return Error{ErrorCode::usage, paths[1],
                     "two models given, this one and " + paths[0] + "; name one (of a split model, any shard)."};
    }
    return paths[0];
}

Result<Request> readRequest(const Options & options, const Environment & environment, const Settings & defaults) {
    Environment all = environment;
    all.insert(all.end(), options.environment.begin(), options.environment.end());
    const auto words = llamaWords(options);
    if (!words) return words.error();
    auto arguments = parseArguments(*words, all, defaults);
    if (!arguments) return arguments.error();
    auto path = modelPath(*arguments);
    if (!path) return path.error();
    return Request{std::move(*arguments), std::move(*path)};
}

Result<Model> readModel(const std::string & path) {
    auto file = readModelFiles(path);
    if (!file) return file.error();
    return buildModel(std::move(*file));
}

/// The path of the model's first file, which llama-server is given.
std::string firstShard(const std::string & path, const Model & model) {
    const std::filesystem::path given(path);
    const std::string name = model.file.shards.empty() ? "" : model.file.shards.front().name;
    return name.empty() ? path : (given.parent_path() / name).string();
}

/// MODEL= of the entry: the first shard, relative to --models-dir, else the file's name alone.
std::string entryPath(const std::string & first_shard, const std::string & models_dir) {
    const std::filesystem::path file(first_shard);
    if (models_dir.empty()) return file.filename().string();
    std::error_code failed;
    const auto root = std::filesystem::absolute(models_dir, failed).lexically_normal();
    const auto relative = std::filesystem::absolute(file, failed).lexically_normal().lexically_relative(root);
    return relative.empty() || *relative.begin() == ".." ? file.filename().string() : relative.generic_string();
}

/// The plan's arguments with the model where it lies on this machine.
std::string argumentLine(const Plan & plan, const std::string & path) {
    std::vector<std::string> words = plan.arguments;
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        if (words[i] != "-m") continue;
        words[i + 1] = path;
        break;
    }
    return shellLine(words) + "\n";
}

/// What `plan` and `advise` start from, over the wrapper's defaults.
struct Wanted {
    Model model;
    Machine machine;
    PlanRequest request;
    std::string path;
    std::vector<Warning> warnings;  // of the arguments
};

Result<Wanted> readWanted(const Options & options, const Environment & environment) {
    auto request = readRequest(options, environment, wrapperDefaults());
    if (!request) return request.error();
    auto machine = readMachine(options);
    if (!machine) return machine.error();
    auto model = readModel(request->path);
    if (!model) return model.error();

    PlanRequest wanted;
    wanted.settings = request->arguments.settings;
    wanted.kept_arguments = request->arguments.kept;
    wanted.id = options.id;
    wanted.model_path = entryPath(firstShard(request->path, *model), options.models_dir);
    wanted.bench = options.bench;
    wanted.explain = options.explain;
    wanted.curve = options.explain && options.format == Format::json;
    return Wanted{std::move(*model), std::move(*machine), std::move(wanted), std::move(request->path),
                  std::move(request->arguments.warnings)};
}

Result<Answer> runPlan(const Options & options, const Environment & environment, const TextOptions & text_options) {
    const auto wanted = readWanted(options, environment);
    if (!wanted) return wanted.error();
    auto plan = ggufit::plan(wanted->model, wanted->machine, wanted->request);
    if (!plan) return plan.error();
    plan->warnings.insert(plan->warnings.begin(), wanted->warnings.begin(), wanted->warnings.end());

    Answer answer;
    answer.exit_code = plan->verdict == Verdict::does_not_fit ? 1 : 0;
    switch (options.format) {
        case Format::text: answer.text = renderPlan(*plan, text_options); break;
        case Format::json: answer.text = planJson(*plan); break;
        case Format::conf: answer.text = options.bench ? plan->bench_entry : plan->entry; break;
        case Format::preset: answer.text = plan->preset; break;
        case Format::args: answer.text = argumentLine(*plan, firstShard(wanted->path, wanted->model)); break;
    }
    if (options.format != Format::text && options.format != Format::json) answer.warnings = plan->warnings;
    return answer;
}

Result<Answer> runAdvise(const Options & options, const Environment & environment) {
    const auto wanted = readWanted(options, environment);
    if (!wanted) return wanted.error();
    auto advice = advise(wanted->model, wanted->machine, wanted->request);
    if (!advice) return advice.error();
    std::vector<Warning> & warnings = advice->plan.warnings;
    warnings.insert(warnings.begin(), wanted->warnings.begin(), wanted->warnings.end());
    Answer answer;
    answer.exit_code = advice->plan.verdict == Verdict::does_not_fit && advice->suggestions.empty() ? 1 : 0;
    answer.text = options.format == Format::json ? adviceJson(*advice) : adviceMarkdown(*advice);
    return answer;
}

Result<Answer> runInspect(const Options & options, const TextOptions & text_options) {
    auto arguments = parseArguments(options.llama_words);
    if (!arguments) return arguments.error();
    auto path = modelPath(*arguments);
    if (!path) return path.error();
    auto model = readModel(*path);
    if (!model) return model.error();
    const Card card = describeModel(*model);
    Answer answer;
    answer.text = options.format == Format::json ? modelJson(*model, card) : renderModel(*model, card, text_options);
    answer.warnings = model->warnings;
    return answer;
}

/// What `estimate` and `graph` start from, over llama-server's own defaults.
struct Given {
    Model model;
    Machine machine;
    Settings settings;
    std::vector<Warning> warnings;  // of the arguments
};

Result<Given> readGiven(const Options & options, const Environment & environment) {
    auto request = readRequest(options, environment, Settings{});
    if (!request) return request.error();
    const bool placed = !request->arguments.settings.fit;
    auto machine = readMachine(options, placed ? sizesWithoutFit(options) : Sizes::needed);
    if (!machine) return machine.error();
    auto model = readModel(request->path);
    if (!model) return model.error();
    Given given{std::move(*model), std::move(*machine), request->arguments.settings,
                std::move(request->arguments.warnings)};
    given.settings.outputs = options.outputs == "all" ? Outputs::all : Outputs::server;
    return given;
}

/// --write-machine, calibrated by --measured. What was written, one line; nothing where nothing was asked for.
Result<std::string> writeMachineFile(const Options & options, Machine machine, const SpeedEstimate * speed) {
    if (options.write_machine.empty()) {
        if (options.measured.empty()) return std::string();
        return Error{ErrorCode::usage, "--measured", "say with --write-machine FILE where the machine is kept."};
    }
    std::string said;
    if (!options.measured.empty()) {
        const auto measured = parseMeasured(options.measured);
        if (!measured) return measured.error();
        if (speed == nullptr)
            return Error{ErrorCode::usage, "--measured", "there is no estimate of this model that it could scale."};
        auto scaled = calibrated(std::move(machine), speed->decode_tokens_per_second, *measured);
        if (!scaled) return scaled.error();
        machine = std::move(*scaled);
        said = ", calibrated to " + formatFixed(machine.calibration.decode, 2) + " of what is usual";
    }
    const std::filesystem::path path(options.write_machine);
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    if (auto fault = writeFiles(folder, {{path.filename().string(), writeMachine(machine)}})) return *fault;
    return "\nWrote " + safeTerminal(options.write_machine) + said + ".\n";
}

Result<Answer> runEstimate(const Options & options, const Environment & environment, const TextOptions & text_options) {
    auto given = readGiven(options, environment);
    if (!given) return given.error();
    const auto reserving = options.reserving == "started" ? Reserving::started : Reserving::measured;
    uint64_t fill = 0;
    if (!options.fill.empty()) {
        const auto tokens = parseTokens(options.fill);
        if (!tokens) return Error{ErrorCode::usage, "--fill", "no token count; write for example 8192 or 8k."};
        fill = std::min<uint64_t>(*tokens, UINT32_MAX);
    }
    auto estimated = estimate(given->model, given->machine, given->settings,
                              {reserving, options.explain, static_cast<uint32_t>(fill)});
    if (!estimated) return estimated.error();
    Answer answer;
    const SpeedEstimate * speed = estimated->speed ? &*estimated->speed : nullptr;
    answer.text = options.format == Format::json
                      ? estimateJson(estimated->estimate, estimated->fit, speed)
                      : renderEstimate(estimated->estimate, estimated->fit, text_options, speed);
    auto written = writeMachineFile(options, given->machine, speed);
    if (!written) return written.error();
    if (options.format != Format::json) answer.text += *written;
    answer.warnings = std::move(given->warnings);
    answer.warnings.insert(answer.warnings.end(), estimated->estimate.warnings.begin(),
                           estimated->estimate.warnings.end());
    return answer;
}

Result<Answer> runGraph(const Options & options, const Environment & environment) {
    auto given = readGiven(options, environment);
    if (!given) return given.error();
    auto text =
        graph(given->model, given->machine, given->settings, options.phase == "decode" ? Phase::decode : Phase::prompt);
    if (!text) return text.error();
    Answer answer;
    answer.text = std::move(*text);
    answer.warnings = std::move(given->warnings);
    return answer;
}

Result<OverrideConfig> readConfig(const Options & options) {
    if (options.config_file.empty()) return OverrideConfig{};
    auto text = readTextFile(options.config_file);
    if (!text) return text.error();
    auto config = parseOverrideConfig(*text);
    if (config) return config;
    Error error = config.error();
    error.where = options.config_file + (error.where.empty() ? "" : ": " + error.where);
    return error;
}

Result<Answer> runOverrides(const Options & options, const Environment & environment,
                            const TextOptions & text_options) {
    auto config = readConfig(options);
    if (!config) return config.error();
    auto request = readRequest(options, environment, configuredSettings(wrapperDefaults(), *config));
    if (!request) return request.error();
    auto machine = readMachine(options);
    if (!machine) return machine.error();
    auto model = readModel(request->path);
    if (!model) return model.error();
    auto plan = planOverrides(
        *model, *machine,
        {request->arguments.settings, request->arguments.kept, *config, firstShard(request->path, *model)});
    if (!plan) return plan.error();
    plan->warnings.insert(plan->warnings.begin(), request->arguments.warnings.begin(),
                          request->arguments.warnings.end());

    std::vector<TextFile> files;
    if (config->save_override_params) files.push_back({"tensor_override_params.txt", overrideParams(*plan)});
    if (config->save_analysis_json) files.push_back({"tensor_analysis.json", overridesJson(*plan, *model)});
    if (options.dry_run) files.clear();
    if (!files.empty()) {
        if (auto fault = writeFiles(options.output, files)) return *fault;
    }

    Answer answer;
    answer.exit_code = plan->verdict == Verdict::does_not_fit ? 1 : 0;
    if (options.format == Format::json) {
        answer.text = overridesJson(*plan, *model);
        return answer;
    }
    answer.text = renderOverrides(*plan, *model, options.verbose || config->verbose, text_options);
    for (const TextFile & file : files) {
        const auto path = std::filesystem::path(options.output) / file.name;
        answer.text +=
            (&file == &files.front() ? "\nWrote " : "Wrote ") + safeTerminal(path.lexically_normal().string()) + "\n";
    }
    answer.text += "\nTo run it:\n\n" + overridesUsage(*plan);
    return answer;
}

}  // namespace

Result<Answer> runCommand(const Options & options, const Environment & environment, const TextOptions & text_options) {
    switch (options.command) {
        case Command::plan: return runPlan(options, environment, text_options);
        case Command::advise: return runAdvise(options, environment);
        case Command::inspect: return runInspect(options, text_options);
        case Command::estimate: return runEstimate(options, environment, text_options);
        case Command::graph: return runGraph(options, environment);
        case Command::overrides: return runOverrides(options, environment, text_options);
        case Command::check: return runCheck(options, text_options);
    }
    return Error{ErrorCode::usage, "", "no command given."};
}

}  // namespace ggufit::cli
