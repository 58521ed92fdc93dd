// Arguments on sampling, which change neither memory nor placement.
#include "settings/option.h"

namespace ggufit {

namespace {

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"--samplers", "", text},
    {"-s --seed", "", text},
    {"--sampler-seq --sampling-seq", "", text},
    {"--ignore-eos", "", flag},
    {"--temp --temperature", "", text},
    {"--top-k", "", integer, "LLAMA_ARG_TOP_K"},
    {"--top-p", "", text},
    {"--min-p", "", text},
    {"--top-nsigma --top-n-sigma", "", text},
    {"--xtc-probability", "", text},
    {"--xtc-threshold", "", text},
    {"--typical --typical-p", "", text},
    {"--repeat-last-n", "", integer},
    {"--repeat-penalty", "", text},
    {"--presence-penalty", "", text},
    {"--frequency-penalty", "", text},
    {"--dry-multiplier", "", text},
    {"--dry-base", "", text},
    {"--dry-allowed-length", "", integer},
    {"--dry-penalty-last-n", "", integer},
    {"--dry-sequence-breaker", "", text},
    {"--adaptive-target", "", text},
    {"--adaptive-decay", "", text},
    {"--dynatemp-range", "", text},
    {"--dynatemp-exp", "", text},
    {"--mirostat", "", integer},
    {"--mirostat-lr", "", text},
    {"--mirostat-ent", "", text},
    {"-l --logit-bias", "", text},
    {"--grammar", "", text},
    {"--grammar-file", "", text},
    {"-j --json-schema", "", text},
    {"-jf --json-schema-file", "", text},
    {"-bs --backend-sampling", "", flag, "LLAMA_ARG_BACKEND_SAMPLING", keep_and_note, nullptr,
     "puts samplers on the devices, whose memory is not in the plan", "leave some memory free with -fitt"},
};

}  // namespace

std::span<const Option> samplingOptions() { return kOptions; }

}  // namespace ggufit
