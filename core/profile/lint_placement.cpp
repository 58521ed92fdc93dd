// The linter with a model and a machine at hand: what an entry comes to when it is started.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "plan/placement.h"
#include "plan/remedies.h"
#include "profile/conf_settings.h"
#include "profile/lint_parts.h"

namespace ggufit {

namespace {

constexpr const char * kCountSource = "llama.cpp's own count of the model's memory";

std::string remedyFor(const Model & model, const Machine & machine, const Settings & settings,
                      const Placement & placement) {
    const Remedies remedies = findRemedies(model, machine, settings, placement);
    if (remedies.changes.empty())
        return "No single change is enough; `ggufit plan` and `ggufit advise` show what would be.";
    std::string text = "One of these alone: ";
    for (size_t i = 0; i < remedies.changes.size() && i < 3; ++i)
        text += (i == 0 ? "" : "; ") + remedies.changes[i].change;
    return text + ".";
}

void lintFits(ConfFindings & findings, const ConfSection & section, const Model & model, const Machine & machine,
              const Settings & settings, const Placement & placement) {
    if (placement.verdict != Verdict::does_not_fit) return;
    const bool gave_up = settings.fit && placement.fit.status == FitStatus::failure;
    std::string why = gave_up ? placement.fit.reason + " The start then runs out of memory."
                              : std::string("The start runs out of memory.");
    std::string remedy;
    // What --fit would do with an open placement is the first thing to try.
    Settings open = openSettings(settings);
    const bool placed = open.n_gpu_layers != settings.n_gpu_layers || !settings.fit ||
                        !settings.override_tensors.empty() || !settings.tensor_split.empty();
    if (placed) {
        const auto fitted = measure(model, machine, open, Strategy::fit);
        if (fitted && fitted->verdict != Verdict::does_not_fit)
            remedy = "Leave the placement to --fit: it fits then. `ggufit conf replace` writes such an entry.";
    }
    if (remedy.empty()) remedy = remedyFor(model, machine, settings, placement);
    findings.add({"does_not_fit", why, remedy, kCountSource}, section.header, section.id,
                 "does not fit: " + whatLacks(placement, machine));
}

void lintExperts(ConfFindings & findings, const ConfSection & section, const Model & model, const Machine & machine,
                 const Settings & settings) {
    if (!keepsExpertsInMemory(settings)) return;
    const auto open = measure(model, machine, openSettings(settings), Strategy::fit);
    if (!open || open->verdict == Verdict::does_not_fit || !allOnDevices(*open)) return;
    findings.add({"experts_in_memory",
                  phrase("Experts are read from system memory for each token, many times slower than from a GPU's; it "
                         "is a remedy for models that do not fit. This one fits on the GPUs with --fit, {} in all.",
                         formatGib(deviceBytes(open->estimate))),
                  "Take -ot …exps=CPU, -cmoe or -ncmoe out, with FIT=off and N_GPU_LAYERS.", kCountSource},
                 keyLineOf(findings.conf(), section, "EXTRA_ARGS"), section.id,
                 "experts are kept in system memory, of a model that fits on the GPUs");
}

}  // namespace

std::vector<ConfFinding> lintPlacement(const Conf & conf, const ConfSection & section, const Model & model,
                                       const Machine & machine) {
    ConfFindings findings(conf);
    const auto parsed = argumentsOf(conf, section);
    if (!parsed) return {};  // findings of lintConf
    const auto placement = measure(model, machine, parsed->settings, Strategy::fit);
    if (!placement) {
        findings.add({"does_not_start", "llama-server stops with it.", "Change what it names.", kCountSource},
                     section.header, section.id, shownText(placement.error().text()));
        return findings.take();
    }
    lintFits(findings, section, model, machine, parsed->settings, *placement);
    lintExperts(findings, section, model, machine, parsed->settings);
    return findings.take();
}

ConfFinding missingModel(const Conf & conf, const ConfSection & section, std::string text, std::string why) {
    ConfFinding finding;
    finding.rule = "model_missing";
    finding.line = keyLineOf(conf, section, "MODEL") + 1;
    finding.section = section.id;
    finding.text = std::move(text);
    finding.why = std::move(why);
    finding.remedy = "Correct MODEL, fetch the file, or say with --models-dir where the models are.";
    finding.source = kReaderSource;
    return finding;
}

}  // namespace ggufit
