// A GGUF file's header over HTTP: as much of the file's beginning as it takes, and little more.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/result.h"
#include "gguf/file.h"
#include "header_cache.h"
#include "hub/repository.h"
#include "transfer.h"

namespace ggufit::cli {

/// Told how many bytes of bodies have come in all, by any thread.
using OnBytes = std::function<void(uint64_t bytes)>;

/// What all threads share: where from, what was kept, how far they are.
struct Fetching {
    const Access & access;
    const std::atomic<bool> & cancelled;
    HeaderCache cache{access.cache_folder, access.cache_bytes};
    OnBytes on_bytes;
    std::atomic<uint64_t> body_bytes{0};

    Fetching(const Access & given, const std::atomic<bool> & flag, OnBytes told = {})
        : access(given), cancelled(flag), on_bytes(std::move(told)) {}

    void took(uint64_t bytes) {
        const uint64_t all = body_bytes += bytes;
        if (on_bytes) on_bytes(all);
    }
};

/// Reads the header of one file. The first request asks for a little, for `later_shard` less, the second for as much as
/// the header will probably take, and ends as soon as it is there. A server that ignores ranges is cut off behind the
/// header. A file that changes meanwhile is begun again once.
[[nodiscard]] Result<File> fetchHeader(const RemoteFile & file, bool later_shard, Fetching & fetching,
                                       Transfer & transfer);

/// A text of at most `most_bytes`, and the header "Link" of its answer.
struct FetchedText {
    std::string text;
    std::string link;
};
[[nodiscard]] Result<FetchedText> fetchText(const std::string & url, const std::string & shown, uint64_t most_bytes,
                                            Fetching & fetching, Transfer & transfer);

/// A URL without its query, for messages.
[[nodiscard]] std::string shownUrl(const std::string & url);

}  // namespace ggufit::cli
