// What compute buffers are made of and what would shrink them, for plans and estimates.
#pragma once

#include <string>
#include <vector>

#include "memory/compute_peak.h"
#include "render/text.h"

namespace ggufit {

/// `devices`: their names, in the order of ComputeLever::saved_bytes. Ends with a newline.
[[nodiscard]] std::string explanationText(const ComputeExplanation & explanation,
                                          const std::vector<std::string> & devices, const TextOptions & options);

}  // namespace ggufit
