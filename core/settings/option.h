// One row for each argument of llama-server: its names, how many values it takes, and what it does to the settings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "settings/arguments.h"

namespace ggufit {

/// What follows a name on the command line (the handlers of llama.cpp's common_arg).
enum class OptionKind : uint8_t {
    flag,       // nothing; it is on when it is there
    toggle,     // nothing; it has negated names
    integer,    // a whole number of 32 bits
    text,       // one word
    two_texts,  // two words
};

/// What becomes of an option that changes no setting, and of its value.
enum class OptionUse : uint8_t {
    setting,        // `apply` reads it into the settings
    keep,           // changes neither memory nor speed: kept as given
    keep_and_note,  // kept, with a warning that its memory is not in the plan
    drop,           // left out, with a warning that says why
    other_program,  // an argument of another program of llama.cpp, left out
};

/// An occurrence of an option: where to write, and what was given.
struct OptionGiven {
    ParsedArguments & out;
    std::string_view name;   // as written, or the environment variable
    std::string_view value;  // of text
    int32_t number = 0;      // of integer
    bool on = true;          // of flag and toggle
};

/// Reads an occurrence into the settings; an error where the value makes no sense.
using OptionApply = std::optional<Error> (*)(const OptionGiven &);

struct Option {
    std::string_view names;    // separated by spaces, "-c --ctx-size"
    std::string_view negated;  // names that switch a toggle off
    OptionKind kind = OptionKind::flag;
    std::string_view env = {};  // environment variable; empty where there is none
    OptionUse use = OptionUse::keep;
    OptionApply apply = nullptr;  // of OptionUse::setting
    std::string_view note = {};   // of keep_and_note and drop: what is not modelled, or why it is left out
    std::string_view remedy = {};
};

// The rows by theme. Within a theme they stand in llama.cpp's order, which is the order that environment variables are
// applied in.
[[nodiscard]] std::span<const Option> contextOptions();
[[nodiscard]] std::span<const Option> placementOptions();
[[nodiscard]] std::span<const Option> modelOptions();
[[nodiscard]] std::span<const Option> processorOptions();
[[nodiscard]] std::span<const Option> samplingOptions();
[[nodiscard]] std::span<const Option> serverOptions();
[[nodiscard]] std::span<const Option> speculativeOptions();
[[nodiscard]] std::span<const Option> presetOptions();
[[nodiscard]] std::span<const Option> otherProgramOptions();

/// An option found by one of its names.
struct OptionMatch {
    const Option * option = nullptr;
    bool negated = false;
};

/// The option of this name; underscores after a leading "--" count as dashes, as llama.cpp reads them.
[[nodiscard]] std::optional<OptionMatch> findOption(std::string_view name);

/// All options, in the order that environment variables are applied.
[[nodiscard]] const std::vector<const Option *> & allOptions();

/// The known name closest to an unknown one; nothing where none is close.
[[nodiscard]] std::optional<std::string_view> similarOption(std::string_view name);

/// The name with underscores after a leading "--" as dashes.
[[nodiscard]] std::string canonicalName(std::string_view name);

/// The preferred long form among an option's names: the last that begins with "--", else the first.
[[nodiscard]] std::string_view longName(std::string_view names);

/// Calls `use` with each name of a list separated by spaces.
template <typename Use>
void forEachName(std::string_view names, Use use) {
    while (!names.empty()) {
        const size_t space = names.find(' ');
        use(names.substr(0, space));
        if (space == std::string_view::npos) return;
        names.remove_prefix(space + 1);
    }
}

}  // namespace ggufit
