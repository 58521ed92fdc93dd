// All themes of options as one table, found by name.
#include <algorithm>
#include <array>
#include <string>

#include "base/name_index.h"
#include "settings/option.h"

namespace ggufit {

namespace {

/// Numbers of rows, twice, and one more where the name is negated.
const NameIndex & nameIndex() {
    static const NameIndex index = [] {
        NameIndex names;
        uint32_t number = 0;
        // the first row of a name wins, so llama-server's own meaning stands before that of other programs
        for (const Option * option : allOptions()) {
            forEachName(option->names, [&](std::string_view name) { names.add(name, number); });
            forEachName(option->negated, [&](std::string_view name) { names.add(name, number + 1); });
            number += 2;
        }
        return names;
    }();
    return index;
}

/// Edits (insert, delete, replace) from one word to the other, or `limit` + 1 where there are more.
size_t editDistance(std::string_view a, std::string_view b, size_t limit) {
    constexpr size_t kLongest = 48;
    if (a.size() > kLongest || b.size() > kLongest) return limit + 1;
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
    std::array<size_t, kLongest + 1> row{};
    for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

const std::vector<const Option *> & allOptions() {
    static const std::vector<const Option *> all = [] {
        std::vector<const Option *> options;
        for (const auto & theme :
             {contextOptions(), placementOptions(), modelOptions(), processorOptions(), samplingOptions(),
              serverOptions(), speculativeOptions(), presetOptions(), otherProgramOptions()}) {
            for (const Option & option : theme) options.push_back(&option);
        }
        return options;
    }();
    return all;
}

std::optional<OptionMatch> findOption(std::string_view name) {
    const uint32_t number = nameIndex().find(canonicalName(name));
    if (number == NameIndex::kNone) return std::nullopt;
    return OptionMatch{allOptions()[number / 2], number % 2 == 1};
}

std::optional<std::string_view> similarOption(std::string_view name) {
    const std::string wanted = canonicalName(name);
    std::optional<std::string_view> best;
    // a short name is near many others: a third of the word may be wrong, and never more than three letters
    size_t limit = std::min<size_t>(wanted.size() / 3, 3);
    const auto consider = [&](std::string_view candidate) {
        const size_t distance = editDistance(wanted, candidate, limit);
        if (distance > limit) return;
        best = candidate;
        if (distance == 0) return;
        limit = distance - 1;
    };
    for (const Option * option : allOptions()) {
        if (option->use == OptionUse::other_program) continue;
        forEachName(option->names, consider);
        forEachName(option->negated, consider);
    }
    return best;
}

std::string canonicalName(std::string_view name) {
    std::string out(name);
    if (out.size() > 2 && out[0] == '-' && out[1] == '-') std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

std::string_view longName(std::string_view names) {
    std::string_view chosen;
    forEachName(names, [&](std::string_view name) {
        if (chosen.empty() || name.substr(0, 2) == "--") chosen = name;
    });
    return chosen;
}

}  // namespace ggufit
