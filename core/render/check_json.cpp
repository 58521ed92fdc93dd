// A checked start → JSON: the fields of Check by name, after those of its log.
#include <cmath>

#include "base/json.h"
#include "render/check.h"
#include "render/log_json.h"
#include "render/settings_json.h"

namespace ggufit {

namespace {

Json optionalJson(const std::optional<double> & value, double scale = 100) {
    return value ? Json(std::round(*value * scale) / scale) : Json();
}

double hundredth(double value) { return std::round(value * 100) / 100; }

Json termJson(const CheckTerm & term) {
    Json json = object({{"device", term.device},
                        {"name", term.name},
                        {"unit", term.unit},
                        {"predicted", optionalJson(term.predicted)},
                        {"measured", optionalJson(term.measured)}});
    const bool both = term.predicted && term.measured;
    json["difference"] = both ? Json(hundredth(*term.measured - *term.predicted)) : Json();
    json["equal"] = term.equal;
    json["exact"] = term.exact;
    json["because"] = term.because;
    return json;
}

Json shortfallJson(const Shortfall & fall) {
    return object({{"device", fall.device},
                   {"part", logPartName(fall.part)},
                   {"asked_mib", hundredth(fall.asked_mib)},
                   {"held_mib", hundredth(fall.held_mib)},
                   {"free_mib", hundredth(fall.free_mib)},
                   {"lacking_mib", hundredth(fall.lacking_mib)},
                   {"survived", fall.survived},
                   {"text", fall.text}});
}

Json remedyJson(const CheckRemedy & remedy) {
    Json json = object({{"name", remedy.name},
                        {"change", remedy.change},
                        {"text", remedy.text},
                        {"saved_mib", hundredth(remedy.saved_mib)},
                        {"verdict", remedy.verdict ? Json(verdictName(*remedy.verdict)) : Json()},
                        {"n_ctx", remedy.n_ctx},
                        {"decode_tokens_per_second", roundedSpeed(remedy.decode_tokens_per_second)}});
    json["headroom_mib"] = Json::array();
    for (const double mib : remedy.headroom_mib) json["headroom_mib"].push_back(hundredth(mib));
    json["arguments"] = remedy.arguments;
    return json;
}

Json machineJson(const Machine & machine) {
    const Json json = parseJson(writeMachine(machine));
    return json.is_discarded() ? Json::object() : json;
}

}  // namespace

std::string checkJson(const Check & check, const CheckUpdate * update) {
    Json json = toJson(check.log);
    json["summary"] = check.summary;
    json["compared"] = check.compared;
    json["machine"] = machineJson(check.machine);
    json["machine_from_log"] = check.machine_from_log;
    json["run"] = settingsJson(check.settings);
    json["notes"] = check.notes;
    json["terms"] = Json::array();
    for (const CheckTerm & term : check.terms) json["terms"].push_back(termJson(term));
    json["n_equal"] = check.n_equal;
    json["n_compared"] = check.n_compared;
    json["approximate_because"] = check.approximate_because;
    json["shortfall"] = check.shortfall ? shortfallJson(*check.shortfall) : Json();
    json["remedies"] = Json::array();
    for (const CheckRemedy & remedy : check.remedies) json["remedies"].push_back(remedyJson(remedy));
    json["findings"] = Json::array();
    for (const CheckFinding & finding : check.findings)
        json["findings"].push_back(
            object({{"name", finding.name}, {"text", finding.text}, {"remedy", finding.remedy}}));
    const TestedFigures tested = testedFigures(check.log, check.machine);
    json["tested"] = object({{"line", tested.line}, {"speed", tested.speed}});
    if (check.learned) json["learned"] = machineJson(*check.learned);
    if (update != nullptr) {
        json["update"] = object({{"file", update->file},
                                 {"section", update->section},
                                 {"date", update->date},
                                 {"changes", update->changes},
                                 {"reason", update->reason},
                                 {"notes", update->notes}});
    }
    return writeJson(json);
}

}  // namespace ggufit
