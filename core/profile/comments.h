// The comments of an entry: what the model is, where it goes and why, in figures of the plan.
#pragma once

#include <string>
#include <string_view>

#include "plan/plan.h"

namespace ggufit {

/// The banner: name, kind, parameters, layers, experts, what is special, file size, architecture source.
[[nodiscard]] std::string bannerComment(const Plan & plan);

/// Where the model comes from, for whoever has the entry alone: one line, without a URL's query, which may be a secret.
/// Empty where `source` names nothing that could be fetched.
[[nodiscard]] std::string sourceComment(std::string_view source);

/// Why the entry is as it is: strategy, VRAM by device and term, headroom, what limits it, what is approximate.
[[nodiscard]] std::string reasonComment(const Plan & plan);

/// `text` as comment lines of at most 100 columns; no line end of it survives.
[[nodiscard]] std::string commentLines(std::string_view text);

/// What an entry says until a start was measured.
[[nodiscard]] std::string untestedSentence(const std::string & id);

}  // namespace ggufit
