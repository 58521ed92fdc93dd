// An estimate and an error as JSON.
#include <cmath>

#include "render/json.h"
#include "render/settings_json.h"

namespace ggufit {

namespace {

Json memoryJson(const DeviceEstimate & device, bool named) {
    Json parts = Json::array();
    for (const Part & part : device.parts) parts.push_back({{"name", part.name}, {"bytes", part.bytes}});
    Json json = Json::object();
    if (named) json["name"] = device.name;
    json["model_bytes"] = device.model_bytes;
    json["context_bytes"] = device.context_bytes;
    json["compute_bytes"] = device.compute_bytes;
    json["parts"] = std::move(parts);
    return json;
}

/// To a hundredth; four digits more where it is slower than that.
double rounded(double speed) { return speed < 0.1 ? std::round(speed * 1e6) / 1e6 : std::round(speed * 100) / 100; }

Json speedJson(const SpeedEstimate & speed) {
    Json parts = Json::array();
    for (const SpeedPart & part : speed.parts)
        parts.push_back({{"name", part.name}, {"seconds", std::round(part.seconds * 1e9) / 1e9}});
    return {{"fill_tokens", speed.fill_tokens},
            {"decode_tokens_per_second", rounded(speed.decode_tokens_per_second)},
            {"decode_low", rounded(speed.decode_low)},
            {"decode_high", rounded(speed.decode_high)},
            {"prompt_tokens_per_second", rounded(speed.prompt_tokens_per_second)},
            {"bound_by", speed.bound_by},
            {"assumed", speed.assumed},
            {"parts", std::move(parts)}};
}

}  // namespace

std::string estimateJson(const Estimate & estimate, const FitResult & fit, const SpeedEstimate * speed) {
    Json devices = Json::array();
    for (const DeviceEstimate & device : estimate.devices) devices.push_back(memoryJson(device, true));
    Json json = {{"n_ctx", estimate.context.n_ctx},
                 {"devices", std::move(devices)},
                 {"host", memoryJson(estimate.host, false)},
                 {"approximate", estimate.approximate},
                 {"approximate_because", estimate.approximate_because},
                 {"warnings", toJson(estimate.warnings)}};
    if (estimate.graph.known()) json["graph"] = graphJson(estimate.graph);
    if (speed != nullptr) json["speed"] = speedJson(*speed);
    if (estimate.explanation) json["explanation"] = toJson(*estimate.explanation);
    if (fit.status != FitStatus::off) json["fit"] = fitJson(fit);
    return writeJson(json);
}

std::string errorJson(const Error & error) {
    return writeJson({{"error",
                       {{"code", errorCodeName(error.code)},
                        {"where", error.where},
                        {"detail", error.detail},
                        {"needed_bytes", error.needed_bytes}}}});
}

}  // namespace ggufit
