// Changes a text file in place: the old bytes or the new ones at any moment, and never over an edit made meanwhile.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ggufit::cli {

/// A file as it was read.
struct OpenedText {
    std::string path;                 // of the file itself, links followed
    std::optional<std::string> text;  // nothing where there is no such file yet
};

/// Reads a regular file of at most 16 MiB. A file that is not there is no fault, a link that leads nowhere is one.
[[nodiscard]] Result<OpenedText> openText(const std::string & path);

/// Writes `text` to a temporary file in the same folder, flushes it, and renames it over the file, with its mode and
/// owner. Errors, with the file as it was: it no longer has the bytes that were read (or is there now, where it was
/// not); another ggufit is at it; it can't be written. What a killed run left is used again by the next one.
[[nodiscard]] std::optional<Error> replaceText(const OpenedText & opened, std::string_view text);

}  // namespace ggufit::cli
