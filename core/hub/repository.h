// A repository's list of files → its models: shards as one, what is no model apart, one chosen by its tag.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hub/reference.h"

namespace ggufit {

struct HubFile {
    std::string path;         // in the repository
    uint64_t size_bytes = 0;  // 0 where the site does not say
};

/// What a name says that a GGUF file is (llama.cpp: common/download.cpp, gguf_filename_is_model).
enum class HubRole : uint8_t {
    model,
    projector,  // mmproj
    imatrix,
    helper,  // a draft model's: mtp-, eagle3-, dflash-, dspark-
};

/// A file, or the shards of one model.
struct HubModel {
    std::string name;  // path without ".gguf" and without shard numbers
    std::string tag;   // "Q4_K_M", "UD-Q4_K_XL": a label taken from the name, which decides nothing; may be empty
    HubRole role = HubRole::model;
    std::vector<HubFile> files;  // in the order of the shards
    uint64_t size_bytes = 0;     // of all files
    uint32_t n_shards = 1;       // as the names say; more than there are files where the repository lacks some
};

/// All that `--hf-repo` could read of a repository, in the order of the list.
struct HubRepository {
    std::vector<HubModel> models;
    std::vector<HubModel> others;  // projectors, importance matrices, helpers
};

/// Reads the answer to hubFilesUrl: Hugging Face's tree or ModelScope's list of files, known by its shape. Folders and
/// paths that lead out of the repository are left out. Input errors: no JSON of such a shape, too long, the site's own
/// message.
[[nodiscard]] Result<std::vector<HubFile>> readHubFiles(std::string_view text);

/// The largest answer that readHubFiles takes, and the most files that a repository may have.
inline constexpr uint64_t kLargestHubAnswer = uint64_t{16} << 20;
inline constexpr size_t kMostHubFiles = 20000;

[[nodiscard]] HubRepository groupHubFiles(const std::vector<HubFile> & files);

/// The index in `models` that a tag means, any case; without a tag Q4_K_M, else Q8_0, else the first
/// (common/download.cpp, find_best_model). The usage error lists the tags that there are.
[[nodiscard]] Result<size_t> chooseHubModel(const HubRepository & repository, const ModelReference & reference);

/// Where the site lists the files of a reference's repository, or of its folder.
[[nodiscard]] std::string hubFilesUrl(const ModelReference & reference, const HubEndpoints & endpoints);

/// The next page of the list, from the header "Link" of the answer to `url`; stays on the host and path of `url`.
[[nodiscard]] std::optional<std::string> nextPageUrl(std::string_view url, std::string_view link_header);

/// Where a file of a reference's repository lies.
[[nodiscard]] std::string hubFileUrl(const ModelReference & reference, const HubEndpoints & endpoints,
                                     std::string_view path);

/// A file that is to be fetched.
struct RemoteFile {
    std::string name;  // without folders
    std::string url;
    uint64_t size_bytes = 0;  // 0 where it is not known yet
};

/// The files of a model that a reference names without a list: a URL or a path in a repository, and where that is a
/// shard all shards, which lie beside it; the one alone where their URLs would be more than 16 MiB of text. Empty for a
/// local path, a whole repository and a folder.
[[nodiscard]] std::vector<RemoteFile> namedFiles(const ModelReference & reference, const HubEndpoints & endpoints);

/// The files of one model of the repository.
[[nodiscard]] std::vector<RemoteFile> modelFiles(const HubModel & model, const ModelReference & reference,
                                                 const HubEndpoints & endpoints);

}  // namespace ggufit
