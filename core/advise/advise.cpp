// Makes an advice: the plan, what was found to be better, each with a plan and an entry of its own.
#include "advise/advise.h"

#include "advise/candidates.h"
#include "advise/sentences.h"
#include "profile/entry.h"

namespace ggufit {

namespace {

constexpr size_t kLongestBaseId = 48;  // leaves room for the ending: ids are cut at 64

Result<Plan> planned(const Model & model, const Machine & machine, const PlanRequest & request) {
    auto plan = makePlan(model, machine, request);
    if (!plan) return plan.error();
    plan->id = entryId(*plan, request);
    plan->entry = productionEntry(*plan, request);
    return plan;
}

Result<Suggestion> suggestionOf(const Attempt & attempt, const AttemptBase & base, const PlanRequest & request,
                                const std::string & id) {
    PlanRequest own = request;
    own.settings = attempt.settings;
    own.id = id;
    auto plan = planned(base.model, base.machine, own);
    if (!plan) return plan.error();
    Suggestion suggestion;
    suggestion.kind = attempt.kind;
    suggestion.title = titleOf(attempt, base);
    suggestion.why = attempt.why;
    suggestion.changes = changesOf(attempt, base);
    suggestion.risk = riskOf(base, attempt.placement);
    suggestion.risks = risksOf(base, attempt.placement);
    suggestion.if_it_fails = ifItFails(attempt, base);
    suggestion.plan = std::move(*plan);
    return suggestion;
}

}  // namespace

Result<Advice> advise(const Model & model, const Machine & machine, const PlanRequest & asked) {
    PlanRequest request = asked;
    request.bench = request.alternatives = request.explain = false;
    auto plan = planned(model, machine, request);
    if (!plan) return plan.error();

    request.settings = plannedSettings(model, request);
    request.settings.type_k = plan->settings.type_k;  // f16 where the wrapper's q8_0 is not possible
    request.settings.type_v = plan->settings.type_v;
    auto base = attemptBase(model, machine, request.settings);
    if (!base) return base.error();
    const std::vector<Attempt> attempts = findAttempts(*base);

    Advice advice;
    advice.plan = std::move(*plan);
    const std::string id = safeId(advice.plan.id.substr(0, kLongestBaseId));
    size_t n_optional = 0;
    for (const Attempt & attempt : attempts) {
        std::string ending = suggestionKindName(attempt.kind);
        if (attempt.kind == SuggestionKind::optional) ending.append("-").append(std::to_string(++n_optional));
        auto suggestion = suggestionOf(attempt, *base, request, std::string(id).append("-").append(ending));
        if (!suggestion) return suggestion.error();
        advice.suggestions.push_back(std::move(*suggestion));
    }
    advice.finding = findingOf(attempts, *base);
    advice.order = testOrder(attempts, *base);
    advice.criteria = criteriaFor(attempts);
    advice.metrics = metricsFor(machine);
    return advice;
}

}  // namespace ggufit
