// The decision tree: verify the architecture → budget per device → one GPU or fit, with every step kept as a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fit/fit.h"
#include "machine/machine.h"
#include "memory/estimate.h"
#include "model/card.h"
#include "settings/settings.h"
#include "speed/speed.h"

namespace ggufit {

/// What a plan answers for. Its settings are those of the models.conf wrapper unless said otherwise (wrapperDefaults).
struct PlanRequest {
    Settings settings;
    std::vector<std::string> kept_arguments;  // not about memory; passed on to EXTRA_ARGS (ParsedArguments::kept)
    std::string id;                           // section id; empty: made from the model's name
    std::string model_path;                   // MODEL= of the entry, relative to models/; empty: the file's name
    std::string source;                       // what names the model elsewhere (hub/reference.h); empty: a file here
    bool bench = false;                       // --profile bench
    bool alternatives = true;                 // false: only the plan itself
    bool explain = false;                     // also Plan::explanation, which costs a few more estimates
    bool curve = false;                       // also Plan::curve, which costs some ten brief plans
};

/// The settings that are planned for: those of the request, and where it leaves them open the context of the profile
/// (at most what the model was trained with) and the batches of a bench entry.
[[nodiscard]] Settings plannedSettings(const Model & model, const PlanRequest & request);

/// The defaults of the models.conf wrapper: cache q8_0, flash attention on, --fit on with margins 128 and 1024, one
/// slot. The context is left open (0): the profile decides, see plannedSettings.
[[nodiscard]] Settings wrapperDefaults();

enum class Strategy : uint8_t {
    single_gpu,  // strategy A: one GPU holds all
    fit,         // several devices, or overflow to system memory: --fit places layers and experts
    cpu,         // no GPU
    given,       // the user's own placement; --fit is off or refuses
};
[[nodiscard]] const char * strategyName(Strategy strategy);

/// tight: under 3 % or 512 MiB free on a device that is used, or under 4 GiB of system memory (the operating system's).
enum class Verdict : uint8_t { fits, tight, does_not_fit };
[[nodiscard]] const char * verdictName(Verdict verdict);

/// A step of the tree, with its numbers.
struct Reason {
    // Stable name: "architecture", "rules", "weights", "cache", "budget", "single_gpu", "all_gpus", "dense_on_gpus",
    // "fit", "given", "cpu", "host".
    std::string step;
    bool passed = true;  // whether its question was answered with yes
    std::string text;    // "One GPU? needs 67.0 GiB, RTX 4090 has 23.5 GiB"
    std::string source;  // where the facts come from: metadata keys, a llama.cpp function; may be empty
};

/// A device of the plan: estimate and budget. driver + reserved + model + context + compute + headroom = total, where
/// it fits.
struct PlanDevice {
    std::string name;
    std::string description;
    uint64_t model_bytes = 0, context_bytes = 0, compute_bytes = 0;
    uint64_t total_bytes = 0;  // of the device
    uint64_t driver_bytes = 0, reserved_bytes = 0;
    uint64_t budget_bytes = 0;   // free before llama.cpp loads anything
    int64_t headroom_bytes = 0;  // budget − model − context − compute; negative where it does not fit
    bool used = false;
    uint32_t n_layers = 0;         // repeating layers whose attention is here
    uint32_t n_expert_layers = 0;  // layers whose routed experts are here
    // attention, feed_forward, experts, embeddings, output, cache, compute, driver, reserved, free; sums to
    // total_bytes where it fits. Parts of no bytes are left out.
    std::vector<Part> parts;
};

struct Alternative {
    std::string name;   // stable: "single_gpu:CUDA0", "fit", "all_gpus", "cache_f16", …
    std::string label;  // for people
    Strategy strategy = Strategy::fit;
    bool recommended = false;
    Verdict verdict = Verdict::fits;
    uint32_t n_ctx = 0;
    uint32_t splits_decode = 0;           // graph splits for each token; 0 where the graph is not known
    double decode_tokens_per_second = 0;  // estimated, at an empty context; 0 where not known or where it does not fit
    std::vector<int64_t> headroom_bytes;  // by device
    std::string note;                     // what it costs or gains
    std::vector<std::string> arguments;
};

/// The largest context with which a placement keeps its margins.
struct LargestContext {
    std::string name;   // stable: "single_gpu:CUDA0", "all_gpus", "experts_cpu"
    std::string label;  // for people: "CUDA0 alone", "all GPUs", "all experts in RAM"
    GgmlType type_k = GgmlType::f16, type_v = GgmlType::f16;
    uint32_t n_ctx = 0;    // in steps of 1,024; 0: not even 1,024 tokens fit
    bool trained = false;  // it is all of the trained context
};

/// The plan at another context.
struct ContextPoint {
    uint32_t n_ctx = 0;
    Strategy strategy = Strategy::fit;
    Verdict verdict = Verdict::fits;
    std::vector<uint64_t> used_bytes;  // by device: model, context and compute
    uint64_t host_used_bytes = 0;
    std::vector<int64_t> headroom_bytes;  // by device
    // Of tokens one after the other, with an empty context and with a full one; 0 where not known or where it does not
    // fit.
    double empty_tokens_per_second = 0, full_tokens_per_second = 0;
};

/// Memory and speed over the context (plan/curve.h).
struct ContextCurve {
    uint32_t largest_n_ctx = 0;        // that fits, in steps of 1,024 below the trained one; 0: none of them
    std::vector<ContextPoint> points;  // by context
};

/// What a change is to reach.
enum class ReachGoal : uint8_t {
    none,         // it is reached already: everything is on GPUs, or no GPU is used
    fits,         // that it fits at all
    all_on_gpus,  // that nothing runs from system memory
};
[[nodiscard]] const char * reachGoalName(ReachGoal goal);

/// A single change that reaches the goal, everything else left as it is; the smallest of its kind.
struct Remedy {
    std::string name;    // stable: "context", "cache_type", "ubatch", "gpu", "quantization"
    std::string change;  // "-c 65536", "-ctk q4_0 -ctv q4_0", "one more NVIDIA GeForce RTX 3090", "Q3_K_M or smaller"
    std::string text;    // its numbers, without a full stop
};

struct Remedies {
    ReachGoal goal = ReachGoal::none;
    std::vector<Remedy> changes;  // none where nothing alone is enough
};

/// Estimated speeds of a plan. A start is at an empty context; what a long chat comes to is at a full one.
struct PlanSpeed {
    SpeedEstimate empty, full;
};

struct Plan {
    Card model;
    Machine machine;
    Settings settings;  // as asked for
    Settings placed;    // as llama.cpp runs after --fit
    Strategy strategy = Strategy::fit;
    Verdict verdict = Verdict::fits;
    std::string summary;  // one sentence: "Fits on CUDA0", "Does not fit: CUDA0 lacks 1,204 MiB"
    std::string limit;    // what limits the plan, one sentence
    uint32_t n_ctx = 0;   // after llama.cpp's rounding
    bool bench = false;   // planned for the bench entry
    std::vector<PlanDevice> devices;
    PlanDevice host;  // total_bytes 0 where the RAM was not given
    std::vector<LayerPlacement> layers;
    FitResult fit;
    std::vector<Reason> reasons;
    std::vector<Alternative> alternatives;
    std::vector<LargestContext> contexts;  // with the alternatives
    Remedies remedies;                     // likewise
    GraphFigures graph;              // of what runs after --fit; not known() where the architecture's graph is not
    std::optional<PlanSpeed> speed;  // nothing where the graph is not known or the plan does not fit
    bool approximate = true;
    std::string approximate_because;
    std::vector<std::string> arguments;  // llama-server's arguments for the plan, model included
    // What the rooms above fill in (api.h, plan): makePlan leaves these empty.
    std::string id;     // section id of the production entry
    std::string entry;  // the models.conf entry with its comments, ends with a newline
    std::string bench_entry;
    std::string preset;  // the same as a section for llama-server's --models-preset
    std::vector<Warning> warnings;
    std::optional<ComputeExplanation>
        explanation;                    // of the compute buffers; only where asked for and the graph is known
    std::optional<ContextCurve> curve;  // only where asked for
};

/// Plans. Errors are those of the settings (usage) and the model; "does not fit" is a verdict, not an error.
[[nodiscard]] Result<Plan> makePlan(const Model & model, const Machine & machine, const PlanRequest & request);

}  // namespace ggufit
