// Candidates and their ranking as JSON: the fields by name.
#include <cmath>

#include "base/json.h"
#include "render/choose.h"

namespace ggufit {

namespace {

Json speedJson(const DecodeSpeed & speed) {
    return object({{"fill_tokens", speed.fill_tokens},
                   {"decode_tokens_per_second", roundedSpeed(speed.decode_tokens_per_second)},
                   {"decode_low", roundedSpeed(speed.decode_low)},
                   {"decode_high", roundedSpeed(speed.decode_high)}});
}

Json rankedJson(const RankedRow & ranked) {
    return object({{"row", ranked.row}, {"pick", ranked.pick}, {"misses", ranked.misses}, {"reason", ranked.reason}});
}

Json groupJson(const RankedGroup & group) {
    Json rows = Json::array();
    for (const RankedRow & ranked : group.rows) rows.push_back(rankedJson(ranked));
    return object({{"group", group.group},
                   {"model_name", group.model_name},
                   {"architecture", group.architecture},
                   {"parameters", group.parameters},
                   {"rows", std::move(rows)}});
}

}  // namespace

Json toJson(const ChooseRow & row) {
    Json json =
        object({{"name", row.name}, {"n_files", row.n_files}, {"size_bytes", row.size_bytes}, {"error", row.error}});
    if (!row.error.empty()) return json;
    const Json rest = object({{"model_name", row.model_name},
                              {"group", row.group},
                              {"architecture", row.architecture},
                              {"parameters", row.parameters},
                              {"active_parameters", row.active_parameters},
                              {"tensor_bytes", row.tensor_bytes},
                              {"bits_per_weight", row.bits_per_weight},
                              {"quantization", row.quantization},
                              {"main_type", row.main_type},
                              {"main_type_share", std::round(row.main_type_share * 1e4) / 1e4},
                              {"imatrix", row.imatrix},
                              {"notes", row.notes},
                              {"strategy", strategyName(row.strategy)},
                              {"verdict", verdictName(row.verdict)},
                              {"placement", row.placement},
                              {"n_ctx", row.n_ctx},
                              {"n_ctx_train", row.n_ctx_train},
                              {"largest_n_ctx", row.largest_n_ctx},
                              {"headroom_bytes", row.headroom_bytes},
                              {"host_headroom_bytes", row.host_headroom_bytes},
                              {"approximate", row.approximate}});
    json.update(rest);
    if (row.speed)
        json["speed"] = object({{"empty", speedJson(row.speed->empty)}, {"full", speedJson(row.speed->full)}});
    return json;
}

Json toJson(const ChooseRanking & ranking) {
    Json groups = Json::array();
    for (const RankedGroup & group : ranking.groups) groups.push_back(groupJson(group));
    return object({{"wishes", object({{"min_tps", ranking.wishes.min_tps},
                                      {"min_ctx", ranking.wishes.min_ctx},
                                      {"sort", chooseSortName(ranking.wishes.sort)}})},
                   {"groups", std::move(groups)},
                   {"unreadable", ranking.unreadable}});
}

std::string choiceJson(const ChooseReport & report) {
    Json rows = Json::array(), aside = Json::array();
    for (const ChooseRow & row : report.rows) rows.push_back(toJson(row));
    for (const ChooseAside & file : report.aside)
        aside.push_back(object({{"name", file.name}, {"kind", file.kind}, {"size_bytes", file.size_bytes}}));
    const Json machine = parseJson(writeMachine(report.machine));
    Json json = object({{"source", report.source},
                        {"machine", machine.is_discarded() ? Json::object() : machine},
                        {"rows", std::move(rows)}});
    json.update(toJson(report.ranking));
    json["aside"] = std::move(aside);
    json["n_unread"] = report.n_unread;
    json["notes"] = report.notes;
    return writeJson(json);
}

}  // namespace ggufit
