// Puts the parts of a check together.
#include "log/check.h"

#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "fit/fit.h"
#include "log/text.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

/// Arguments of a command line that stands in the log.
Settings commandSettings(const Log & log, std::vector<std::string> & notes) {
    auto words = splitCommandLine(log.command);
    if (!words) return {};
    const auto program =
        std::find_if(words->begin(), words->end(), [](const std::string & word) { return isLlamaProgram(word); });
    const std::vector<std::string> arguments(program == words->end() ? words->begin() : program + 1, words->end());
    auto parsed = parseArguments(arguments);
    if (!parsed) return {};
    notes.emplace_back("the arguments are those of the llama-server line in the log");
    return parsed->settings;
}

std::string placeOfStart(const Log & log) {
    if (log.n_starts < 2) return "";
    return phrase(" (start {} of {})", std::to_string(log.start), std::to_string(log.n_starts));
}

std::string summarize(const Check & check) {
    const Log & log = check.log;
    if (check.shortfall && !check.shortfall->survived)
        return phrase("Out of memory{}. {}", placeOfStart(log), check.shortfall->text);
    if (!log.errors.empty() && log.stage < LogStage::reserved)
        return phrase("The start failed{}: {}", placeOfStart(log), log.errors.front());
    if (log.quiet) return phrase("The server runs{}, but its log holds no line on memory.", placeOfStart(log));
    if (log.truncated) return phrase("The log ends before the start did{}.", placeOfStart(log));
    if (check.n_compared == 0) return phrase("The start came to its end{}.", placeOfStart(log));
    const std::string of = phrase("{} of {}", std::to_string(check.n_equal), std::to_string(check.n_compared));
    return check.n_equal == check.n_compared
               ? phrase("The start came to its end{}, and all {} figures are those predicted.", placeOfStart(log),
                        std::to_string(check.n_compared))
               : phrase("The start came to its end{}; {} figures are those predicted.", placeOfStart(log), of);
}

/// What tells that the model of the log is none of this file; empty where nothing does.
std::string otherModel(const Model & model, const Log & log) {
    const std::string_view arch = factOf(log.hparams, "arch"), own_arch = model.architecture->name;
    if (!arch.empty() && arch != own_arch) {
        return phrase("the log is of a model of architecture {}, the file has {}: nothing is compared",
                      std::string(arch), std::string(own_arch));
    }
    const auto layers = leadingCount(factOf(log.hparams, "n_layer"));
    const uint32_t own = model.hparams.n_layer_all - model.hparams.n_layer_nextn;
    if (!layers || *layers == own || *layers == model.hparams.n_layer_all) return "";
    return phrase("the log is of a model of {} layers, the file has {}: nothing is compared", std::to_string(*layers),
                  std::to_string(own));
}

std::optional<Error> compare(Check & check, const Model & model) {
    check.compared = true;
    RunSettings run = withPlacementOf(check.log, model, check.machine, {check.settings, check.notes});
    run = withVersionOf(check.log, model, check.machine, std::move(run));
    check.settings = run.settings;
    check.notes = std::move(run.notes);
    auto comparison = compareLog(check.log, model, check.machine, check.settings);
    if (!comparison) return comparison.error();
    check.terms = std::move(comparison->terms);
    check.n_equal = comparison->n_equal;
    check.n_compared = comparison->n_compared;
    check.approximate_because = std::move(comparison->approximate_because);
    if (check.learned && check.log.speed.tg_tps > 0 && comparison->speed) {
        const double ratio = check.log.speed.tg_tps / comparison->speed->decode_tokens_per_second;
        if (isCalibration(check.learned->calibration.decode * ratio)) check.learned->calibration.decode *= ratio;
        if (check.log.speed.pp_tps > 0 && comparison->speed->prompt_tokens_per_second > 0) {
            const double read = check.log.speed.pp_tps / comparison->speed->prompt_tokens_per_second;
            if (isCalibration(check.learned->calibration.prompt * read)) check.learned->calibration.prompt *= read;
        }
    }
    return std::nullopt;
}

}  // namespace

Result<Check> checkLog(Log log, const Model * model, const CheckRequest & request) {
    if (log.start == 0) {
        return Error{ErrorCode::input, "log",
                     log.n_starts == 0 ? "holds no start of llama.cpp: give what llama-server or llama-cli printed."
                                       : phrase("has only {} starts.", std::to_string(log.n_starts))};
    }
    Check check;
    check.log = std::move(log);
    check.machine_from_log = !request.machine;
    check.machine = request.machine ? *request.machine : machineOf(check.log);
    if (request.host) check.machine.host = *request.host;
    const bool command = !request.said_arguments && !check.log.command.empty();
    Settings given = command ? commandSettings(check.log, check.notes) : request.given;
    given.llama_cpp = request.given.llama_cpp;
    RunSettings run = settingsOf(check.log, given);
    check.settings = std::move(run.settings);
    check.notes.insert(check.notes.end(), run.notes.begin(), run.notes.end());
    if (request.learn) {
        Machine known = check.machine;
        // what a log leaves open is no statement of the user's on other programs
        if (check.machine_from_log) {
            for (Device & device : known.devices) device.reserved_mib = 0;
        }
        check.learned = learnedMachine(std::move(known), check.log);
    }

    if (std::string other = model == nullptr ? "" : otherModel(*model, check.log); !other.empty()) {
        check.notes.push_back(std::move(other));
        model = nullptr;
    }
    if (model != nullptr) {
        if (auto fault = compare(check, *model)) return *std::move(fault);
    } else {
        check.terms = measuredTerms(check.log, check.machine);
    }
    check.shortfall = shortfallOf(check.log);
    if (check.shortfall) {
        if (model != nullptr)
            check.remedies = plannedRemedies(check.log, *model, check.machine, check.settings, *check.shortfall);
        if (check.remedies.empty()) check.remedies = remediesByFigures(check.log, *check.shortfall);
    }
    check.findings = findingsOf(check.log, check.machine, check.settings, model);
    check.summary = summarize(check);
    return check;
}

}  // namespace ggufit
