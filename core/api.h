// The few functions that native/ and wasm/ call: text and bytes in, text out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advise/advise.h"
#include "base/result.h"
#include "choose/row.h"
#include "link/link.h"
#include "model/model.h"
#include "plan/plan.h"
#include "sched/reserve.h"
#include "settings/arguments.h"
#include "speed/speed.h"

namespace ggufit {

/// What the page and the CLI's `plan` ask for, as text: a machine in its JSON format, llama-server's arguments over the
/// wrapper's defaults, and the profile's own options.
struct PlanInputs {
    std::string machine_json;
    std::vector<std::string> arguments;
    std::string id;
    std::string model_path;
    std::string source;     // the reference or URL that the model was read by; empty: a file of this machine
    std::string llama_cpp;  // whose rules hold, as --llama-cpp says it; empty: the newest known
    bool bench = false;
    bool brief = false;    // without alternatives and the other profile's entry: sooner, for while a slider moves
    bool explain = false;  // also Plan::explanation
    bool curve = false;    // also Plan::curve
};

/// The version of --llama-cpp that a plan follows; empty: the newest. Unsupported where it has no --fit, with which the
/// wrapper starts.
[[nodiscard]] Result<LlamaVersion> planVersion(std::string_view text);

/// What has to be said of a version that is newer than the rules; nothing of others.
[[nodiscard]] std::optional<Warning> newerThanKnown(const LlamaVersion & version, std::string_view text);

/// Plan of a model that is built already: what runs on every move of a slider.
[[nodiscard]] Result<Plan> plan(const Model & model, const PlanInputs & inputs);

/// The same from values: the plan with its id and both entries; each entry is planned for its own context and batch.
[[nodiscard]] Result<Plan> plan(const Model & model, const Machine & machine, const PlanRequest & request);

/// A candidate planned briefly with these inputs (choose/row.h); errors are those of the machine and the arguments, a
/// model that can't be planned is a row with its sentence.
[[nodiscard]] Result<ChooseRow> chooseRow(const Model & model, const PlanInputs & inputs,
                                          const ChooseCandidate & candidate, uint32_t min_ctx);

/// The test plan of `ggufit advise` for the same inputs.
[[nodiscard]] Result<Advice> advise(const Model & model, const PlanInputs & inputs);

/// --fit applied where it is on, then the memory and the speed of what it chose.
struct EstimateAnswer {
    Estimate estimate;
    FitResult fit;
    std::optional<SpeedEstimate> speed;  // nothing where the architecture's graph is not described
};
struct EstimateRequest {
    Reserving reserving = Reserving::measured;
    bool explain = false;      // also Estimate::explanation, where the graph is known: that costs a few more estimates
    uint32_t fill_tokens = 0;  // of the context, for the speed
};
[[nodiscard]] Result<EstimateAnswer> estimate(const Model & model, const Machine & machine, const Settings & settings,
                                              const EstimateRequest & request = {});

/// The prompt or decode graph as llama.cpp schedules it for what --fit chose, as text (sched/reserve.h, graphText).
[[nodiscard]] Result<std::string> graph(const Model & model, const Machine & machine, const Settings & settings,
                                        Phase phase);

/// The planning link of a request (link/link.h): the model's header, the machine, and of the arguments those that
/// differ from the wrapper's defaults. Of request.model_path nothing goes in: the file's name is that of the model's
/// first file, where the options ask for it.
struct LinkAnswer {
    std::string link;
    std::vector<std::string> left_out;  // arguments whose values may be paths, addresses or secrets
};
[[nodiscard]] Result<LinkAnswer> planLink(const Model & model, const Machine & machine, const PlanRequest & request,
                                          const LinkOptions & options = {});
[[nodiscard]] Result<LinkAnswer> planLink(const Model & model, const PlanInputs & inputs, const LinkOptions & options);

/// What a planning link asks for. The path is the file's name, where the link has it, else one made from the model's.
struct OpenedLink {
    Model model;
    Machine machine;
    std::vector<std::string> arguments;  // as the link has them, over the wrapper's defaults
    PlanRequest request;                 // with the settings that they come to
};
[[nodiscard]] Result<OpenedLink> openLink(std::string_view text);

}  // namespace ggufit
