// A plan as JSON: the fields of Plan by name.
#include "base/json.h"
#include "plan/plan.h"
#include "render/json.h"
#include "render/settings_json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json partsJson(const std::vector<Part> & parts) {
    Json list = Json::array();
    for (const Part & part : parts) list.push_back(object({{"name", part.name}, {"bytes", part.bytes}}));
    return list;
}

Json deviceJson(const PlanDevice & device) {
    return object({{"name", device.name},
                   {"description", device.description},
                   {"model_bytes", device.model_bytes},
                   {"context_bytes", device.context_bytes},
                   {"compute_bytes", device.compute_bytes},
                   {"total_bytes", device.total_bytes},
                   {"driver_bytes", device.driver_bytes},
                   {"reserved_bytes", device.reserved_bytes},
                   {"budget_bytes", device.budget_bytes},
                   {"headroom_bytes", device.headroom_bytes},
                   {"used", device.used},
                   {"n_layers", device.n_layers},
                   {"n_expert_layers", device.n_expert_layers},
                   {"parts", partsJson(device.parts)}});
}

Json layerJson(const LayerPlacement & layer) {
    return object({{"device", layer.device},
                   {"expert_device", layer.expert_device},
                   {"weight_bytes", layer.weight_bytes},
                   {"expert_bytes", layer.expert_bytes},
                   {"cache_bytes", layer.cache_bytes}});
}

Json reasonJson(const Reason & reason) {
    return object({{"step", reason.step}, {"passed", reason.passed}, {"text", reason.text}, {"source", reason.source}});
}

Json alternativeJson(const Alternative & alternative) {
    return object({{"name", alternative.name},
                   {"label", alternative.label},
                   {"strategy", strategyName(alternative.strategy)},
                   {"recommended", alternative.recommended},
                   {"verdict", verdictName(alternative.verdict)},
                   {"n_ctx", alternative.n_ctx},
                   {"splits_decode", alternative.splits_decode},
                   {"decode_tokens_per_second", roundedSpeed(alternative.decode_tokens_per_second)},
                   {"headroom_bytes", alternative.headroom_bytes},
                   {"note", alternative.note},
                   {"arguments", alternative.arguments}});
}

Json contextJson(const LargestContext & context) {
    return object({{"name", context.name},
                   {"label", context.label},
                   {"type_k", traitsOf(context.type_k).name},
                   {"type_v", traitsOf(context.type_v).name},
                   {"n_ctx", context.n_ctx},
                   {"trained", context.trained}});
}

Json remedyJson(const Remedy & remedy) {
    return object({{"name", remedy.name}, {"change", remedy.change}, {"text", remedy.text}});
}

Json pointJson(const ContextPoint & point) {
    return object({{"n_ctx", point.n_ctx},
                   {"strategy", strategyName(point.strategy)},
                   {"verdict", verdictName(point.verdict)},
                   {"used_bytes", point.used_bytes},
                   {"host_used_bytes", point.host_used_bytes},
                   {"headroom_bytes", point.headroom_bytes},
                   {"empty_tokens_per_second", roundedSpeed(point.empty_tokens_per_second)},
                   {"full_tokens_per_second", roundedSpeed(point.full_tokens_per_second)}});
}

/// The machine format that parseMachine reads.
Json machineJson(const Machine & machine) {
    const Json json = parseJson(writeMachine(machine));
    return json.is_discarded() ? Json::object() : json;
}

template <typename T, typename Write>
Json listOf(const std::vector<T> & values, Write write) {
    Json list = Json::array();
    for (const T & value : values) list.push_back(write(value));
    return list;
}

}  // namespace

std::string planJson(const Plan & plan) {
    Json json = object({{"strategy", strategyName(plan.strategy)},
                        {"verdict", verdictName(plan.verdict)},
                        {"summary", plan.summary},
                        {"limit", plan.limit},
                        {"n_ctx", plan.n_ctx},
                        {"bench", plan.bench},
                        {"id", plan.id},
                        {"model", toJson(plan.model)},
                        {"machine", machineJson(plan.machine)},
                        {"settings", settingsJson(plan.settings)},
                        {"placed", settingsJson(plan.placed)},
                        {"devices", listOf(plan.devices, deviceJson)},
                        {"host", deviceJson(plan.host)},
                        {"layers", listOf(plan.layers, layerJson)},
                        {"fit", fitJson(plan.fit)},
                        {"reasons", listOf(plan.reasons, reasonJson)},
                        {"alternatives", listOf(plan.alternatives, alternativeJson)},
                        {"contexts", listOf(plan.contexts, contextJson)},
                        {"remedies", object({{"goal", reachGoalName(plan.remedies.goal)},
                                             {"changes", listOf(plan.remedies.changes, remedyJson)}})},
                        {"approximate", plan.approximate},
                        {"approximate_because", plan.approximate_because},
                        {"entry", plan.entry},
                        {"bench_entry", plan.bench_entry},
                        {"preset", plan.preset},
                        {"arguments", plan.arguments},
                        {"warnings", toJson(plan.warnings)}});
    if (plan.graph.known()) json["graph"] = graphJson(plan.graph);
    if (plan.speed) json["speed"] = object({{"empty", toJson(plan.speed->empty)}, {"full", toJson(plan.speed->full)}});
    if (plan.curve) {
        json["curve"] =
            object({{"largest_n_ctx", plan.curve->largest_n_ctx}, {"points", listOf(plan.curve->points, pointJson)}});
    }
    if (plan.explanation) json["explanation"] = toJson(*plan.explanation);
    return writeJson(json);
}

}  // namespace ggufit
