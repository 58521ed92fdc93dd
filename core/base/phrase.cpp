// Fills the gaps of sentences.
#include "base/phrase.h"

#include <string_view>

namespace ggufit {

std::string fillGaps(const char * text, std::span<const std::string * const> values) {
    std::string filled;
    std::string_view rest = text;
    for (const std::string * value : values) {
        const size_t gap = rest.find("{}");
        filled.append(rest.substr(0, gap)).append(*value);
        rest.remove_prefix(gap + 2);
    }
    return filled.append(rest);
}

}  // namespace ggufit
