// What a file is that is no GGUF: downloads that went wrong and other formats, each with its remedy.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ggufit {

/// One sentence for a file whose first bytes are not GGUF's magic.
[[nodiscard]] std::string describeNotGguf(std::span<const uint8_t> prefix);

}  // namespace ggufit
