// A model's reference and a repository's files → JSON.
#pragma once

#include <optional>
#include <string>

#include "hub/repository.h"

namespace ggufit {

/// {"kind": "path" | "url" | "repository", "text", "site": "hugging_face" | "model_scope" | null, "repo", "revision",
/// "path", "tag", "file_name", "files_url": where the site lists the files, or null, "files": those that need no list}.
[[nodiscard]] std::string referenceJson(const ModelReference & reference, const HubEndpoints & endpoints);

/// {"models", "others": [{"name", "tag", "role", "size_bytes", "n_shards", "files": [{"name", "path", "url",
/// "size_bytes"}]}], "chosen": index in models, or null, "reason": why none is, or null}.
[[nodiscard]] std::string repositoryJson(const HubRepository & repository, const ModelReference & reference,
                                         const HubEndpoints & endpoints);

}  // namespace ggufit
