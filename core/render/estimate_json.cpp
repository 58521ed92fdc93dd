// An estimate and an error as JSON.
#include "base/json.h"
#include "render/json.h"
#include "render/settings_json.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json memoryJson(const DeviceEstimate & device, bool named) {
    Json parts = Json::array();
    for (const Part & part : device.parts) parts.push_back(object({{"name", part.name}, {"bytes", part.bytes}}));
    Json json = Json::object();
    if (named) json["name"] = device.name;
    json["model_bytes"] = device.model_bytes;
    json["context_bytes"] = device.context_bytes;
    json["compute_bytes"] = device.compute_bytes;
    json["parts"] = std::move(parts);
    return json;
}

}  // namespace

std::string estimateJson(const Estimate & estimate, const FitResult & fit, const SpeedEstimate * speed) {
    Json devices = Json::array();
    for (const DeviceEstimate & device : estimate.devices) devices.push_back(memoryJson(device, true));
    Json json = object({{"n_ctx", estimate.context.n_ctx},
                        {"devices", std::move(devices)},
                        {"host", memoryJson(estimate.host, false)},
                        {"approximate", estimate.approximate},
                        {"approximate_because", estimate.approximate_because},
                        {"warnings", toJson(estimate.warnings)}});
    if (estimate.graph.known()) json["graph"] = graphJson(estimate.graph);
    if (speed != nullptr) json["speed"] = toJson(*speed);
    if (estimate.explanation) json["explanation"] = toJson(*estimate.explanation);
    if (fit.status != FitStatus::off) json["fit"] = fitJson(fit);
    return writeJson(json);
}

std::string errorJson(const Error & error) {
    return writeJson(object({{"error", object({{"code", errorCodeName(error.code)},
                                               {"where", error.where},
                                               {"detail", error.detail},
                                               {"needed_bytes", error.needed_bytes}})}}));
}

}  // namespace ggufit
