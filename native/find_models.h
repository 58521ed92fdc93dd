// Folders of models: the GGUF files below one, shards as one model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace ggufit::cli {

/// A model by its file names; what it is the header says.
struct FoundModel {
    std::string path;  // of its first shard that is there
    uint32_t n_files = 1;
    uint64_t size_bytes = 0;  // of all of them
};

struct FoundModels {
    std::vector<FoundModel> models;  // by path
    std::vector<std::string> notes;  // what was not searched, a sentence each
};

/// Searches a folder and those in it, 8 levels deep, whose names do not begin with a dot. Links are followed, each
/// folder and each file counts once. Error: the folder can't be read.
[[nodiscard]] Result<FoundModels> findModels(const std::string & folder);

/// The model that a path means: the path itself; of a folder the one model in it, projectors and the like aside. A
/// folder with none or several is an error that says what to do.
[[nodiscard]] Result<std::string> modelFile(const std::string & path);

}  // namespace ggufit::cli
