// The functions that native/ and wasm/ call, put together from the rooms.
#include "api.h"

#include <span>

namespace ggufit {

Result<Plan> plan(const Model & model, const PlanInputs & inputs) {
    const Result<Machine> machine = parseMachine(inputs.machine_json);
    if (!machine) return machine.error();
    Result<ParsedArguments> parsed = parseArguments(std::span<const std::string>(inputs.arguments), wrapperDefaults());
    if (!parsed) return parsed.error();

    PlanRequest request;
    request.settings = parsed->settings;
    request.kept_arguments = parsed->kept;
    request.id = inputs.id;
    request.model_path = inputs.model_path.empty() ? parsed->model : inputs.model_path;
    request.bench = inputs.bench;
    Result<Plan> result = makePlan(model, *machine, request);
    if (!result) return result.error();
    result->warnings.insert(result->warnings.begin(), parsed->warnings.begin(), parsed->warnings.end());
    return result;
}

Result<EstimateAnswer> estimate(const Model & model, const Machine & machine, const Settings & settings) {
    EstimateAnswer answer;
    Settings placed = settings;
    if (settings.fit) {
        Result<FitResult> fit = fitMemory(model, machine, settings);
        if (!fit) return fit.error();
        answer.fit = std::move(*fit);
        placed = answer.fit.settings;
    }
    Result<Estimate> memory = estimateMemory(model, machine, placed);
    if (!memory) return memory.error();
    answer.estimate = std::move(*memory);
    return answer;
}

}  // namespace ggufit
