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

/// The production entry: banner, reasons, section, keys in order (models-conf.md). Ends with a newline.
[[nodiscard]] std::string productionEntry(const Plan & plan, const PlanRequest & request);

/// The bench entry: [bench-<id>], context 10240, -b 512 -ub 512, no sampler flags.
[[nodiscard]] std::string benchEntry(const Plan & plan, const PlanRequest & request);

}  // namespace ggufit
