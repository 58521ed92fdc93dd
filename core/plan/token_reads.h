// What the generation of one token reads from which memory, and how long that alone takes.
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

/// Bandwidths in bytes a second that placements are compared with. A device whose bandwidth is not known is taken to be
/// like the slowest known one, and system memory to give half of its peak, or of two channels of DDR4-3200: what
/// llama.cpp is seen to reach with experts in it.
[[nodiscard]] double deviceBandwidth(const Machine & machine, size_t device);
[[nodiscard]] double hostBandwidth(const Machine & machine);

/// Time of a split for each token: a copy and a synchronisation. Measured with experts in system memory at about
/// 0.12 ms a layer, which has two.
inline constexpr double kSplitSeconds = 60e-6;

/// Lower bound of a token's time by what it reads and how often it changes devices; good to compare placements of one
/// model on one machine, too short for a speed.
[[nodiscard]] double readSeconds(const TokenReads & reads, const Machine & machine, uint32_t splits_decode);

}  // namespace ggufit
