// The second stage of the CLI: a path → the header of the model that lies there, whatever number of files it has.
#pragma once

#include <string>

#include "base/result.h"
#include "gguf/file.h"

namespace ggufit::cli {

/// Reads the header of a model: a growing prefix of the file, never its tensor data, and of every further shard, which
/// are looked for beside the one given.
[[nodiscard]] Result<File> readModelFiles(const std::string & path);

/// A whole small text file (a machine description).
[[nodiscard]] Result<std::string> readTextFile(const std::string & path);

}  // namespace ggufit::cli
