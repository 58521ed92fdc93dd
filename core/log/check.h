// A start checked: what it printed beside what was predicted, what it ran out of, what could be better.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/compare.h"
#include "log/log.h"
#include "log/run.h"
#include "machine/machine.h"
#include "model/model.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace ggufit {

/// Memory that was not there, in figures.
struct Shortfall {
    std::string device;  // "CUDA1", "host"; empty where the log does not name it
    LogPart part = LogPart::unknown;
    double asked_mib = 0;    // for what was being allocated
    double held_mib = 0;     // allocated there before
    double free_mib = 0;     // at the start; 0 where it was not printed
    double lacking_mib = 0;  // at least; 0 where it can't be told
    bool survived = false;   // llama.cpp went on without it
    std::string text;        // all of it in words
};

/// A change that makes a failed start fit, cheapest first.
struct CheckRemedy {
    std::string name;    // stable: "ubatch", "context", "cache_type", "layers", "margins", "fit"
    std::string change;  // "-ub 256"
    std::string text;    // what it does and costs
    // With a model: the plan that follows. Without: only what is saved, from the printed figures.
    std::optional<Verdict> verdict;
    double saved_mib = 0;  // on the device that lacks memory
    std::vector<double> headroom_mib;
    double decode_tokens_per_second = 0;
    uint32_t n_ctx = 0;
    std::vector<std::string> arguments;  // llama-server's, without the model
};

/// Something worth changing in a start that works.
struct CheckFinding {
    std::string name;  // stable: "compute", "splits", "wasted", "experts", "flash_attention", "fit", "quiet", …
    std::string text;
    std::string remedy;
};

struct CheckRequest {
    Settings given;                  // arguments that the user says
    bool said_arguments = false;     // any of them were
    std::optional<Machine> machine;  // else that of the log
    std::optional<Host> host;        // system memory beside the devices of the log
    bool learn = false;              // Check::learned is wanted
};

struct Check {
    Log log;
    bool compared = false;  // a model was given
    Machine machine;
    bool machine_from_log = false;
    Settings settings;               // as compared, --fit applied
    std::vector<std::string> notes;  // what was worked out, or could not be
    std::string summary;             // one sentence
    std::vector<CheckTerm> terms;
    size_t n_equal = 0, n_compared = 0;
    std::string approximate_because;
    std::optional<Shortfall> shortfall;
    std::vector<CheckRemedy> remedies;
    std::vector<CheckFinding> findings;
    std::optional<Machine> learned;
};

/// Checks a start, with the model that ran where it is known. Errors: no start in the text; a model that the settings
/// can't be run with.
[[nodiscard]] Result<Check> checkLog(Log log, const Model * model, const CheckRequest & request);

/// What was short, of the last shortage that llama.cpp did not survive, else of the last.
[[nodiscard]] std::optional<Shortfall> shortfallOf(const Log & log);

/// Remedies from the printed figures alone, in order of cost.
[[nodiscard]] std::vector<CheckRemedy> remediesByFigures(const Log & log, const Shortfall & shortfall);

/// Remedies that are planned, in order of cost: smaller micro-batch, smaller context, smaller cache type, fewer layers
/// on the device, larger margins; each the smallest step that fits. `settings` place without --fit.
[[nodiscard]] std::vector<CheckRemedy> plannedRemedies(const Log & log, const Model & model, const Machine & machine,
                                                       const Settings & settings, const Shortfall & shortfall);

/// What is worth changing. The model may be missing.
[[nodiscard]] std::vector<CheckFinding> findingsOf(const Log & log, const Machine & machine, const Settings & settings,
                                                   const Model * model);

/// What a start holds on a device: all of it where the memory table was printed, else llama.cpp's buffers.
struct DeviceUse {
    std::string name;
    double used_mib = 0, total_mib = 0;
};
[[nodiscard]] std::vector<DeviceUse> devicesUsed(const Log & log, const Machine & machine);

/// What a tested entry of models.conf says of this start: "33.0 t/s, 55 graph splits, CUDA0 93 %, CUDA1 65 %"; empty
/// where nothing was measured. For its line "# Tested DATE: …" and its SPEED.
struct TestedFigures {
    std::string line;   // without the date
    std::string speed;  // "~33 t/s"; empty where no speed was measured
};
[[nodiscard]] TestedFigures testedFigures(const Log & log, const Machine & machine);

}  // namespace ggufit
