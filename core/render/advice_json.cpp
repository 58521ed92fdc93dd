// An advice as JSON: the fields of Advice by name.
#include "base/json.h"
#include "render/advice.h"
#include "render/json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json planValue(const Plan & plan) {
    Json json = parseJson(planJson(plan));
    return json.is_object() ? json : Json::object();
}

Json suggestionJson(const Suggestion & suggestion) {
    Json plan = planValue(suggestion.plan);
    for (const char * key : {"model", "machine", "alternatives", "bench_entry"}) plan.erase(key);
    return object({{"kind", suggestionKindName(suggestion.kind)},
                   {"title", suggestion.title},
                   {"why", suggestion.why},
                   {"changes", suggestion.changes},
                   {"risk", riskName(suggestion.risk)},
                   {"risks", suggestion.risks},
                   {"if_it_fails", suggestion.if_it_fails},
                   {"plan", std::move(plan)}});
}

Json startJson(const MeasuredStart & start) {
    Json devices = Json::array();
    for (const MeasuredDevice & one : start.devices)
        devices.push_back(object({{"name", one.name}, {"used_mib", one.used_mib}, {"total_mib", one.total_mib}}));
    return object({{"source", start.source},
                   {"suggestion", start.suggestion < -1 ? Json() : Json(start.suggestion)},
                   {"n_ctx", start.n_ctx},
                   {"n_ubatch", start.n_ubatch},
                   {"splits_decode", start.splits_decode},
                   {"splits_prompt", start.splits_prompt},
                   {"decode_tokens_per_second", start.decode_tokens_per_second},
                   {"prompt_tokens_per_second", start.prompt_tokens_per_second},
                   {"prompt_tokens", start.prompt_tokens},
                   {"out_of_memory", start.out_of_memory},
                   {"failure", start.failure},
                   {"notes", start.notes},
                   {"devices", std::move(devices)}});
}

Json decisionJson(const Advice & advice, const Decision & decision) {
    Json results = Json::array(), starts = Json::array();
    for (const ConfigurationResult & one : decision.results) {
        results.push_back(object({{"suggestion", one.suggestion},
                                  {"name", configurationLabel(advice, one.suggestion)},
                                  {"stability", stabilityName(one.stability)},
                                  {"n_starts", one.n_starts},
                                  {"n_failed", one.n_failed},
                                  {"prompt_tokens", one.prompt_tokens},
                                  {"decode_tokens_per_second", one.decode_tokens_per_second}}));
    }
    for (const MeasuredStart & start : decision.starts) starts.push_back(startJson(start));
    return object({{"winner", decision.winner ? Json(*decision.winner) : Json()},
                   {"name", decision.winner ? Json(configurationLabel(advice, *decision.winner)) : Json()},
                   {"text", decision.text},
                   {"reasons", decision.reasons},
                   {"open", decision.open},
                   {"results", std::move(results)},
                   {"starts", std::move(starts)}});
}

}  // namespace

std::string adviceJson(const Advice & advice, const Decision * decision) {
    Json suggestions = Json::array(), order = Json::array();
    for (const Suggestion & suggestion : advice.suggestions) suggestions.push_back(suggestionJson(suggestion));
    for (const TestStep & step : advice.order)
        order.push_back(object({{"suggestion", step.suggestion}, {"text", step.text}}));
    Json plan = planValue(advice.plan);
    for (const char * key : {"alternatives", "bench_entry"}) plan.erase(key);
    Json json = object({{"finding", advice.finding},
                        {"suggestions", std::move(suggestions)},
                        {"order", std::move(order)},
                        {"criteria", advice.criteria},
                        {"metrics", advice.metrics},
                        {"plan", std::move(plan)}});
    if (decision != nullptr) json["decision"] = decisionJson(advice, *decision);
    return writeJson(json);
}

}  // namespace ggufit
