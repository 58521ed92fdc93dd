// The text of --ram → Host.
#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/budget.h"
#include "machine/fields.h"
#include "machine/machine.h"
#include "machine/ram_bandwidth.h"
#include "machine/ram_words.h"

namespace ggufit {

namespace {

/// A size at the front of a text, and the text behind it.
struct Leading {
    uint64_t bytes = 0;
    std::string_view rest;
    double sticks = 0;  // 0 where they are not said
};

/// "64GB …", "64 GB …", "64 …", "2x32GB …".
std::optional<Leading> leadingSize(std::string_view text) {
    const auto words = ramWords(text);
    size_t end = std::min(text.find_first_of(" \t,"), text.size());
    if (const auto size = ramSizeAt(words, 0)) {
        // the size ends where the words after it begin
        size_t n_words = 0;
        for (end = 0; n_words < size->n_words && end < text.size(); ++n_words) {
            while (text[end] == ' ' || text[end] == '\t') ++end;
            end += words[n_words].text.size();
        }
        const bool whole = end >= text.size() || std::string_view(" \t,;(").find(text[end]) != std::string_view::npos;
        const double sticks = words[1].text == "x" ? words[0].number : 0;
        return whole ? std::optional(Leading{size->bytes, text.substr(end), sticks}) : std::nullopt;
    }
    const auto bytes = parseSize(text.substr(0, end), kGib);
    return bytes ? std::optional(Leading{*bytes, text.substr(end), 0}) : std::nullopt;
}

/// A size further on, as in "DDR4 (2 TB)"; 0 where there is none.
uint64_t sizeWithin(std::string_view text) {
    const auto words = ramWords(text);
    for (size_t i = 0; i < words.size(); ++i) {
        const bool starts = words[i].apart || words[i - 1].text == "(" || words[i - 1].text == ",";
        if (const auto size = starts ? ramSizeAt(words, i) : std::nullopt) return size->bytes;
    }
    return 0;
}

}  // namespace

Result<Host> parseRam(std::string_view text) {
    constexpr size_t kLongest = 100;
    const std::string_view whole = trimmed(text);
    Host host;
    const auto leading = leadingSize(whole);
    std::string_view memory = leading ? leading->rest : whole;
    while (!memory.empty() && std::string_view(" \t,;").find(memory[0]) != std::string_view::npos)
        memory.remove_prefix(1);
    host.memory = std::string(memory);
    if (leading && leading->sticks > 2 && !memory.empty())
        host.memory += phrase(" ({} sticks)", std::to_string(static_cast<int>(leading->sticks)));
    const uint64_t bytes = leading ? leading->bytes : sizeWithin(whole);
    host.total_mib = bytes / kMib;
    const bool sized = leading ? bytes >= kMib : bytes == 0 || bytes >= kMib;
    const bool says_something = leading || ramBandwidth(host).peak_gb_s > 0;
    if (!sized || !says_something || host.total_mib > kLargestMib || whole.size() > kLongest) {
        return usageError("--ram " + quotedText(text),
                          "this is no memory; write for example 64GB or \"64GB DDR5-6000 2ch\".");
    }
    return host;
}

}  // namespace ggufit
