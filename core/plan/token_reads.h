// What the generation of one token reads from which memory, and at what bandwidths.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// Bytes that a token reads with the context full: of routed experts the share that is used, of the input embeddings
/// nothing to speak of, of everything else all.
struct TokenReads {
    std::vector<uint64_t> device_bytes;  // same positions as Machine::devices
    uint64_t host_bytes = 0;
};

/// For settings without --fit (fit = false).
[[nodiscard]] Result<TokenReads> tokenReads(const Model & model, const Machine & machine, const Settings & placed);

/// The share of a routed expert's weights that a token reads.
[[nodiscard]] double usedExpertShare(const Model & model);

/// Bandwidths in bytes a second that placements are compared with: what products of f16 reach of a device, and those of
/// routed experts of system memory (speed/efficiencies.h). A device whose bandwidth is not known is taken to be like
/// the slowest known one.
[[nodiscard]] double deviceBandwidth(const Machine & machine, size_t device);
[[nodiscard]] double hostBandwidth(const Machine & machine);

}  // namespace ggufit
