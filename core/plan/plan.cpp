// Makes a plan: settings → the decision tree → devices, reasons, alternatives, arguments.
#include "plan/plan.h"

#include <algorithm>

#include "plan/advice.h"
#include "plan/alternatives.h"
#include "plan/choose.h"
#include "plan/curve.h"
#include "plan/devices.h"
#include "plan/reach.h"
#include "plan/remedies.h"
#include "plan/speeds.h"
#include "plan/words.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

/// Model, settings, what was passed through, and what the file says of itself.
std::vector<std::string> planArguments(const PlanRequest & request, const Placement & placement, const Card & card) {
    std::vector<std::string> words = {"-m", request.model_path};
    const auto append = [&words](const std::vector<std::string> & more) {
        words.insert(words.end(), more.begin(), more.end());
    };
    append(writeArguments(placement.asked));
    append(request.bench ? benchWords(card) : samplingWords(card, request.kept_arguments));
    append(request.bench ? withoutSamplers(request.kept_arguments) : request.kept_arguments);
    return words;
}

void describePlacement(Plan & plan, const Placement & placement) {
    plan.settings = placement.asked;
    plan.placed = placement.placed;
    plan.strategy = placement.strategy;
    plan.verdict = placement.verdict;
    plan.n_ctx = placement.estimate.context.n_ctx;
    plan.summary = summarize(placement, plan.machine);
    plan.devices = planDevices(placement, plan.machine);
    plan.host = planHost(placement, plan.machine);
    plan.layers = placement.estimate.layers;
    plan.fit = placement.fit;
    plan.graph = placement.estimate.graph;
    plan.approximate = placement.estimate.approximate;
    plan.approximate_because = placement.estimate.approximate_because;
}

}  // namespace

Result<Plan> makePlan(const Model & model, const Machine & machine, const PlanRequest & request) {
    Settings settings = plannedSettings(model, request);
    std::vector<Warning> warnings;
    GraphStore graphs(model);
    auto choice = chooseOrFallBack(model, machine, settings, Explain::yes, warnings, &graphs);
    if (!choice) return choice.error();
    const Placement & placement = choice->placement;

    Plan plan;
    plan.model = describeModel(model);
    plan.machine = machine;
    plan.bench = request.bench;
    describePlacement(plan, placement);
    plan.speed = speedOf(model, machine, placement, &graphs);
    plan.limit = limitOf(model, machine, placement);
    plan.reasons = modelReasons(model, plan.model, machine, placement);
    plan.reasons.insert(plan.reasons.end(), choice->reasons.begin(), choice->reasons.end());
    if (request.alternatives) {
        plan.alternatives = findAlternatives(model, machine, settings, placement);
        plan.contexts = largestContexts(model, machine, settings);
        plan.remedies = findRemedies(model, machine, settings, placement);
    }
    if (request.explain && plan.graph.known()) {
        auto explanation = explainCompute(model, machine, plan.placed, Reserving::started);
        if (!explanation) return explanation.error();
        plan.explanation = std::move(*explanation);
    }
    if (request.curve) plan.curve = contextCurve(model, machine, settings);
    plan.arguments = planArguments(request, placement, plan.model);
    plan.warnings = model.warnings;
    plan.warnings.insert(plan.warnings.end(), warnings.begin(), warnings.end());
    const std::vector<Warning> & seen = placement.estimate.warnings;
    plan.warnings.insert(plan.warnings.end(), seen.begin(), seen.end());
    for (Warning & warning : adviseSettings(model, machine, placement)) plan.warnings.push_back(std::move(warning));
    return plan;
}

}  // namespace ggufit
