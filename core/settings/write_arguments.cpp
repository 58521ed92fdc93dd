// Settings → the arguments that say them.
#include "base/values.h"
#include "settings/arguments.h"
#include "settings/overrides.h"

namespace ggufit {

namespace {

using List = std::vector<std::string>;

template <typename Values, typename Write>
std::string joined(const Values & values, Write write) {
    std::string out;
    for (const auto & value : values) {
        if (!out.empty()) out += ',';
        out += write(value);
    }
    return out;
}

void writeContext(const Settings & settings, List & words) {
    // -c 0 also says kFitCtxFull, so it stands before the size where that is given as well
    if (settings.fit_ctx == kFitCtxFull) words.insert(words.end(), {"-c", "0"});
    if (settings.n_ctx != 0) words.insert(words.end(), {"-c", std::to_string(settings.n_ctx)});
}

void writePlacement(const Settings & settings, const Settings & defaults, List & words) {
    if (settings.n_gpu_layers != defaults.n_gpu_layers) {
        const bool all = settings.n_gpu_layers == kGpuLayersAll;
        words.insert(words.end(), {"-ngl", all ? "all" : std::to_string(settings.n_gpu_layers)});
    }
    if (settings.split_mode != defaults.split_mode) {
        const char * mode = settings.split_mode == SplitMode::none  ? "none"
                            : settings.split_mode == SplitMode::row ? "row"
                                                                    : "tensor";
        words.insert(words.end(), {"-sm", mode});
    }
    if (settings.main_gpu != defaults.main_gpu) words.insert(words.end(), {"-mg", std::to_string(settings.main_gpu)});
    if (!settings.tensor_split.empty()) words.insert(words.end(), {"-ts", joined(settings.tensor_split, writeDecimal)});
    writeOverrides(settings.override_tensors, words);
    if (!settings.devices.empty()) {
        words.insert(words.end(), {"-dev", joined(settings.devices, [](const std::string & name) { return name; })});
    }
}

std::string cacheTypeName(GgmlType type) {
    switch (type) {
        case GgmlType::f32: return "f32";
        case GgmlType::bf16: return "bf16";
        case GgmlType::q8_0: return "q8_0";
        case GgmlType::q4_0: return "q4_0";
        case GgmlType::q4_1: return "q4_1";
        case GgmlType::iq4_nl: return "iq4_nl";
        case GgmlType::q5_0: return "q5_0";
        case GgmlType::q5_1: return "q5_1";
        default: return "f16";
    }
}

void writeCache(const Settings & settings, const Settings & defaults, List & words) {
    if (settings.type_k != defaults.type_k) words.insert(words.end(), {"-ctk", cacheTypeName(settings.type_k)});
    if (settings.type_v != defaults.type_v) words.insert(words.end(), {"-ctv", cacheTypeName(settings.type_v)});
    if (settings.flash_attn != defaults.flash_attn) {
        words.insert(words.end(), {"-fa", settings.flash_attn == FlashAttention::on ? "on" : "off"});
    }
    if (settings.n_batch != defaults.n_batch) words.insert(words.end(), {"-b", std::to_string(settings.n_batch)});
    if (settings.n_ubatch != defaults.n_ubatch) words.insert(words.end(), {"-ub", std::to_string(settings.n_ubatch)});
    if (settings.n_parallel != defaults.n_parallel) {
        words.insert(words.end(), {"-np", std::to_string(settings.n_parallel)});
    }
    if (settings.kv_unified) words.emplace_back("-kvu");
    if (!settings.kv_offload) words.emplace_back("-nkvo");
    if (settings.swa_full) words.emplace_back("--swa-full");
}

void writeLoading(const Settings & settings, List & words) {
    if (!settings.op_offload) words.emplace_back("--no-op-offload");
    if (!settings.repack) words.emplace_back("--no-repack");
    if (settings.no_host) words.emplace_back("--no-host");
    if (settings.direct_io) {
        words.insert(words.end(), {"--load-mode", "dio"});
    } else if (settings.mmap && settings.mlock) {
        words.insert(words.end(), {"--load-mode", "mmap+mlock"});
    } else if (!settings.mmap) {
        words.emplace_back(settings.mlock ? "--mlock" : "--no-mmap");
    }
}

void writeFit(const Settings & settings, const Settings & defaults, List & words) {
    if (!settings.fit) words.insert(words.end(), {"-fit", "off"});
    if (!settings.fit_target_mib.empty()) {
        const auto text = joined(settings.fit_target_mib, [](uint64_t mib) { return std::to_string(mib); });
        words.insert(words.end(), {"-fitt", text});
    }
    if (settings.fit_ctx != defaults.fit_ctx && settings.fit_ctx != kFitCtxFull) {
        words.insert(words.end(), {"-fitc", std::to_string(settings.fit_ctx)});
    }
}

}  // namespace

std::vector<std::string> writeArguments(const Settings & settings) {
    const Settings defaults;
    List words;
    writeContext(settings, words);
    writePlacement(settings, defaults, words);
    writeCache(settings, defaults, words);
    writeLoading(settings, words);
    writeFit(settings, defaults, words);
    if (settings.embeddings) words.emplace_back("--embeddings");
    if (settings.pooling) words.insert(words.end(), {"--pooling", *settings.pooling});
    if (settings.load_mtp) words.insert(words.end(), {"--spec-type", "draft-mtp"});
    if (settings.n_threads != defaults.n_threads) words.insert(words.end(), {"-t", std::to_string(settings.n_threads)});
    return words;
}

}  // namespace ggufit
