// Tensor overrides as the two files that `ggufit overrides` writes and the report that it prints.
#pragma once

#include <string>

#include "model/model.h"
#include "plan/overrides.h"
#include "render/text.h"

namespace ggufit {

/// tensor_override_params.txt: one -ot argument a line, quoted for a shell; empty where there is no rule.
[[nodiscard]] std::string overrideParams(const OverridePlan & plan);

/// tensor_analysis.json: {"model", "architecture", "n_tensors", "n_ctx", "strategy", "verdict", "summary", "arguments",
/// "overrides": [{"pattern", "buffer", "n_tensors", "bytes", "moves", "why"}], "devices": [{"name", "description",
/// "n_tensors", "n_layers", "model_bytes", "context_bytes", "compute_bytes", "used_bytes", "budget_bytes",
/// "headroom_bytes", "utilisation"}], "host": {…}, "tensors": [{"name", "type", "role", "layer", "bytes", "device",
/// "override", "copy", "why"}], "approximate", "approximate_because", "notes", "warnings", "graph"?}. A tensor's
/// "layer" is null outside the blocks, "device" null where it is not loaded and "CPU" in system memory, "override" its
/// rule's position in "overrides" or null. A tensor of which there are copies stands there once for each.
[[nodiscard]] std::string overridesJson(const OverridePlan & plan, const Model & model);

/// The report: what lies where, the rules, what to know. `every_tensor` lists them all.
[[nodiscard]] std::string renderOverrides(const OverridePlan & plan, const Model & model, bool every_tensor,
                                          const TextOptions & options);

/// A llama-server command line with all of it, quoted for a shell, over several lines.
[[nodiscard]] std::string overridesUsage(const OverridePlan & plan);

}  // namespace ggufit
