// The sentences of an advice: what a suggestion changes, what it risks, what to do where it fails. All from figures.
#pragma once

#include <string>
#include <vector>

#include "advise/candidates.h"

namespace ggufit {

/// What differs from the plan as llama-server's arguments: "-ub 256, -fitt 128,512".
[[nodiscard]] std::string titleOf(const Attempt & attempt, const AttemptBase & base);

/// What it changes in figures: bytes in system memory, layers, splits, compute buffers, cache, context.
[[nodiscard]] std::vector<std::string> changesOf(const Attempt & attempt, const AttemptBase & base);

[[nodiscard]] Risk riskOf(const AttemptBase & base, const Placement & placement);

[[nodiscard]] std::vector<std::string> risksOf(const AttemptBase & base, const Placement & placement);

/// What to change where it runs out of memory: measured, or the way back.
[[nodiscard]] std::string ifItFails(const Attempt & attempt, const AttemptBase & base);

/// What there is to gain, or why there is nothing.
[[nodiscard]] std::string findingOf(const std::vector<Attempt> & attempts, const AttemptBase & base);

/// The order of the tests; the positions are those of `attempts`.
[[nodiscard]] std::vector<TestStep> testOrder(const std::vector<Attempt> & attempts, const AttemptBase & base);

/// The rules that decide, in order.
[[nodiscard]] std::vector<std::string> criteriaFor(const std::vector<Attempt> & attempts);

/// Rows of a result table: memory of each device, then what the log and the server say.
[[nodiscard]] std::vector<std::string> metricsFor(const Machine & machine);

}  // namespace ggufit
