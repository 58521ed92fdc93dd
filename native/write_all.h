// Writing to a descriptor to the end.
#pragma once

#include <string_view>

namespace ggufit::cli {

/// Writes all of the text, in as many calls as it takes. False with errno where a call fails.
[[nodiscard]] bool writeAll(int descriptor, std::string_view text);

}  // namespace ggufit::cli
