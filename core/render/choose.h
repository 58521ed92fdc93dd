// Candidates side by side: a table for a terminal, JSON.
#pragma once

#include <string>

#include "choose/report.h"
#include "render/text.h"
#include "render/to_json.h"

namespace ggufit {

/// A table for each base model, the best with their reasons, then what was set apart and what can't be read.
[[nodiscard]] std::string renderChoice(const ChooseReport & report, const TextOptions & options);

/// `ggufit choose --json`: {"source", "machine", "wishes", "rows", "groups", "unreadable", "aside", "n_unread",
/// "notes"}: the fields of ChooseReport, its ranking spread out.
[[nodiscard]] std::string choiceJson(const ChooseReport & report);

/// The fields of ChooseRow by name; of a row with an error those alone that hold.
[[nodiscard]] Json toJson(const ChooseRow & row);

/// {"wishes", "groups", "unreadable"}.
[[nodiscard]] Json toJson(const ChooseRanking & ranking);

/// One line for a row that has just been read: "Q4_K_M  46.2 GiB  41 t/s".
[[nodiscard]] std::string rowLine(const ChooseRow & row);

}  // namespace ggufit
