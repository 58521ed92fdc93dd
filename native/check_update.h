// `ggufit check --update`: what a start measured → the entry of a models.conf that it belongs to.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "commands.h"
#include "log/check.h"
#include "options.h"
#include "render/check.h"
#include "render/text.h"

namespace ggufit::cli {

/// What --update comes to. `opened` and `text` are those of the change, where there is one.
struct EntryUpdate {
    CheckUpdate said;
    OpenedText opened;
    std::string text;
    bool measured = true;  // false: the start has nothing that an entry could say
};

/// Errors in the options of --update, before anything is read.
[[nodiscard]] std::optional<Error> wrongUpdate(const Options & options);

/// `log_path`: "-" for standard input. `model`: the file that the user says ran, for a log that does not name it.
[[nodiscard]] Result<EntryUpdate> updateEntry(const Options & options, const std::string & log_path,
                                              const std::string & model, const Check & check);

/// Puts diff, notes and the change itself into the answer.
void addUpdate(const Options & options, EntryUpdate update, const TextOptions & text_options, Answer & answer);

}  // namespace ggufit::cli
