// The text of --ram → Host.
#include "base/units.h"
#include "base/values.h"
#include "machine/budget.h"
#include "machine/fields.h"
#include "machine/machine.h"

namespace ggufit {

Result<Host> parseRam(std::string_view text) {
    constexpr size_t kLongest = 100;
    const std::string_view whole = trimmed(text);
    // "64 GB DDR5": the unit may stand apart from its number
    size_t end = std::min(whole.find_first_of(" \t,"), whole.size());
    if (parseUnsigned(whole.substr(0, end)) && end < whole.size()) {
        const auto rest = trimmed(whole.substr(end));
        const auto unit = rest.substr(0, rest.find_first_of(" \t,"));
        if (parseSize("1" + std::string(unit), kGib))
            end = static_cast<size_t>(unit.data() - whole.data()) + unit.size();
    }
    const auto bytes = parseSize(whole.substr(0, end), kGib);
    if (!bytes || *bytes < kMib || *bytes / kMib > kLargestMib || whole.size() > kLongest) {
        return usageError("--ram " + quotedText(text),
                          "this is no memory size; write for example 64GB or \"64GB DDR5-6000 2ch\".");
    }
    std::string_view memory = whole.substr(end);
    while (!memory.empty() && (memory[0] == ' ' || memory[0] == '\t' || memory[0] == ',')) memory.remove_prefix(1);
    return Host{.total_mib = *bytes / kMib, .memory = std::string(memory)};
}

}  // namespace ggufit
