// models.conf as a value that keeps every byte: its lines, and the sections that the wrapper's reader finds in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

enum class ConfLineKind : uint8_t {
    blank,
    comment,
    header,      // "[id]" that the reader takes
    bad_header,  // in brackets, but an id that the reader skips
    key,
    other,  // neither: the reader skips it
};

struct ConfLine {
    ConfLineKind kind = ConfLineKind::blank;
    std::string text;   // as in the file, without its line end
    std::string end;    // "\n", "\r\n"; empty at the end of a file without a last line end
    std::string name;   // a header's id, a key's name as the reader has it
    std::string value;  // a key's, from the first "=" on, trimmed at its end alone
};

struct Conf {
    std::vector<ConfLine> lines;
};

/// A header with the lines that belong to it. Indices are those of Conf::lines.
struct ConfSection {
    std::string id;
    bool readable = true;  // false: the reader skips the header and gives its keys to the section before
    size_t first = 0;      // of the comments that touch the header
    size_t header = 0;
    size_t end = 0;           // after the last key and the comments that touch it
    size_t previous_end = 0;  // after its previous versions, which stand commented out behind it; else `end`
};

/// Any text is a models.conf: what the reader would skip is a line of kind `other`.
[[nodiscard]] Conf parseConf(std::string_view text);

/// The bytes that were parsed.
[[nodiscard]] std::string writeConf(const Conf & conf);

[[nodiscard]] std::vector<ConfSection> sectionsOf(const Conf & conf);

/// The one section of an id. Errors (usage): there is none, with the ids that are near; there are two.
[[nodiscard]] Result<ConfSection> findSection(const Conf & conf, std::string_view id);

/// A key's value, the last one where it is given twice; nothing where it is not there.
[[nodiscard]] std::optional<std::string> valueOf(const Conf & conf, const ConfSection & section, std::string_view key);

/// What people read in a comment line: without "#" and the spaces around it.
[[nodiscard]] std::string_view commentText(const ConfLine & line);

/// Whether a comment says that its entry was not started yet, or what a start measured.
[[nodiscard]] bool isUntested(const ConfLine & line);
[[nodiscard]] bool isTested(const ConfLine & line);

/// Whether an id is one that the wrapper's reader takes: letters, digits, "_" and "-".
[[nodiscard]] bool isReadableId(std::string_view id);

/// Lines from `first` to before `end`, as in the file.
[[nodiscard]] std::string confText(const Conf & conf, size_t first, size_t end);

}  // namespace ggufit
