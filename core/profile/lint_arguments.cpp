// The linter on arguments: placement by hand against --fit, batch sizes, what llama-server does not take.
#include <algorithm>

#include "base/phrase.h"
#include "profile/conf_settings.h"
#include "profile/lint_parts.h"

namespace ggufit {

namespace {

constexpr uint32_t kUsualMicroBatch = 512;
constexpr const char * kLetFit =
    "Take it out: with N_GPU_LAYERS and FIT left at auto and on, --fit places layers and experts by what is free.";

struct Entry {
    ConfFindings & findings;
    const ConfSection & section;
    const Settings & settings;
    std::vector<std::string> words;  // of EXTRA_ARGS

    [[nodiscard]] bool says(std::initializer_list<std::string_view> names) const {
        return std::any_of(words.begin(), words.end(), [&](const std::string & word) {
            const std::string_view name = std::string_view(word).substr(0, word.find('='));
            return std::find(names.begin(), names.end(), name) != names.end();
        });
    }
    [[nodiscard]] size_t lineOf(std::string_view key) const { return keyLineOf(findings.conf(), section, key); }
    void add(const ConfRule & rule, size_t line, std::string text) const {
        findings.add(rule, line, section.id, std::move(text));
    }
};

bool isSystemMemory(const TensorOverride & rule) { return rule.buffer.starts_with("CPU"); }

bool movesExperts(const TensorOverride & rule) {
    return isSystemMemory(rule) && rule.pattern.find("exps") != std::string::npos;
}

std::string layersText(const Entry & entry) {
    const bool argument = entry.says({"-ngl", "--gpu-layers", "--n-gpu-layers"});
    const std::string value =
        entry.settings.n_gpu_layers == kGpuLayersAll ? std::string("all") : std::to_string(entry.settings.n_gpu_layers);
    return (argument ? "-ngl " : "N_GPU_LAYERS=") + value;
}

void lintLayers(const Entry & entry) {
    if (!entry.settings.fit || !entry.settings.given_n_gpu_layers) return;
    const bool argument = entry.says({"-ngl", "--gpu-layers", "--n-gpu-layers"});
    entry.add({"layers_with_fit",
               "--fit only places layers where their number is auto. With a number given it gives up, and the model is "
               "loaded as it stands, whether it fits or not.",
               argument ? "Take -ngl out of EXTRA_ARGS." : "Take N_GPU_LAYERS out: auto is the default.",
               "llama.cpp, common/fit.cpp: n_gpu_layers already set by user"},
              entry.lineOf(argument ? "EXTRA_ARGS" : "N_GPU_LAYERS"), layersText(entry) + " while --fit is on");
}

void lintFit(const Entry & entry, bool by_hand, bool said) {
    const Settings & settings = entry.settings;
    if (settings.fit) {
        const bool overrides = !settings.override_tensors.empty();
        if (!overrides && settings.tensor_split.empty()) return;
        entry.add(
            {"placement_with_fit",
             "Where the model does not fit as it is, --fit gives up on such arguments, and the model is loaded as it "
             "stands.",
             kLetFit, "llama.cpp, common/fit.cpp: already set by user"},
            entry.lineOf("EXTRA_ARGS"), std::string(overrides ? "-ot, -cmoe or -ncmoe" : "-ts") + " while --fit is on");
        return;
    }
    if (by_hand && said) return;
    const bool argument = entry.says({"-fit", "--fit"});
    const size_t line = entry.lineOf(argument ? "EXTRA_ARGS" : "FIT");
    const std::string text = argument ? "-fit off" : "FIT=off";
    if (by_hand) {
        entry.add(
            {"fit_off",
             "A placement by hand holds for one machine, one context and one build; --fit finds it anew at each "
             "start, experts included.",
             "Take it out, with the placement. Where the placement is meant, say in a comment that it switches --fit "
             "off.",
             kConventionSource},
            line, text + " with a placement by hand");
        return;
    }
    entry.add(
        {"fit_off",
         "Nothing in the entry places layers by hand, so nothing needs it. Without --fit a model that does not fit "
         "fails, where it would have been placed; a model that fits is left as it is either way.",
         "Take it out: on is the default.", kFitSource},
        line, text + " without need");
}

void lintOverrides(const Entry & entry, bool said) {
    if (said) return;
    std::string devices;
    for (const TensorOverride & rule : entry.settings.override_tensors) {
        if (isSystemMemory(rule) || (phrase(", {},", devices)).find(phrase(", {},", rule.buffer)) != std::string::npos)
            continue;
        devices += (devices.empty() ? "" : ", ") + rule.buffer;
    }
    if (devices.empty()) return;
    entry.add(
        {"override_to_gpu",
         "It is the old way to fill several GPUs: --fit does it by what is free at each start. Such patterns send "
         "experts and attention alike, break with the next context or quantization, and switch --fit off.",
         kLetFit, kConventionSource},
        entry.lineOf("EXTRA_ARGS"), "-ot puts tensors on " + shownText(devices));
}

void lintBatches(const Entry & entry) {
    const Settings & settings = entry.settings;
    if (!entry.says({"-b", "--batch-size"}) || !entry.says({"-ub", "--ubatch-size"})) return;
    if (settings.n_batch != settings.n_ubatch) return;
    const bool bench = entry.section.id.starts_with("bench-");
    if (bench && settings.n_ubatch <= kUsualMicroBatch) return;
    const std::string number = std::to_string(settings.n_batch);
    const bool large = settings.n_ubatch > kUsualMicroBatch;
    entry.add(
        {"batch_equals_ubatch",
         large ? phrase("They are two things: -b is how many tokens of a prompt are taken at once, -ub how many of "
                        "them are computed at once, and that decides the compute buffer. At {} it is about {} times as "
                        "large as at the default of 512.",
                        number, std::to_string(settings.n_ubatch / kUsualMicroBatch))
               : "-b limits how many tokens of a prompt are taken at once; as low as -ub it slows prompts down and "
                 "saves next to nothing.",
         large ? "Leave -ub out, which is 512 then; -b may stay." : "Leave both out: 2048 and 512 are the defaults.",
         "llama.cpp, common/arg.cpp: --batch-size and --ubatch-size"},
        entry.lineOf("EXTRA_ARGS"), phrase("-b {} -ub {}", number, number));
}

/// What llama-server makes of EXTRA_ARGS: it stops, or the user meant something else.
void lintWords(ConfFindings & findings, const ConfSection & section, const std::vector<std::string> & words) {
    const size_t line = keyLineOf(findings.conf(), section, "EXTRA_ARGS");
    const auto parsed = parseArguments(words);
    if (!parsed) {
        findings.add({"bad_argument", "llama-server stops at its command line.", "Correct or remove the argument.",
                      "llama.cpp, common/arg.cpp"},
                     line, section.id, shownText(parsed.error().text()));
        return;
    }
    for (const Warning & warning : parsed->warnings) {
        const size_t end = warning.text.find(" is no argument of llama-server");
        if (end == std::string::npos) continue;
        findings.add({"unknown_argument", "llama-server stops at an argument that it does not know.",
                      "Take it out" + (warning.remedy.starts_with("did") ? "; " + warning.remedy : "."),
                      "llama.cpp, common/arg.cpp"},
                     line, section.id, shownText(warning.text.substr(0, end)) + " is no argument of llama-server");
    }
    std::string stray;
    for (const std::string & word : parsed->positional) {
        if (word.front() == '#') break;  // a comment, which is a finding of its own
        stray += (stray.empty() ? "" : " ") + word;
    }
    if (stray.empty()) return;
    findings.add(
        {"stray_word",
         "llama-server stops at a word that belongs to no argument. A value with spaces is split at them, whether "
         "it is quoted or not.",
         "Take it out, or write the argument without spaces.", kReaderSource},
        line, section.id, shownText(stray) + " belongs to no argument");
}

}  // namespace

bool keepsExpertsInMemory(const Settings & settings) {
    return std::any_of(settings.override_tensors.begin(), settings.override_tensors.end(), movesExperts);
}

void lintArguments(ConfFindings & findings, const ConfSection & section) {
    const std::vector<std::string> words = extraWords(findings.conf(), section);
    lintWords(findings, section, words);
    const auto parsed = argumentsOf(findings.conf(), section);
    if (!parsed) return;  // a wrong value of a key, which is a finding of its own
    const Settings & settings = parsed->settings;
    const Entry entry{findings, section, settings, words};
    const bool said = saysByHand(findings.conf(), section);
    const bool by_hand = !settings.override_tensors.empty() || !settings.tensor_split.empty() ||
                         (settings.given_n_gpu_layers && settings.n_gpu_layers >= 0 && settings.n_gpu_layers < 99);
    lintLayers(entry);
    lintFit(entry, by_hand, said);
    lintOverrides(entry, said);
    lintBatches(entry);
}

}  // namespace ggufit
