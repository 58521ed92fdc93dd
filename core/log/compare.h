// Predicted beside measured, term by term, and what explains a difference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/log.h"
#include "log/run.h"
#include "machine/machine.h"
#include "memory/estimate.h"
#include "model/model.h"
#include "speed/speed.h"

namespace ggufit {

/// One figure. difference = measured − predicted.
struct CheckTerm {
    std::string device;  // "CUDA0", "host"; "graph" and "speed" for figures of the whole
    std::string name;    // "weights", "cache", "compute", "output", "total", "driver", "nodes", "splits", …
    std::string unit;    // "MiB", "t/s"; empty for counts
    std::optional<double> predicted, measured;
    bool equal = false;   // to the printed precision, or within the range of a speed
    bool exact = true;    // a figure that llama.cpp computes by rules; speeds and drivers are not
    std::string because;  // what explains a difference; empty where there is none to explain
};

struct Comparison {
    std::vector<CheckTerm> terms;
    size_t n_equal = 0, n_compared = 0;  // of the exact ones
    std::string approximate_because;     // of the prediction; empty where it is llama.cpp's own arithmetic
    Estimate estimate;
    std::optional<SpeedEstimate> speed;
};

/// Compares a start with the memory of `settings` (which place without --fit). Errors as for estimateMemory().
[[nodiscard]] Result<Comparison> compareLog(const Log & log, const Model & model, const Machine & machine,
                                            const Settings & settings);

/// What is measured, without a prediction: the same terms with `predicted` left open.
[[nodiscard]] std::vector<CheckTerm> measuredTerms(const Log & log, const Machine & machine);

/// The reasons that a figure may differ for: facts of a start that the prediction does not share.
struct Deviation {
    LlamaVersion version;         // that the log is of
    bool mapped = false;          // weights are mapped from the file
    bool assumed_driver = false;  // the prediction is approximate: a driver or backend is taken as usual
    bool other_program = false;   // a cache type or buffer that llama.cpp itself does not have
    bool repacked = false;        // the processor's own layout of weights
    bool moved = false;           // weights lie on other devices, their sum is the same
    bool other_file = false;      // another file: its tensors have other types, or their sum is another
};
[[nodiscard]] Deviation deviationOf(const Log & log, const Model & model, const Machine & machine,
                                    const Estimate & estimate);

/// One clause for a term that differs.
[[nodiscard]] std::string explainTerm(const CheckTerm & term, const Deviation & deviation, const Log & log,
                                      const Machine & machine);

}  // namespace ggufit
