// Puts EXTRA_ARGS together in the order of the convention: --jinja -np N, samplers, placement, the rest.
#include "profile/extra_args.h"

#include <algorithm>

#include "plan/words.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

using Words = std::vector<std::string>;

void append(Words & words, const Words & more) { words.insert(words.end(), more.begin(), more.end()); }

const char * flashName(FlashAttention mode) {
    switch (mode) {
        case FlashAttention::automatic: return "auto";
        case FlashAttention::on: return "on";
        case FlashAttention::off: return "off";
    }
    return "auto";
}

/// What the wrapper sets to something else than llama-server does, so that writeArguments can't tell.
void addWrapperDifferences(Words & words, const Settings & settings, const Settings & wrapper) {
    if (settings.type_k != wrapper.type_k) append(words, {"-ctk", std::string(traitsOf(settings.type_k).name)});
    if (settings.type_v != wrapper.type_v) append(words, {"-ctv", std::string(traitsOf(settings.type_v).name)});
    if (settings.flash_attn != wrapper.flash_attn) append(words, {"-fa", flashName(settings.flash_attn)});
}

/// The settings without what has a key of its own or is written already.
Settings remainder(Settings settings, bool split_written, bool batch_written) {
    const Settings defaults;
    settings.n_ctx = 0;
    settings.fit_ctx = settings.fit_ctx == kFitCtxFull ? defaults.fit_ctx : settings.fit_ctx;
    settings.n_parallel = defaults.n_parallel;
    settings.type_k = defaults.type_k;
    settings.type_v = defaults.type_v;
    settings.flash_attn = defaults.flash_attn;
    settings.n_gpu_layers = defaults.n_gpu_layers;
    settings.fit = defaults.fit;
    settings.fit_target_mib.clear();
    if (split_written) {
        settings.split_mode = defaults.split_mode;
        settings.main_gpu = defaults.main_gpu;
    }
    if (batch_written) {
        settings.n_batch = defaults.n_batch;
        settings.n_ubatch = defaults.n_ubatch;
    }
    return settings;
}

bool isFlag(const std::string & word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

/// Moves arguments that hold an unsafe word to `refused`, each with its values.
void dropUnsafe(const Words & words, ExtraArgs & out) {
    for (size_t i = 0; i < words.size();) {
        size_t end = i + 1;
        while (end < words.size() && !isFlag(words[end])) ++end;
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
        const auto last = words.begin() + static_cast<std::ptrdiff_t>(end);
        if (std::all_of(first, last, isSafeWord)) {
            out.words.insert(out.words.end(), first, last);
        } else {
            std::string text;
            for (auto word = first; word != last; ++word) text += (text.empty() ? "" : " ") + *word;
            out.refused.push_back(std::move(text));
        }
        i = end;
    }
}

}  // namespace

bool isSafeWord(const std::string & word) {
    if (word.empty() || word.front() == '#' || word.front() == '~') return false;
    return std::all_of(word.begin(), word.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7F && std::string("*?`$\"'&;<>!").find(c) == std::string::npos;
    });
}

ExtraArgs extraArgs(const Plan & plan, const PlanRequest & request) {
    const Settings & settings = plan.settings;
    const Settings wrapper = wrapperDefaults();
    const Words kept = request.bench ? withoutSamplers(request.kept_arguments) : request.kept_arguments;
    const bool jinja_given = std::any_of(
        kept.begin(), kept.end(), [](const std::string & word) { return word == "--jinja" || word == "--no-jinja"; });
    Words words;
    if (!jinja_given) words.push_back("--jinja");
    if (settings.n_parallel > 0) append(words, {"-np", std::to_string(settings.n_parallel)});
    if (request.bench)
        append(words, {"-b", std::to_string(settings.n_batch), "-ub", std::to_string(settings.n_ubatch)});
    append(words, request.bench ? benchWords(plan.model) : samplingWords(plan.model, kept));
    append(words, kept);
    const bool alone = plan.strategy == Strategy::single_gpu;
    if (alone) append(words, {"--split-mode", "none", "--main-gpu", std::to_string(settings.main_gpu)});
    addWrapperDifferences(words, settings, wrapper);
    append(words, writeArguments(remainder(settings, alone, request.bench)));
    ExtraArgs out;
    dropUnsafe(words, out);
    return out;
}

}  // namespace ggufit
