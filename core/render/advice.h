// An advice → Markdown, JSON.
#pragma once

#include <string>

#include "advise/advise.h"
#include "advise/results.h"

namespace ggufit {

/// The test plan as a document: machine, plan, suggestions with entries to paste, empty tables for the results,
/// procedure, order, criteria. With a decision the tables are filled, and it stands at the end.
[[nodiscard]] std::string adviceMarkdown(const Advice & advice, const Decision * decision = nullptr);

/// The fields of Advice by name. `plan` is that of `ggufit plan --json`; that of a suggestion has no `model`, `machine`
/// and `alternatives`, which are the same or empty. With a decision also "decision": {"winner" (as "suggestion" of
/// `order`, null for none), "name", "text", "reasons", "open", "results": [{"suggestion", "name", "stability",
/// "n_starts", "n_failed", "prompt_tokens", "decode_tokens_per_second"}], "starts": [{"source", "suggestion" (null for
/// none), "n_ctx", "n_ubatch", "splits_decode", "splits_prompt", "decode_tokens_per_second",
/// "prompt_tokens_per_second", "prompt_tokens", "out_of_memory", "failure", "notes", "devices": [{"name", "used_mib",
/// "total_mib"}]}]}.
[[nodiscard]] std::string adviceJson(const Advice & advice, const Decision * decision = nullptr);

}  // namespace ggufit
