// Arguments on the files that are loaded: the model, projectors, adapters.
#include "settings/option.h"

namespace ggufit {

namespace {

std::optional<Error> readModel(const OptionGiven & given) {
    given.out.model = std::string(given.value);
    return std::nullopt;
}

std::optional<Error> readModelUrl(const OptionGiven & given) {
    given.out.model_url = std::string(given.value);
    return std::nullopt;
}

std::optional<Error> readHfRepo(const OptionGiven & given) {
    given.out.hf_repo = std::string(given.value);
    return std::nullopt;
}

std::optional<Error> readHfFile(const OptionGiven & given) {
    given.out.hf_file = std::string(given.value);
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"--warmup", "--no-warmup", toggle},
    {"-mm --mmproj", "", text, "LLAMA_ARG_MMPROJ", keep_and_note, nullptr,
     "loads a projector whose memory is not in the plan", "leave the size of its file free with -fitt or reserved="},
    {"-mmu --mmproj-url", "", text, "LLAMA_ARG_MMPROJ_URL", keep_and_note, nullptr,
     "loads a projector whose memory is not in the plan", "leave the size of its file free with -fitt or reserved="},
    {"--mmproj-auto", "--no-mmproj --no-mmproj-auto", toggle, "LLAMA_ARG_MMPROJ_AUTO"},
    {"--mmproj-offload", "--no-mmproj-offload", toggle, "LLAMA_ARG_MMPROJ_OFFLOAD"},
    {"--image-min-tokens", "", integer, "LLAMA_ARG_IMAGE_MIN_TOKENS"},
    {"--image-max-tokens", "", integer, "LLAMA_ARG_IMAGE_MAX_TOKENS"},
    {"--mtmd-batch-max-tokens", "", integer, "LLAMA_ARG_MTMD_BATCH_MAX_TOKENS"},
    {"--check-tensors", "", flag},
    {"--override-kv", "", text, "", keep_and_note, nullptr, "changes metadata that the plan reads from the file",
     "check what the changed key does to the layers or the cache"},
    {"--lora", "", text, "", keep_and_note, nullptr, "loads an adapter whose memory is not in the plan",
     "leave the size of its file free with -fitt or reserved="},
    {"--lora-scaled", "", text, "", keep_and_note, nullptr, "loads an adapter whose memory is not in the plan",
     "leave the size of its file free with -fitt or reserved="},
    {"--control-vector", "", text, "", keep_and_note, nullptr, "loads vectors whose memory is not in the plan",
     "leave a few MiB free with -fitt"},
    {"--control-vector-scaled", "", text, "", keep_and_note, nullptr, "loads vectors whose memory is not in the plan",
     "leave a few MiB free with -fitt"},
    {"--control-vector-layer-range", "", two_texts},
    {"-m --model", "", text, "LLAMA_ARG_MODEL", setting, readModel},
    {"-mu --model-url", "", text, "LLAMA_ARG_MODEL_URL", setting, readModelUrl},
    {"-dr --docker-repo", "", text, "LLAMA_ARG_DOCKER_REPO", drop, nullptr,
     "names a model to download; the plan is for the file that you give", "put the downloaded file there with -m"},
    {"-hf -hfr --hf-repo", "", text, "LLAMA_ARG_HF_REPO", setting, readHfRepo},
    {"-hff --hf-file", "", text, "LLAMA_ARG_HF_FILE", setting, readHfFile},
    {"-hft --hf-token", "", text, "HF_TOKEN", drop, nullptr, "is a secret that a plan does not need", "leave it out"},
    {"--lora-init-without-apply", "", flag},
    {"--offline", "", flag, "LLAMA_ARG_OFFLINE"},
};

}  // namespace

std::span<const Option> modelOptions() { return kOptions; }

}  // namespace ggufit
