// Turns what a file says of sampling and thinking into llama-server's arguments.
#include "plan/words.h"

#include <algorithm>
#include <string_view>

namespace ggufit {

namespace {

bool isPlainValue(const std::string & value) {
    return !value.empty() && value.size() <= 32 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
               c == '+' || c == '_';
    });
}

}  // namespace

std::vector<std::string> samplingWords(const Card & card, const std::vector<std::string> & kept) {
    std::vector<std::string> words;
    for (const SamplingDefault & sampling : card.sampling) {
        if (sampling.argument.empty() || !isPlainValue(sampling.value)) continue;
        if (std::find(kept.begin(), kept.end(), sampling.argument) != kept.end()) continue;
        words.push_back(sampling.argument);
        words.push_back(sampling.value);
    }
    return words;
}

bool isSampler(const std::string & word) {
    // common/arg.cpp, the options that are marked as sampling.
    static constexpr std::string_view kSamplers[] = {
        "--samplers",
        "--seed",
        "--sampler-seq",
        "--sampling-seq",
        "--ignore-eos",
        "--temp",
        "--temperature",
        "--top-k",
        "--top-p",
        "--min-p",
        "--top-nsigma",
        "--top-n-sigma",
        "--xtc-probability",
        "--xtc-threshold",
        "--typical",
        "--typical-p",
        "--repeat-last-n",
        "--repeat-penalty",
        "--presence-penalty",
        "--frequency-penalty",
        "--dry-multiplier",
        "--dry-base",
        "--dry-allowed-length",
        "--dry-penalty-last-n",
        "--dry-sequence-breaker",
        "--adaptive-target",
        "--adaptive-decay",
        "--dynatemp-range",
        "--dynatemp-exp",
        "--mirostat",
        "--mirostat-lr",
        "--mirostat-ent",
        "--logit-bias",
        "--grammar",
        "--grammar-file",
        "--json-schema",
        "--json-schema-file",
        "-s",
        "-l",
        "-j",
        "-jf",
    };
    return std::find(std::begin(kSamplers), std::end(kSamplers), word) != std::end(kSamplers);
}

std::vector<std::string> withoutSamplers(const std::vector<std::string> & words) {
    std::vector<std::string> kept;
    for (size_t i = 0; i < words.size(); ++i) {
        if (!isSampler(words[i])) {
            kept.push_back(words[i]);
        } else if (words[i] != "--ignore-eos") {
            ++i;  // its value
        }
    }
    return kept;
}

std::vector<std::string> benchWords(const Card & card) {
    if (!card.thinking.value_or(false)) return {};
    return {"--reasoning-format", "none"};
}

}  // namespace ggufit
