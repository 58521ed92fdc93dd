// How fast a placement runs: tokens a second from the bytes and operations of each step and the device it runs on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/store.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// A named share of the time of one token: "weights on CUDA0", "experts in system memory", "cache on CUDA0",
/// "launches", "splits".
struct SpeedPart {
    std::string name;
    double seconds = 0;
};

/// Speed of one request alone, a middle and a range: about four of five published measurements lie within it.
struct SpeedEstimate {
    uint32_t fill_tokens = 0;  // in the context, for which all figures hold
    double decode_tokens_per_second = 0, decode_low = 0, decode_high = 0;
    double prompt_tokens_per_second = 0;  // of a prompt of one micro-batch
    std::string bound_by;                 // "87 % of the time is expert weights read from system memory"
    std::vector<SpeedPart> parts;         // of one token, the largest first; they sum to its time
    std::vector<std::string> assumed;     // what was not known of the machine and taken as usual, a clause each
};

/// For settings without --fit (fit = false). `fill_tokens` beyond the context counts as a full context. All speeds are
/// finite and above 0. Errors as for estimateMemory(); unsupported where the graph is not described.
[[nodiscard]] Result<SpeedEstimate> estimateSpeed(const Model & model, const Machine & machine, const Settings & placed,
                                                  uint32_t fill_tokens);

/// The same at several fills, in their order.
[[nodiscard]] Result<std::vector<SpeedEstimate>> estimateSpeeds(const Model & model, const Machine & machine,
                                                                const Settings & placed,
                                                                const std::vector<uint32_t> & fills,
                                                                GraphStore * graphs = nullptr);

}  // namespace ggufit
