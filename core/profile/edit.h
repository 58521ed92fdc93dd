// Edits of models.conf: whole files in, whole files out, with every byte kept that an edit does not concern.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "profile/conf.h"

namespace ggufit {

struct ConfEdit {
    std::string text;                // the whole file as it would be
    std::vector<std::string> notes;  // what is done, a sentence each
};

/// Puts an entry (Plan::entry, Plan::bench_entry) behind the section `after`, or at the end where that is empty. Errors
/// (usage): its id is there already; no section `after`.
[[nodiscard]] Result<ConfEdit> addEntry(const Conf & conf, std::string_view entry, std::string_view after = {});

/// Puts an entry where the section `id` is, which stays behind it, commented out line by line, under "# Previous: …"
/// with its measured figures; so do its older versions. Errors (usage): no such section, two of them, or the entry's id
/// is that of another one.
[[nodiscard]] Result<ConfEdit> replaceEntry(const Conf & conf, std::string_view id, std::string_view entry);

/// Takes a section away with the comments that touch it and its previous versions.
[[nodiscard]] Result<ConfEdit> removeEntry(const Conf & conf, std::string_view id);

/// What a start measured (TestedFigures).
struct ConfMeasurement {
    std::string date;   // "2026-02-16"
    std::string line;   // "33.0 t/s, 55 graph splits, CUDA0 93 %, CUDA1 65 %"
    std::string speed;  // "~33 t/s"; empty: SPEED stays
};

/// Writes "# Tested DATE: …" in place of the line that says that the section is not tested, or of an older measurement;
/// SPEED too, except in bench entries, which have none.
[[nodiscard]] Result<ConfEdit> recordTest(const Conf & conf, std::string_view id, const ConfMeasurement & measured);

/// An entry with a key's value set: where the key stands, else in the order of the convention. Line ends of `value` do
/// not survive.
[[nodiscard]] std::string withValue(std::string_view entry, std::string_view key, std::string_view value);

/// An entry under another id, also where it says that it is untested. An id that the reader does not take changes
/// nothing.
[[nodiscard]] std::string withId(std::string_view entry, std::string_view id);

/// The measured figures of a section as its comments or its SPEED have them; else that there are none.
[[nodiscard]] std::string measuredFigures(const Conf & conf, const ConfSection & section);

}  // namespace ggufit
