// Tensor overrides as a file of parameters and as JSON.
#include "base/json.h"
#include "base/phrase.h"
#include "render/overrides.h"
#include "render/settings_json.h"
#include "render/shell_words.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

Json deviceJson(const OverrideDevice & device) {
    return object({{"name", device.name},
                   {"description", device.description},
                   {"n_tensors", device.n_tensors},
                   {"n_layers", device.n_layers},
                   {"model_bytes", device.model_bytes},
                   {"context_bytes", device.context_bytes},
                   {"compute_bytes", device.compute_bytes},
                   {"used_bytes", device.used_bytes()},
                   {"budget_bytes", device.budget_bytes},
                   {"headroom_bytes", device.headroom_bytes},
                   {"utilisation", device.utilisation}});
}

Json ruleJson(const OverrideRule & rule, const std::string & why) {
    return object({{"pattern", rule.rule.pattern},
                   {"buffer", rule.rule.buffer},
                   {"n_tensors", rule.tensors.size()},
                   {"bytes", rule.bytes},
                   {"moves", rule.moves},
                   {"why", why}});
}

Json tensorJson(const AnalysedTensor & analysed, const OverridePlan & plan, const Model & model) {
    const Tensor & tensor = model.file.tensors[analysed.tensor];
    const TensorRole & role = model.roles[analysed.tensor];
    Json json =
        object({{"name", tensor.name}, {"type", traitsOf(tensor.type).name}, {"role", weightPartName(role.part)}});
    json["layer"] = role.block >= 0 ? Json(role.block) : Json(nullptr);
    json["bytes"] = analysed.bytes;
    if (!analysed.loaded) {
        json["device"] = nullptr;
    } else {
        json["device"] =
            analysed.device == kHost ? std::string("CPU") : plan.devices[static_cast<size_t>(analysed.device)].name;
    }
    json["override"] = analysed.rule >= 0 ? Json(analysed.rule) : Json(nullptr);
    json["copy"] = analysed.copy;
    json["why"] = analysed.why;
    return json;
}

}  // namespace

std::string overrideParams(const OverridePlan & plan) {
    std::string text;
    for (const OverrideRule & rule : plan.rules) {
        text += phrase("-ot {}\n", shellWord(phrase("{}={}", rule.rule.pattern, rule.rule.buffer)));
    }
    return text;
}

std::string overridesJson(const OverridePlan & plan, const Model & model) {
    Json rules = Json::array(), devices = Json::array(), tensors = Json::array();
    for (size_t i = 0; i < plan.rules.size(); ++i) rules.push_back(ruleJson(plan.rules[i], plan.rule_whys[i]));
    for (const OverrideDevice & device : plan.devices) devices.push_back(deviceJson(device));
    for (const AnalysedTensor & tensor : plan.tensors) tensors.push_back(tensorJson(tensor, plan, model));
    Json json = object({{"model", plan.model_name},
                        {"architecture", plan.architecture},
                        {"n_tensors", model.file.tensors.size()},
                        {"n_ctx", plan.n_ctx},
                        {"strategy", strategyName(plan.strategy)},
                        {"verdict", verdictName(plan.verdict)},
                        {"summary", plan.summary},
                        {"arguments", plan.arguments},
                        {"overrides", std::move(rules)},
                        {"devices", std::move(devices)},
                        {"host", deviceJson(plan.host)},
                        {"tensors", std::move(tensors)},
                        {"approximate", plan.approximate},
                        {"approximate_because", plan.approximate_because},
                        {"notes", plan.notes},
                        {"warnings", toJson(plan.warnings)}});
    if (plan.graph.known()) json["graph"] = graphJson(plan.graph);
    return writeJson(json);
}

}  // namespace ggufit
