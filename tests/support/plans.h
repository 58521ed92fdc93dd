// Plans for tests: machines in a few words and plans that have to be there.
#pragma once

#include <string>
#include <vector>

#include "api.h"

namespace ggufit::test {

/// A GPU with 500 MiB for the driver: its total is free + reserved + 500.
[[nodiscard]] Device gpu(const std::string & name, uint64_t free_mib, double bandwidth_gb_s = 0,
                         uint64_t reserved_mib = 0);

/// The seeds' machine: RTX 4090, RTX 5070 Ti whose display holds 3.5 GiB, 64 GiB of memory.
[[nodiscard]] Machine seedMachine();

/// Plans with llama-server's words over the wrapper's defaults, without alternatives. Fails the test where that is an
/// error.
[[nodiscard]] Plan planFor(const Model & model, const Machine & machine, const std::vector<std::string> & words = {},
                           bool bench = false);

/// The same with alternatives, contexts and remedies, which takes a while.
[[nodiscard]] Plan wholePlanFor(const Model & model, const Machine & machine,
                                const std::vector<std::string> & words = {}, bool bench = false);

/// The reasons of a step.
[[nodiscard]] std::vector<Reason> reasonsOf(const Plan & plan, const std::string & step);

}  // namespace ggufit::test
