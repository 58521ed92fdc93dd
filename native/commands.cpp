// The third stage of the CLI: what was asked for is read, given to the core and rendered.
#include "commands.h"

#include <algorithm>
#include <filesystem>

#include "advise/advise.h"
#include "advise_logs.h"
#include "api.h"
#include "base/units.h"
#include "batch.h"
#include "check.h"
#include "choose.h"
#include "conf.h"
#include "gpus.h"
#include "machine/calibrate.h"
#include "machine/machine.h"
#include "model/card.h"
#include "model/model.h"
#include "plan/overrides.h"
#include "read_files.h"
#include "render/advice.h"
#include "render/formats.h"
#include "render/json.h"
#include "render/overrides.h"
#include "request.h"
#include "write_files.h"

namespace ggufit::cli {

namespace {

/// Where the model of a request lies; that of a planning link is not known.
ModelPlace placeOf(const Options & options, const Request & given) {
    ModelPlace place{given.path, given.path, "", entryPath(given.path, given.elsewhere ? "" : options.models_dir)};
    if (given.elsewhere) return place;
    std::error_code failed;
    const auto file = std::filesystem::absolute(given.path, failed).lexically_normal();
    if (failed) return place;
    place.absolute = file.string();
    const bool within = !options.models_dir.empty() && place.relative != file.filename().string();
    const auto folder =
        within ? std::filesystem::absolute(options.models_dir, failed).lexically_normal() : file.parent_path();
    if (!failed) place.folder = folder.string();
    return place;
}

/// A plan's request, over the wrapper's defaults.
PlanRequest planRequest(const Options & options, const Request & given) {
    PlanRequest request;
    request.settings = given.arguments.settings;
    request.kept_arguments = given.arguments.kept;
    request.id = options.id.empty() ? given.linked_id : options.id;
    request.model_path = given.elsewhere ? given.path : entryPath(given.path, options.models_dir);
    request.source = given.source;
    request.bench = options.bench || given.linked_bench;
    request.explain = options.explain;
    return request;
}

Result<Answer> runPlan(const Options & options, const Environment & environment, const TextOptions & text_options) {
    if (const auto version = planVersion(options.llama_cpp); !version) return version.error();
    const auto given = readRequest(options, environment, wrapperDefaults());
    if (!given) return given.error();
    const PlanRequest request = planRequest(options, *given);
    auto plan = ggufit::plan(given->model, given->machine, request);
    if (!plan) return plan.error();
    plan->warnings.insert(plan->warnings.begin(), given->arguments.warnings.begin(), given->arguments.warnings.end());

    Answer answer;
    answer.exit_code = plan->verdict == Verdict::does_not_fit ? 1 : 0;
    switch (options.format) {
        case Format::text: answer.text = renderPlan(*plan, text_options); break;
        case Format::json: answer.text = planJson(*plan); break;
        case Format::written: {
            const PlanFormat * format = findPlanFormat(options.format_name);
            if (format != nullptr) answer.text = format->write(*plan, placeOf(options, *given));
            answer.warnings = plan->warnings;
            break;
        }
    }
    return answer;
}

Result<Answer> runAdvise(const Options & options, const Environment & environment) {
    if (const auto version = planVersion(options.llama_cpp); !version) return version.error();
    const auto given = readRequest(options, environment, wrapperDefaults());
    if (!given) return given.error();
    auto advice = advise(given->model, given->machine, planRequest(options, *given));
    if (!advice) return advice.error();
    std::vector<Warning> & warnings = advice->plan.warnings;
    warnings.insert(warnings.begin(), given->arguments.warnings.begin(), given->arguments.warnings.end());
    Answer answer;
    answer.exit_code = advice->plan.verdict == Verdict::does_not_fit && advice->suggestions.empty() ? 1 : 0;
    std::optional<Decision> decision;
    if (!options.logs.empty()) {
        auto decided = decideByLogs(*advice, options.logs, given->path);
        if (!decided) return decided.error();
        decision.emplace(std::move(*decided));
    }
    const Decision * made = decision ? &*decision : nullptr;
    answer.text = options.format == Format::json ? adviceJson(*advice, made) : adviceMarkdown(*advice, made);
    return answer;
}

Result<Answer> runInspect(const Options & options, const TextOptions & text_options) {
    auto model = readModel(options);
    if (!model) return model.error();
    const Card card = describeModel(*model);
    Answer answer;
    answer.text = options.format == Format::json ? modelJson(*model, card) : renderModel(*model, card, text_options);
    answer.warnings = model->warnings;
    return answer;
}

/// What `estimate` and `graph` start from, over llama-server's own defaults; a planning link has its own.
struct Given {
    Model model;
    Machine machine;
    Settings settings;
    std::vector<Warning> warnings;  // of the arguments
};

Result<Given> readGiven(const Options & options, const Environment & environment) {
    auto request = readRequest(options, environment, Settings{}, WithoutFit::no_sizes);
    if (!request) return request.error();
    Given given{std::move(request->model), std::move(request->machine), request->arguments.settings,
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
    if (!options.batch.empty()) return runBatch(options, environment);
    auto given = readGiven(options, environment);
    if (!given) return given.error();
    const auto request = estimateRequest(options);
    if (!request) return request.error();
    auto estimated = estimate(given->model, given->machine, given->settings, *request);
    if (!estimated) return estimated.error();
    Answer answer;
    const SpeedEstimate * speed = estimated->speed ? &*estimated->speed : nullptr;
    answer.text = options.format == Format::json
                      ? estimateJson(estimated->estimate, estimated->fit, speed)
                      : renderEstimate(estimated->estimate, estimated->fit, text_options, speed);
    auto written = writeMachineFile(options, given->machine, speed);
    if (!written) return written.error();
    if (options.format != Format::json) {
        if (const LlamaVersion & version = given->settings.llama_cpp; !version.newest())
            answer.text += "\n" + rulesSentence(version) + "\n";
        answer.text += *written;
    }
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
    const Model & model = request->model;
    auto plan = planOverrides(model, request->machine,
                              {request->arguments.settings, request->arguments.kept, *config, request->path});
    if (!plan) return plan.error();
    plan->warnings.insert(plan->warnings.begin(), request->arguments.warnings.begin(),
                          request->arguments.warnings.end());

    std::vector<TextFile> files;
    if (config->save_override_params) files.push_back({"tensor_override_params.txt", overrideParams(*plan)});
    if (config->save_analysis_json) files.push_back({"tensor_analysis.json", overridesJson(*plan, model)});
    if (options.dry_run) files.clear();
    if (!files.empty()) {
        if (auto fault = writeFiles(options.output, files)) return *fault;
    }

    Answer answer;
    answer.exit_code = plan->verdict == Verdict::does_not_fit ? 1 : 0;
    if (options.format == Format::json) {
        answer.text = overridesJson(*plan, model);
        return answer;
    }
    answer.text = renderOverrides(*plan, model, options.verbose || config->verbose, text_options);
    for (const TextFile & file : files) {
        const auto path = std::filesystem::path(options.output) / file.name;
        answer.text +=
            (&file == &files.front() ? "\nWrote " : "Wrote ") + safeTerminal(path.lexically_normal().string()) + "\n";
    }
    answer.text += "\nTo run it:\n\n" + overridesUsage(*plan);
    return answer;
}

Result<Answer> runLink(const Options & options, const Environment & environment) {
    if (const auto version = planVersion(options.llama_cpp); !version) return version.error();
    const auto given = readRequest(options, environment, wrapperDefaults());
    if (!given) return given.error();
    auto made = planLink(given->model, given->machine, planRequest(options, *given), {!options.no_name, options.site});
    if (!made) return made.error();
    Answer answer;
    answer.text = made->link + "\n";
    answer.warnings = given->arguments.warnings;
    for (const std::string & name : made->left_out) {
        answer.warnings.push_back({name + " is not in the link: its value may be a path, an address or a secret",
                                   "give it beside the link where the plan is used"});
    }
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
        case Command::link: return runLink(options, environment);
        case Command::overrides: return runOverrides(options, environment, text_options);
        case Command::check: return runCheck(options, text_options);
        case Command::conf: return runConf(options, environment, text_options);
        case Command::choose: return runChoose(options, environment, text_options);
        case Command::gpus: return runGpus(options, text_options);
    }
    return Error{ErrorCode::usage, "", "no command given."};
}

}  // namespace ggufit::cli
