// Settings, what --fit made of them and the figures of the graph as JSON.
#include "render/settings_json.h"

#include "base/json.h"
#include "base/phrase.h"

namespace ggufit {

namespace {

const char * nameOf(FlashAttention mode) {
    switch (mode) {
        case FlashAttention::automatic: return "auto";
        case FlashAttention::on: return "on";
        case FlashAttention::off: return "off";
    }
    return "auto";
}

const char * nameOf(SplitMode mode) {
    switch (mode) {
        case SplitMode::none: return "none";
        case SplitMode::layer: return "layer";
        case SplitMode::row: return "row";
        case SplitMode::tensor: return "tensor";
    }
    return "layer";
}

Json overridesJson(const std::vector<TensorOverride> & overrides) {
    Json list = Json::array();
    for (const TensorOverride & one : overrides) list.push_back(phrase("{}={}", one.pattern, one.buffer));
    return list;
}

}  // namespace

Json settingsJson(const Settings & settings) {
    Json json = object({{"n_ctx", settings.n_ctx},
                        {"n_batch", settings.n_batch},
                        {"n_ubatch", settings.n_ubatch},
                        {"n_parallel", settings.n_parallel},
                        {"kv_unified", settings.kv_unified},
                        {"type_k", traitsOf(settings.type_k).name},
                        {"type_v", traitsOf(settings.type_v).name},
                        {"flash_attn", nameOf(settings.flash_attn)},
                        {"n_gpu_layers", settings.n_gpu_layers},
                        {"split_mode", nameOf(settings.split_mode)},
                        {"main_gpu", settings.main_gpu},
                        {"tensor_split", settings.tensor_split},
                        {"override_tensors", overridesJson(settings.override_tensors)},
                        {"devices", settings.devices},
                        {"kv_offload", settings.kv_offload},
                        {"op_offload", settings.op_offload},
                        {"swa_full", settings.swa_full},
                        {"repack", settings.repack},
                        {"no_host", settings.no_host},
                        {"mmap", settings.mmap},
                        {"mlock", settings.mlock},
                        {"direct_io", settings.direct_io},
                        {"fit", settings.fit},
                        {"fit_target_mib", settings.fit_target_mib},
                        {"fit_ctx", settings.fit_ctx},
                        {"embeddings", settings.embeddings},
                        {"load_mtp", settings.load_mtp},
                        {"n_threads", settings.n_threads},
                        {"outputs", settings.outputs == Outputs::all ? "all" : "server"}});
    if (!settings.llama_cpp.newest()) json["llama_cpp"] = versionText(settings.llama_cpp);
    json["pooling"] = settings.pooling ? Json(*settings.pooling) : Json(nullptr);
    return json;
}

Json graphJson(const GraphFigures & graph) {
    return object({{"nodes_prompt", graph.nodes_prompt},
                   {"nodes_decode", graph.nodes_decode},
                   {"splits_prompt", graph.splits_prompt},
                   {"splits_decode", graph.splits_decode},
                   {"pipeline", graph.pipeline}});
}

Json fitJson(const FitResult & fit) {
    return object({{"status", fitStatusName(fit.status)},
                   {"reason", fit.reason},
                   {"n_ctx", fit.n_ctx},
                   {"n_gpu_layers", fit.n_gpu_layers},
                   {"tensor_split", fit.tensor_split},
                   {"override_tensors", overridesJson(fit.override_tensors)},
                   {"trace", fit.trace}});
}

}  // namespace ggufit
