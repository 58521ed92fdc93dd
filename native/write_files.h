// The last stage of `ggufit overrides`: texts → files, whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace ggufit::cli {

struct TextFile {
    std::string name;  // within the folder
    std::string text;
};

/// Writes files into a folder that exists. All are written under other names first and renamed only then, so that a
/// fault (a full disk, no permission) leaves what was there; existing files of these names are replaced.
[[nodiscard]] std::optional<Error> writeFiles(const std::string & folder, const std::vector<TextFile> & files);

}  // namespace ggufit::cli
