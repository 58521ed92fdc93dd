// Models wherever they lie: references → files → headers, many at a time.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "access.h"
#include "base/result.h"
#include "gguf/file.h"
#include "hub/repository.h"

namespace ggufit::cli {

/// Where the files of one model lie: on this machine, or on a server.
struct ModelFiles {
    std::string path;                // of any shard; empty where `remote` counts
    std::vector<RemoteFile> remote;  // all shards
};

/// A header that has come, or why it has not. Called by one thread at a time, in the order in which models are read.
using OnModel = std::function<void(size_t index, Result<File> file)>;

/// Reads the headers of all these models, several files at a time. Returns when all have come; with `cancelled` set,
/// from another thread, from on_model or by a signal, within a second, without a call for those that are missing.
void readModelsAt(const std::vector<ModelFiles> & models, const Access & access, const OnModel & on_model,
                  const std::atomic<bool> & cancelled);

/// What the repository of a reference holds, or its folder.
[[nodiscard]] Result<HubRepository> listRepository(const ModelReference & reference, const Access & access,
                                                   const std::atomic<bool> & cancelled);

/// The files of a model of that repository; an error where shards are missing.
[[nodiscard]] Result<ModelFiles> filesOfModel(const HubModel & model, const ModelReference & reference,
                                              const Access & access);

/// The files that a reference means; of a repository those that its tag chooses.
[[nodiscard]] Result<ModelFiles> filesOf(const ModelReference & reference, const Access & access,
                                         const std::atomic<bool> & cancelled);

/// Reads one model, with progress on a terminal. After Ctrl-C the program ends as that signal ends programs.
[[nodiscard]] Result<File> fetchModel(const ModelReference & reference, const Access & access);

}  // namespace ggufit::cli
