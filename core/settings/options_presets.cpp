// Arguments that set several others at once, for models that llama-server downloads.
#include "settings/option.h"

namespace ggufit {

namespace {

/// The settings alone: the model that a preset names is downloaded by llama-server, and the plan has its own.
void warnOfModel(const OptionGiven & given, bool with_draft = false) {
    std::string text = std::string(given.name) + " names a model to download; the plan is for the file that you give";
    if (with_draft) text += ", without the draft model";
    given.out.warnings.push_back({text, "write the arguments that the preset stands for"});
}

std::optional<Error> embeddingGemma(const OptionGiven & given) {
    auto & settings = given.out.settings;
    settings.n_ubatch = settings.n_batch = 2048;
    settings.n_parallel = 32;
    settings.n_ctx = 2048 * 32;
    settings.embeddings = true;
    warnOfModel(given);
    return std::nullopt;
}

void fillInMiddleSettings(Settings & settings) {
    settings.n_ubatch = settings.n_batch = 1024;
    settings.n_ctx = 0;
}

std::optional<Error> fillInMiddle(const OptionGiven & given) {
    fillInMiddleSettings(given.out.settings);
    warnOfModel(given);
    return std::nullopt;
}

std::optional<Error> fillInMiddleWithDraft(const OptionGiven & given) {
    fillInMiddleSettings(given.out.settings);
    warnOfModel(given, true);
    return std::nullopt;
}

std::optional<Error> gptOss(const OptionGiven & given) {
    auto & settings = given.out.settings;
    settings.n_ubatch = 2048;
    settings.n_batch = 32768;
    settings.n_parallel = 2;
    settings.n_ctx = 131072 * 2;
    warnOfModel(given);
    return std::nullopt;
}

std::optional<Error> visionGemma(const OptionGiven & given) {
    given.out.settings.n_ctx = 0;
    warnOfModel(given);
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"--embd-gemma-default", "", flag, "", setting, embeddingGemma},
    {"--fim-qwen-1.5b-default", "", flag, "", setting, fillInMiddle},
    {"--fim-qwen-3b-default", "", flag, "", setting, fillInMiddle},
    {"--fim-qwen-7b-default", "", flag, "", setting, fillInMiddle},
    {"--fim-qwen-7b-spec", "", flag, "", setting, fillInMiddleWithDraft},
    {"--fim-qwen-14b-spec", "", flag, "", setting, fillInMiddleWithDraft},
    {"--fim-qwen-30b-default", "", flag, "", setting, fillInMiddle},
    {"--gpt-oss-20b-default", "", flag, "", setting, gptOss},
    {"--gpt-oss-120b-default", "", flag, "", setting, gptOss},
    {"--vision-gemma-4b-default", "", flag, "", setting, visionGemma},
    {"--vision-gemma-12b-default", "", flag, "", setting, visionGemma},
};

}  // namespace

std::span<const Option> presetOptions() { return kOptions; }

}  // namespace ggufit
