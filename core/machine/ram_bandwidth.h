// Bandwidth of system memory, from what a machine says of it.
#pragma once

#include "machine/machine.h"

namespace ggufit {

/// Peak of memory like "DDR5-6000 2ch" in GB/s: transfers × 8 bytes × channels (2 where they are not said). 0 where the
/// kind is not given or not understood.
[[nodiscard]] double ramBandwidth(const Host & host);

}  // namespace ggufit
