// An advice → Markdown, JSON.
#pragma once

#include <string>

#include "advise/advise.h"

namespace ggufit {

/// The test plan as a document: machine, plan, suggestions with entries to paste, empty tables for the results,
/// procedure, order, criteria.
[[nodiscard]] std::string adviceMarkdown(const Advice & advice);

/// The fields of Advice by name. `plan` is that of `ggufit plan --json`; that of a suggestion has no `model`, `machine`
/// and `alternatives`, which are the same or empty.
[[nodiscard]] std::string adviceJson(const Advice & advice);

}  // namespace ggufit
