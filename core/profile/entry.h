// A models.conf entry from a plan: keys, comments that say why, nothing that text from a file could break.
#pragma once

#include <string>
#include <string_view>

#include "plan/plan.h"

namespace ggufit {

/// A section id: lower case, [a-z0-9-] only (a dot would make the reader skip the header), never empty.
[[nodiscard]] std::string safeId(std::string_view text);

/// Text for a value or a comment: control characters and line ends become spaces, length is limited. A value that goes
/// to EXTRA_ARGS is refused elsewhere where it holds a space or a character that a shell would expand.
[[nodiscard]] std::string safeLine(std::string_view text);

/// The section id of a plan: the request's, else from the file's name (without its shard number), else the model's
/// name.
[[nodiscard]] std::string entryId(const Plan & plan, const PlanRequest & request);

/// The production entry of a plan that was made for production: banner, reasons, section, keys in order
/// (models-conf.md). Ends with a newline.
[[nodiscard]] std::string productionEntry(const Plan & plan, const PlanRequest & request);

/// The bench entry of a plan that was made with PlanRequest::bench: [bench-<id>], context 10240, -b 512 -ub 512, no
/// sampler flags. `production`: the plan of the same request for production, to say what the smaller context gains; may
/// be null.
[[nodiscard]] std::string benchEntry(const Plan & plan, const PlanRequest & request, const Plan * production);

}  // namespace ggufit
