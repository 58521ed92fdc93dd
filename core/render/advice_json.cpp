// An advice as JSON: the fields of Advice by name.
#include "render/advice.h"
#include "render/json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json planValue(const Plan & plan) {
    Json json = Json::parse(planJson(plan), nullptr, false);
    return json.is_object() ? json : Json::object();
}

Json suggestionJson(const Suggestion & suggestion) {
    Json plan = planValue(suggestion.plan);
    for (const char * key : {"model", "machine", "alternatives", "bench_entry"}) plan.erase(key);
    return {{"kind", suggestionKindName(suggestion.kind)},
            {"title", suggestion.title},
            {"why", suggestion.why},
            {"changes", suggestion.changes},
            {"risk", riskName(suggestion.risk)},
            {"risks", suggestion.risks},
            {"if_it_fails", suggestion.if_it_fails},
            {"plan", std::move(plan)}};
}

}  // namespace

std::string adviceJson(const Advice & advice) {
    Json suggestions = Json::array(), order = Json::array();
    for (const Suggestion & suggestion : advice.suggestions) suggestions.push_back(suggestionJson(suggestion));
    for (const TestStep & step : advice.order) order.push_back({{"suggestion", step.suggestion}, {"text", step.text}});
    Json plan = planValue(advice.plan);
    for (const char * key : {"alternatives", "bench_entry"}) plan.erase(key);
    return writeJson({{"finding", advice.finding},
                      {"suggestions", std::move(suggestions)},
                      {"order", std::move(order)},
                      {"criteria", advice.criteria},
                      {"metrics", advice.metrics},
                      {"plan", std::move(plan)}});
}

}  // namespace ggufit
