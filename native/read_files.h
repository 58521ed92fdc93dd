// The second stage of the CLI: a path or URL → the header of the model that lies there, whatever number of files it
// has.
#pragma once

#include <string>

#include "base/result.h"
#include "gguf/file.h"

namespace ggufit::cli {

/// Reads the header of a model on this machine: a growing prefix of the file, never its tensor data, and of every
/// further shard, which are looked for beside the one given.
[[nodiscard]] Result<File> readModelFile(const std::string & path);

/// The same for all that may stand for a model (hub/reference.h): a path, a URL, a repository's file or tag.
[[nodiscard]] Result<File> readModelFiles(const std::string & model);

/// Whether that is fetched from a server.
[[nodiscard]] bool isFetched(const std::string & model);

/// A whole small text file (a machine description).
[[nodiscard]] Result<std::string> readTextFile(const std::string & path);

}  // namespace ggufit::cli
