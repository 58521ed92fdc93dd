// The third stage of the CLI: options and files → an answer, by the core.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edit_file.h"
#include "options.h"
#include "render/text.h"

namespace ggufit::cli {

/// A file as it would be, still to be written.
struct FileChange {
    std::string name;  // as the user wrote it
    OpenedText opened;
    std::string text;
    bool ask = true;     // false: --yes
    bool quiet = false;  // standard output belongs to another answer
};

struct Answer {
    std::string text;               // for standard output
    std::vector<Warning> warnings;  // for standard error, where the text does not hold them itself
    int exit_code = 0;              // 0 fits, 1 does not fit
    std::optional<FileChange> change = std::nullopt;
};

/// LLAMA_ARG_* variables, which llama-server reads too.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// Runs a command. Errors are for standard error; exitCode(error.code) is the exit status.
[[nodiscard]] Result<Answer> runCommand(const Options & options, const Environment & environment,
                                        const TextOptions & text_options);

}  // namespace ggufit::cli
