// A checked start → text for a terminal, and JSON.
#pragma once

#include <string>

#include "log/check.h"
#include "render/text.h"

namespace ggufit {

/// `ggufit check`: what happened, predicted beside measured, what explains it, remedies, findings.
[[nodiscard]] std::string renderCheck(const Check & check, const TextOptions & options);

/// `ggufit check --json`: the fields of the log (log_json.h; `measured`, `settings` and `speed` as printed), then
/// "summary", "compared", "machine", "run" (the settings that were compared), "notes", "terms": [{"device", "name",
/// "unit", "predicted", "measured", "difference", "equal", "exact", "because"}], "n_equal", "n_compared",
/// "approximate_because", "shortfall", "remedies", "findings", "tested", and with --learn "learned", a machine.
[[nodiscard]] std::string checkJson(const Check & check);

}  // namespace ggufit
