// Arguments on speculative decoding.
#include "base/values.h"
#include "settings/option.h"

namespace ggufit {

namespace {

/// The types of --spec-type (common/speculative.cpp), and whether each needs a draft model of its own.
struct SpeculativeType {
    std::string_view name;
    bool own_model;
};
constexpr SpeculativeType kTypes[] = {
    {"none", false},          {"draft-simple", true}, {"draft-eagle3", true},  {"draft-mtp", false},
    {"draft-dflash", true},   {"draft-dspark", true}, {"ngram-simple", false}, {"ngram-map-k", false},
    {"ngram-map-k4v", false}, {"ngram-mod", false},   {"ngram-cache", false},
};

const SpeculativeType * findType(std::string_view name) {
    for (const auto & type : kTypes) {
        if (type.name == name) return &type;
    }
    return nullptr;
}

/// Reads a list of types; "none" among them undoes the list, and what was given before stays.
std::optional<Error> readSpeculativeTypes(const OptionGiven & given) {
    bool mtp = false;
    std::string kept;
    for (const auto name : splitAt(given.value, ',')) {
        const auto * type = findType(name);
        if (type == nullptr) return usageError(given.name, quotedText(name) + " is no type of speculative decoding");
        if (name == "none") return std::nullopt;
        if (name == "draft-mtp") {
            mtp = true;
            continue;
        }
        if (!kept.empty()) kept += ',';
        kept += name;
    }
    if (mtp) {
        given.out.settings.load_mtp = true;
        given.out.warnings.push_back(
            {"draft-mtp keeps a cache of its own, which is not in the plan", "leave some hundred MiB free with -fitt"});
    }
    if (!kept.empty()) given.out.kept.insert(given.out.kept.end(), {"--spec-type", kept});
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"-lcs --lookup-cache-static", "", text},
    {"-lcd --lookup-cache-dynamic", "", text},
    {"--spec-draft-hf -hfd -hfrd --hf-repo-draft", "", text, "LLAMA_ARG_SPEC_DRAFT_HF_REPO", keep_and_note, nullptr,
     "loads a draft model whose memory is not in the plan",
     "plan the draft model on its own and leave that much free with -fitt or reserved="},
    {"--spec-draft-threads -td --threads-draft", "", integer},
    {"--spec-draft-threads-batch -tbd --threads-batch-draft", "", integer},
    {"--spec-draft-cpu-mask -Cd --cpu-mask-draft", "", text},
    {"--spec-draft-cpu-range -Crd --cpu-range-draft", "", text},
    {"--spec-draft-cpu-strict --cpu-strict-draft", "", integer},
    {"--spec-draft-prio --prio-draft", "", integer},
    {"--spec-draft-poll --poll-draft", "", integer},
    {"--spec-draft-cpu-mask-batch -Cbd --cpu-mask-batch-draft", "", text},
    {"--spec-draft-cpu-strict-batch --cpu-strict-batch-draft", "", integer},
    {"--spec-draft-prio-batch --prio-batch-draft", "", integer},
    {"--spec-draft-poll-batch --poll-batch-draft", "", integer},
    {"--spec-draft-type-k -ctkd --cache-type-k-draft", "", text, "LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_K"},
    {"--spec-draft-type-v -ctvd --cache-type-v-draft", "", text, "LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_V"},
    {"--spec-draft-override-tensor -otd --override-tensor-draft", "", text},
    {"--spec-draft-cpu-moe -cmoed --cpu-moe-draft", "", flag, "LLAMA_ARG_SPEC_DRAFT_CPU_MOE"},
    {"--spec-draft-n-cpu-moe --spec-draft-ncmoe -ncmoed --n-cpu-moe-draft", "", integer,
     "LLAMA_ARG_SPEC_DRAFT_N_CPU_MOE"},
    {"--spec-draft-n-max", "", integer, "LLAMA_ARG_SPEC_DRAFT_N_MAX"},
    {"--spec-draft-n-min", "", integer, "LLAMA_ARG_SPEC_DRAFT_N_MIN"},
    {"--spec-draft-p-split --draft-p-split", "", text, "LLAMA_ARG_SPEC_DRAFT_P_SPLIT"},
    {"--spec-draft-p-min --draft-p-min", "", text, "LLAMA_ARG_SPEC_DRAFT_P_MIN"},
    {"--spec-draft-backend-sampling", "--no-spec-draft-backend-sampling", toggle,
     "LLAMA_ARG_SPEC_DRAFT_BACKEND_SAMPLING"},
    {"--spec-draft-device -devd --device-draft", "", text},
    {"--spec-draft-ngl -ngld --gpu-layers-draft --n-gpu-layers-draft", "", text, "LLAMA_ARG_N_GPU_LAYERS_DRAFT"},
    {"--spec-draft-model -md --model-draft", "", text, "LLAMA_ARG_SPEC_DRAFT_MODEL", keep_and_note, nullptr,
     "loads a draft model whose memory is not in the plan",
     "plan the draft model on its own and leave that much free with -fitt or reserved="},
    {"--spec-type", "", text, "LLAMA_ARG_SPEC_TYPE", setting, readSpeculativeTypes},
    {"--spec-ngram-mod-n-min", "", integer},
    {"--spec-ngram-mod-n-max", "", integer},
    {"--spec-ngram-mod-n-match", "", integer},
    {"--spec-ngram-simple-size-n", "", integer},
    {"--spec-ngram-simple-size-m", "", integer},
    {"--spec-ngram-simple-min-hits", "", integer},
    {"--spec-ngram-map-k-size-n", "", integer},
    {"--spec-ngram-map-k-size-m", "", integer},
    {"--spec-ngram-map-k-min-hits", "", integer},
    {"--spec-ngram-map-k4v-size-n", "", integer},
    {"--spec-ngram-map-k4v-size-m", "", integer},
    {"--spec-ngram-map-k4v-min-hits", "", integer},
    {"--draft --draft-n --draft-max", "", integer, "LLAMA_ARG_DRAFT_MAX", drop, nullptr,
     "was removed from llama-server", "use --spec-draft-n-max or --spec-ngram-mod-n-max"},
    {"--draft-min --draft-n-min", "", integer, "LLAMA_ARG_DRAFT_MIN", drop, nullptr, "was removed from llama-server",
     "use --spec-draft-n-min or --spec-ngram-mod-n-min"},
    {"--spec-ngram-size-n", "", integer, "", drop, nullptr, "was removed from llama-server",
     "use --spec-ngram-simple-size-n, --spec-ngram-map-k-size-n or --spec-ngram-mod-n-match"},
    {"--spec-ngram-size-m", "", integer, "", drop, nullptr, "was removed from llama-server",
     "use --spec-ngram-simple-size-m or --spec-ngram-map-k-size-m"},
    {"--spec-ngram-min-hits", "", integer, "", drop, nullptr, "was removed from llama-server",
     "use --spec-ngram-simple-min-hits or --spec-ngram-map-k-min-hits"},
    {"--spec-default", "", flag},
};

}  // namespace

std::span<const Option> speculativeOptions() { return kOptions; }

}  // namespace ggufit
