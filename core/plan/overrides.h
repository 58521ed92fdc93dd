// A plan written down as explicit tensor overrides: the rules, the arguments that belong to them, and every tensor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "memory/estimate.h"
#include "model/model.h"
#include "placement/override_rules.h"
#include "plan/override_config.h"
#include "plan/plan.h"
#include "settings/settings.h"

namespace ggufit {

struct OverrideRequest {
    Settings settings;                        // arguments over configuredSettings(wrapperDefaults(), config)
    std::vector<std::string> kept_arguments;  // not about memory; passed on
    OverrideConfig config;
    std::string model_path;  // as llama-server is to be given it
};

/// One allocation of a tensor, or a tensor that is not loaded.
struct AnalysedTensor {
    uint32_t tensor = 0;     // position in File::tensors
    bool loaded = true;      // false: nothing below but `why` is said
    bool copy = false;       // a further copy of a tensor that is listed already
    int32_t device = kHost;  // position in Machine::devices
    uint64_t bytes = 0;      // as allocated
    int32_t rule = -1;       // position in OverridePlan::rules; −1: by -ngl and -ts
    std::string why;
};

/// What a device holds of the plan; the tensors' bytes on it sum to model_bytes.
struct OverrideDevice {
    std::string name, description;
    uint32_t n_tensors = 0;  // allocations
    uint32_t n_layers = 0;   // repeating layers whose attention and cache are here
    uint64_t model_bytes = 0, context_bytes = 0, compute_bytes = 0;
    uint64_t budget_bytes = 0;   // free before llama.cpp loads anything; of system memory all, 0 where not given
    int64_t headroom_bytes = 0;  // budget − what is used
    double utilisation = 0;      // used / budget; 0 where the budget is not known

    [[nodiscard]] uint64_t used_bytes() const { return model_bytes + context_bytes + compute_bytes; }
};

struct OverridePlan {
    std::string model_name, architecture;
    std::string model_path;
    std::string llama_cpp_path;
    Strategy strategy = Strategy::fit;  // where the placement comes from
    Verdict verdict = Verdict::fits;    // of the explicit settings
    std::string summary;                // one sentence without a full stop
    uint32_t n_ctx = 0;
    std::vector<OverrideRule> rules;  // in the order of -ot: the first match decides
    std::vector<std::string> rule_whys;
    std::vector<std::string> arguments;  // llama-server's, -m and -ot left out
    std::vector<AnalysedTensor> tensors;
    std::vector<OverrideDevice> devices;  // of the machine, unused ones too
    OverrideDevice host;
    Settings settings;  // what arguments and rules say together
    GraphFigures graph;
    bool approximate = true;
    std::string approximate_because;
    std::vector<std::string> notes;  // what a user has to know, a sentence or two each
    std::vector<Warning> warnings;
};

/// Places as the plan does (choose), or as the configuration says, and writes that down. The explicit settings are
/// measured and every weight is compared with where the plan has it: a difference is an error, too little memory a
/// verdict.
[[nodiscard]] Result<OverridePlan> planOverrides(const Model & model, const Machine & machine,
                                                 const OverrideRequest & request);

/// The arguments of all rules: "-ot", "PATTERN=BUFFER", …
[[nodiscard]] std::vector<std::string> overrideWords(const OverridePlan & plan);

}  // namespace ggufit
