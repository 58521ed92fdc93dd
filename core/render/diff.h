// Two versions of a text → what changes, as a unified diff.
#pragma once

#include <string>
#include <string_view>

#include "render/text.h"

namespace ggufit {

/// Hunks with three lines of context and the name in front; empty where the texts are the same. Lines are made safe for
/// a terminal; line ends that alone differ are shown as "\r".
[[nodiscard]] std::string unifiedDiff(std::string_view name, std::string_view before, std::string_view after,
                                      const TextOptions & options);

}  // namespace ggufit
