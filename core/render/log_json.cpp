// A startup log → JSON: printed whole numbers as numbers, everything else as text.
#include "render/log_json.h"

#include <algorithm>

#include "base/json.h"
#include "base/values.h"
#include "log/text.h"

namespace ggufit {

namespace {

/// "8192" as a number, "[8, 8, 2]" as a list of numbers, else the text.
Json printedValue(std::string_view text) {
    const auto number = [](std::string_view word) -> Json {
        const auto value = leadingInteger(word);
        const bool digits = !word.empty() && word.size() < 17 && word.find_first_not_of("-0123456789") == word.npos;
        return value && digits ? Json(*value) : Json();
    };
    if (Json value = number(text); !value.is_null()) return value;
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return text;
    Json list = Json::array();
    for (const std::string_view word : splitAt(text.substr(1, text.size() - 2), ',')) {
        Json value = number(trimBlanks(word));
        if (value.is_null()) return text;
        list.push_back(std::move(value));
    }
    return list;
}

Json factsJson(const LogFacts & facts) {
    Json json = Json::object();
    for (const auto & [key, value] : facts) json[key] = printedValue(value);
    return json;
}

Json buffersJson(const std::vector<LogBuffer> & buffers) {
    Json json = Json::object();
    for (const LogBuffer & buffer : buffers) {
        Json & value = json[buffer.name];
        if (value.is_number()) value = Json::array({value});
        if (value.is_array()) {
            value.push_back(buffer.mib);
        } else {
            value = buffer.mib;
        }
    }
    return json;
}

void putText(Json & json, const char * key, const std::string & text) {
    if (!text.empty()) json[key] = text;
}

void putList(Json & json, const char * key, const std::vector<std::string> & list) {
    if (!list.empty()) json[key] = list;
}

void putFigures(Json & json, const LogFigures & figures) {
    const auto put = [&](const char * key, const std::vector<LogBuffer> & buffers) {
        if (!buffers.empty()) json[key] = buffersJson(buffers);
    };
    put("model_buffers_mib", figures.model_buffers);
    put("kv_buffers_mib", figures.kv_buffers);
    putList(json, "kv_lines", figures.kv_lines);
    put("rs_buffers_mib", figures.rs_buffers);
    putList(json, "rs_lines", figures.rs_lines);
    put("compute_buffers_mib", figures.compute_buffers);
    if (!figures.output_buffers.empty()) {
        json["output_buffer_mib"] = figures.output_buffers.front().mib;
        json["output_buffer_dev"] = figures.output_buffers.front().name;
    }
    if (!figures.graph_nodes.empty()) json["graph_nodes"] = printedValue(figures.graph_nodes);
    putText(json, "graph_splits", figures.graph_splits);
    if (figures.sched_copies) json["sched_copies"] = *figures.sched_copies;
}

Json measuredJson(const Log & log) {
    Json json = Json::object();
    putFigures(json, log.measured);
    putText(json, "offloaded", log.offloaded);
    Json rows = Json::array();
    for (const LogMemoryRow & row : log.breakdown) rows.push_back(row.text);
    if (!rows.empty()) json["breakdown"] = std::move(rows);
    putList(json, "fit", log.fit.lines);
    putText(json, "pipeline_parallelism", log.pipeline_parallelism);
    putList(json, "clip_lines", log.clip_lines);
    putList(json, "other_lines", log.other_lines);
    std::string lines;
    for (const LogShortage & shortage : log.shortages) {
        for (const std::string & line : shortage.lines) lines += (lines.empty() ? "" : "\n") + line;
    }
    json["oom"] = lines.empty() ? Json() : Json(lines);
    Json draft = Json::object();
    putFigures(draft, log.draft);
    if (!draft.empty()) json["draft"] = std::move(draft);
    return json;
}

Json deviceJson(const LogDevice & device) {
    Json json = object({{"name", device.name}, {"description", device.description}});
    putText(json, "compute_capability", device.compute_capability);
    putText(json, "gfx", device.gfx);
    if (device.total_mib) json["total_mib"] = *device.total_mib;
    if (device.free_at_list_mib) json["free_at_list_mib"] = *device.free_at_list_mib;
    if (device.free_mib) json["free_mib"] = *device.free_mib;
    return json;
}

Json speedJson(const LogSpeed & speed) {
    if (speed.pp_tps == 0 && speed.tg_tps == 0) return nullptr;
    Json json = Json::object();
    if (speed.pp_tps != 0) json["pp_tps"] = speed.pp_tps;
    if (speed.pp_tokens != 0) json["pp_tokens"] = speed.pp_tokens;
    if (speed.tg_tps != 0) json["tg_tps"] = speed.tg_tps;
    if (speed.tg_tokens != 0) json["tg_tokens"] = speed.tg_tokens;
    return json;
}

Json modelFactsJson(const Log & log) {
    Json json = Json::object();
    putText(json, "path", log.model_path);
    json["hparams"] = factsJson(log.hparams);
    Json types = Json::object();
    for (const auto & [type, count] : log.types) types[type] = count;
    if (!types.empty()) json["types"] = std::move(types);
    return json;
}

}  // namespace

Json toJson(const Log & log) {
    Json json = object({{"start", log.start},
                        {"n_starts", log.n_starts},
                        {"stage", logStageName(log.stage)},
                        {"truncated", log.truncated},
                        {"quiet", log.quiet},
                        {"build", log.build}});
    putText(json, "command", log.command);
    json["model"] = modelFactsJson(log);
    json["settings"] = factsJson(log.settings);
    json["devices"] = Json::array();
    for (const LogDevice & device : log.devices) json["devices"].push_back(deviceJson(device));
    json["measured"] = measuredJson(log);
    json["speed"] = speedJson(log.speed);
    json["shortages"] = Json::array();
    for (const LogShortage & one : log.shortages) {
        json["shortages"].push_back(object({{"device", one.device},
                                            {"part", logPartName(one.part)},
                                            {"bytes", one.bytes},
                                            {"survived", one.survived}}));
    }
    json["errors"] = log.errors;
    return json;
}

}  // namespace ggufit
