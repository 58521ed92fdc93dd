// Headers that were fetched before, in the user's cache folder: what a server need not send twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ggufit::cli {

/// What was fetched from a URL: a header or a list of files, never tensor data.
struct CachedAnswer {
    std::string etag;
    std::string link;         // of a list: the header of this name
    uint64_t file_bytes = 0;  // size of the whole file; 0 where it is not known
    std::vector<uint8_t> bytes;
};

/// A folder with a file for each URL, named by a hash of it. A file that is damaged or of another URL counts as none.
/// No call reports a failure: without a cache everything works, only slower.
class HeaderCache {
  public:
    /// `folder` may be empty, for no cache.
    HeaderCache(std::string folder, uint64_t most_bytes) : folder_(std::move(folder)), most_bytes_(most_bytes) {}

    [[nodiscard]] std::optional<CachedAnswer> find(const std::string & url) const;

    /// Keeps an answer that has an ETag: to a temporary file, renamed at the end. Then the files that were not used for
    /// the longest time go, until the rest takes at most `most_bytes`.
    void keep(const std::string & url, const CachedAnswer & answer) const;

  private:
    void trim() const;

    std::string folder_;
    uint64_t most_bytes_;
};

}  // namespace ggufit::cli
