// A case of many and its answer, a line of JSON each.
#include "base/json.h"
#include "render/json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

std::string lineOf(uint64_t line, std::string_view id, const Json & answer) {
    Json json = {{"line", line}};
    Json kept = parseJson(id);
    if (!kept.is_discarded()) json["id"] = std::move(kept);
    json.update(answer);
    return writeJson(json, -1);
}

}  // namespace

std::string caseJson(uint64_t line, std::string_view id, const Estimate & estimate, const FitResult & fit,
                     const SpeedEstimate * speed, const std::vector<Warning> & warnings) {
    Json json = parseJson(estimateJson(estimate, fit, speed));
    Json all = toJson(warnings);
    for (Json & warning : json["warnings"]) all.push_back(std::move(warning));
    json["warnings"] = std::move(all);
    return lineOf(line, id, json);
}

std::string caseErrorJson(uint64_t line, std::string_view id, const Error & error) {
    return lineOf(line, id, parseJson(errorJson(error)));
}

}  // namespace ggufit
