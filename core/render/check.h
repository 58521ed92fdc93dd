// A checked start → text for a terminal, and JSON.
#pragma once

#include <string>
#include <vector>

#include "log/check.h"
#include "render/text.h"

namespace ggufit {

/// `ggufit check`: what happened, predicted beside measured, what explains it, remedies, findings.
[[nodiscard]] std::string renderCheck(const Check & check, const TextOptions & options);

/// What --update does to a models.conf.
struct CheckUpdate {
    std::string file;      // as the user wrote it
    std::string section;   // id of the entry
    std::string date;      // of the start
    bool changes = false;  // the entry does not say this already, and may say it
    std::string reason;    // why nothing changes
    std::vector<std::string> notes;
};

/// `ggufit check --json`: the fields of the log (log_json.h; `measured`, `settings` and `speed` as printed), then
/// "summary", "compared", "machine", "run" (the settings that were compared), "notes", "terms": [{"device", "name",
/// "unit", "predicted", "measured", "difference", "equal", "exact", "because"}], "n_equal", "n_compared",
/// "approximate_because", "shortfall", "remedies", "findings", "tested", with --learn "learned", a machine, and with
/// `update` "update": {"file", "section", "date", "changes", "reason", "notes"}.
[[nodiscard]] std::string checkJson(const Check & check, const CheckUpdate * update = nullptr);

}  // namespace ggufit
