// Layers moved to the card with the most bandwidth, by hand: what --fit does not do, as it knows no bandwidths.
#pragma once

#include <optional>

#include "advise/candidates.h"

namespace ggufit {

/// An aggressive attempt: -ts that puts as many layers on the fastest card as leave some room there, where the plan
/// keeps everything on several cards of different bandwidth. Nothing where that moves less than 5 % of what slower
/// cards hold: --fit is off then, and adapts to nothing.
[[nodiscard]] std::optional<Attempt> moveToFastestCard(const AttemptBase & base);

}  // namespace ggufit
