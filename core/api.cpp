// The functions that native/ and wasm/ call, put together from the rooms.
#include "api.h"

#include <span>

#include "model/card.h"
#include "plan/placement.h"
#include "profile/entry.h"
#include "render/preset.h"

namespace ggufit {

namespace {

Result<Plan> planBriefly(const Model & model, const Machine & machine, PlanRequest request) {
    request.alternatives = false;
    Result<Plan> shown = makePlan(model, machine, request);
    if (!shown) return shown.error();
    shown->id = entryId(*shown, request);
    (request.bench ? shown->bench_entry : shown->entry) =
        request.bench ? benchEntry(*shown, request, nullptr) : productionEntry(*shown, request);
    shown->preset = presetIni(*shown);
    return shown;
}

/// The name that llama-server is given where no path is known: the file's, else one made from the model's.
std::string fileNameOf(const Model & model) {
    const std::string name = model.file.shards.empty() ? "" : model.file.shards.front().name;
    return name.empty() ? safeId(describeModel(model).name) + ".gguf" : name;
}

/// PlanInputs, read.
struct ReadInputs {
    Machine machine;
    PlanRequest request;
    std::vector<Warning> warnings;  // of the arguments
};

Result<ReadInputs> readInputs(const Model & model, const PlanInputs & inputs) {
    Result<Machine> machine = parseMachine(inputs.machine_json);
    if (!machine) return machine.error();
    const Result<LlamaVersion> version = planVersion(inputs.llama_cpp);
    if (!version) return version.error();
    Result<ParsedArguments> parsed =
        parseArguments(std::span<const std::string>(inputs.arguments), defaultsOf(*version, wrapperDefaults()));
    if (!parsed) return parsed.error();
    if (auto newer = newerThanKnown(*version, inputs.llama_cpp)) parsed->warnings.push_back(*std::move(newer));
    PlanRequest request;
    request.settings = parsed->settings;
    request.kept_arguments = parsed->kept;
    request.id = inputs.id;
    request.model_path = inputs.model_path.empty() ? parsed->model : inputs.model_path;
    if (request.model_path.empty()) request.model_path = fileNameOf(model);
    request.source = inputs.source;
    request.bench = inputs.bench;
    request.explain = inputs.explain;
    request.curve = inputs.curve;
    return ReadInputs{std::move(*machine), std::move(request), std::move(parsed->warnings)};
}

}  // namespace

Result<LlamaVersion> planVersion(std::string_view text) {
    auto version = text.empty() ? Result<LlamaVersion>(LlamaVersion{}) : parseLlamaVersion(text);
    if (!version || hasRule(*version, LlamaRule::fit)) return version;
    return Error{ErrorCode::unsupported, "--llama-cpp",
                 "plans are for builds with --fit, from " + firstBuildWith(LlamaRule::fit) +
                     " on; `ggufit estimate` counts for older ones."};
}

std::optional<Warning> newerThanKnown(const LlamaVersion & version, std::string_view text) {
    if (version.day <= kNewestLlamaDay) return std::nullopt;
    return Warning{"what is known of llama.cpp ends with August 2026, before " + std::string(text),
                   "compare with a startup log: ggufit check"};
}

Result<Plan> plan(const Model & model, const PlanInputs & inputs) {
    auto read = readInputs(model, inputs);
    if (!read) return read.error();
    Result<Plan> result =
        inputs.brief ? planBriefly(model, read->machine, read->request) : plan(model, read->machine, read->request);
    if (!result) return result.error();
    result->warnings.insert(result->warnings.begin(), read->warnings.begin(), read->warnings.end());
    return result;
}

Result<ChooseRow> chooseRow(const Model & model, const PlanInputs & inputs, const ChooseCandidate & candidate,
                            uint32_t min_ctx) {
    const auto read = readInputs(model, inputs);
    if (!read) return read.error();
    return chooseRow(candidate, model, read->machine, read->request, min_ctx);
}

Result<Advice> advise(const Model & model, const PlanInputs & inputs) {
    const auto read = readInputs(model, inputs);
    if (!read) return read.error();
    auto advice = advise(model, read->machine, read->request);
    if (!advice) return advice.error();
    std::vector<Warning> & warnings = advice->plan.warnings;
    warnings.insert(warnings.begin(), read->warnings.begin(), read->warnings.end());
    return advice;
}

Result<Plan> plan(const Model & model, const Machine & machine, const PlanRequest & request) {
    Result<Plan> shown = makePlan(model, machine, request);
    if (!shown) return shown.error();
    PlanRequest twin = request;
    twin.bench = !request.bench;
    twin.alternatives = twin.explain = twin.curve = false;
    const Result<Plan> other = makePlan(model, machine, twin);
    if (!other) return other.error();
    const PlanRequest & bench_request = request.bench ? request : twin;
    const PlanRequest & production_request = request.bench ? twin : request;
    shown->id = entryId(*shown, request);
    shown->entry = productionEntry(request.bench ? *other : *shown, production_request);
    const Plan & bench = request.bench ? *shown : *other;
    shown->bench_entry = benchEntry(bench, bench_request, request.bench ? &*other : &*shown);
    shown->preset = presetIni(*shown);
    return shown;
}

Result<EstimateAnswer> estimate(const Model & model, const Machine & machine, const Settings & settings,
                                const EstimateRequest & request) {
    EstimateAnswer answer;
    if (settings.fit) {
        Result<FitResult> fit = fitMemory(model, machine, settings);
        if (!fit) return fit.error();
        answer.fit = std::move(*fit);
    }
    const Settings & placed = settings.fit ? answer.fit.settings : settings;
    Result<Estimate> estimate = estimateMemory(model, machine, placed, request.reserving);
    if (!estimate) return estimate.error();
    answer.estimate = std::move(*estimate);
    if (auto speed = estimateSpeed(model, machine, placed, request.fill_tokens)) answer.speed = std::move(*speed);
    if (request.explain && answer.estimate.graph.known()) {
        Result<ComputeExplanation> explanation = explainCompute(model, machine, placed, request.reserving);
        if (!explanation) return explanation.error();
        answer.estimate.explanation = std::move(*explanation);
    }
    return answer;
}

Result<std::string> graph(const Model & model, const Machine & machine, const Settings & settings, Phase phase) {
    Settings placed = settings;
    if (settings.fit) {
        Result<FitResult> fit = fitMemory(model, machine, settings);
        if (!fit) return fit.error();
        placed = fit->settings;
    }
    const Result<WeightPlan> weights = placeWeights(model, machine, placed);
    if (!weights) return weights.error();
    const Result<CachePlan> cache = planCache(model, machine, placed, weights->layer_devices);
    if (!cache) return cache.error();
    const Result<ScheduledGraph> scheduled = scheduledGraph(model, machine, placed, *weights, *cache, phase);
    if (!scheduled) return scheduled.error();
    return graphText(*scheduled, machine);
}

Result<LinkAnswer> planLink(const Model & model, const Machine & machine, const PlanRequest & request,
                            const LinkOptions & options) {
    LinkArguments arguments = linkArguments(request.settings, request.kept_arguments);
    PlanningLink link{model.file, machine,       std::move(arguments.words),
                      request.id, request.bench, request.settings.llama_cpp};
    auto text = encodeLink(std::move(link), options);
    if (!text) return text.error();
    return LinkAnswer{std::move(*text), std::move(arguments.left_out)};
}

Result<LinkAnswer> planLink(const Model & model, const PlanInputs & inputs, const LinkOptions & options) {
    const auto read = readInputs(model, inputs);
    if (!read) return read.error();
    return planLink(model, read->machine, read->request, options);
}

Result<OpenedLink> openLink(std::string_view text) {
    auto link = decodeLink(text);
    if (!link) return link.error();
    auto model = buildModel(std::move(link->file));
    if (!model) return model.error();
    auto parsed = parseArguments(link->arguments, defaultsOf(link->llama_cpp, wrapperDefaults()));
    if (!parsed) return parsed.error();
    OpenedLink opened{std::move(*model), std::move(link->machine), std::move(link->arguments), {}};
    opened.request.settings = parsed->settings;
    opened.request.kept_arguments = std::move(parsed->kept);
    opened.request.id = std::move(link->id);
    opened.request.bench = link->bench;
    opened.request.model_path = fileNameOf(opened.model);
    return opened;
}

}  // namespace ggufit
