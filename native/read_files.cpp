// The second stage of the CLI: reads a growing prefix of each file of a model, as far as its header goes.
#include "read_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "access.h"
#include "base/units.h"
#include "fetch.h"
#include "gguf/read.h"
#include "gguf/shards.h"
#include "hub/reference.h"

namespace ggufit::cli {

namespace {

constexpr uint64_t kFirstRead = kMib;
constexpr uint64_t kLargestText = 16 * kMib;

Error inputError(const std::string & path, std::string detail) { return {ErrorCode::input, path, std::move(detail)}; }

/// A regular file that is open for reading.
class OpenFile {
  public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    OpenFile(OpenFile && other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    OpenFile(const OpenFile &) = delete;
    OpenFile & operator=(const OpenFile &) = delete;
    OpenFile & operator=(OpenFile &&) = delete;
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    /// Appends to `bytes` until it has `size` of them or the file ends; false with errno set where reading fails.
    [[nodiscard]] bool readTo(std::vector<uint8_t> & bytes, uint64_t size) const {
        size_t have = bytes.size();
        bytes.resize(static_cast<size_t>(size));
        while (have < size) {
            const ssize_t got =
                ::pread(descriptor_, bytes.data() + have, static_cast<size_t>(size) - have, static_cast<off_t>(have));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return false;
            if (got == 0) break;
            have += static_cast<size_t>(got);
        }
        bytes.resize(have);
        return true;
    }

  private:
    int descriptor_;
};

struct Opened {
    OpenFile file;
    uint64_t size = 0;
};

/// Non-blocking, so that a pipe under the name of a model cannot make ggufit wait.
Result<Opened> openRegular(const std::string & path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return inputError(path, std::string("can't be opened: ") + std::strerror(errno) + ".");
    Opened opened{OpenFile(descriptor)};
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        return inputError(path, std::string("can't be read: ") + std::strerror(errno) + ".");
    if (S_ISDIR(status.st_mode)) {
        return inputError(path, "is a folder; name the GGUF file in it (of a split model, any shard).");
    }
    if (!S_ISREG(status.st_mode)) return inputError(path, "is not a regular file.");
    opened.size = static_cast<uint64_t>(status.st_size);
    return opened;
}

Result<File> readOneHeader(const std::string & path) {
    auto opened = openRegular(path);
    if (!opened) return opened.error();
    const std::string name = std::filesystem::path(path).filename().string();
    std::vector<uint8_t> prefix;
    uint64_t wanted = kFirstRead;
    for (;;) {
        wanted = std::min(wanted, opened->size);
        if (!opened->file.readTo(prefix, wanted))
            return inputError(path, std::string("reading failed: ") + std::strerror(errno) + ".");
        auto file = readHeader(prefix, opened->size, name);
        if (file) return file;
        Error error = file.error();
        error.where = error.where.empty() ? path : error.where;
        const bool whole = prefix.size() >= opened->size || prefix.size() < wanted;
        if (error.code != ErrorCode::truncated || whole) return error;
        wanted = std::max(error.needed_bytes, 2 * static_cast<uint64_t>(prefix.size()));
    }
}

}  // namespace

Result<File> readModelFile(const std::string & path) {
    auto given = readOneHeader(path);
    if (!given) return given.error();
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    const auto shard = parseShardName(std::filesystem::path(path).filename().string());
    std::vector<File> files;
    files.push_back(std::move(*given));
    if (!shard) return joinShards(std::move(files));

    for (uint32_t index = 1; index <= shard->count; ++index) {
        if (index == shard->index) continue;
        const std::string beside = (folder / shardFileName(*shard, index)).string();
        std::error_code ignored;
        if (!std::filesystem::exists(beside, ignored)) {
            return inputError(beside, "this shard is missing: put all " + std::to_string(shard->count) +
                                          " shards of the model into one folder.");
        }
        auto file = readOneHeader(beside);
        if (!file) return file.error();
        files.push_back(std::move(*file));
    }
    return joinShards(std::move(files));
}

Result<File> readModelFiles(const std::string & model) {
    const auto access = accessOfEnvironment();
    const auto reference = parseModelReference(model, access ? access->endpoints : HubEndpoints{});
    if (!reference) return reference.error();
    if (reference->kind == ReferenceKind::path) return readModelFile(model);
    if (!access) return access.error();
    return fetchModel(*reference, *access);
}

bool isFetched(const std::string & model) {
    const auto reference = parseModelReference(model);
    return reference && reference->kind != ReferenceKind::path;
}

Result<std::string> readTextFile(const std::string & path) {
    auto opened = openRegular(path);
    if (!opened) return opened.error();
    if (opened->size > kLargestText) return inputError(path, "is too large for a machine description (over 16 MiB).");
    std::vector<uint8_t> bytes;
    if (!opened->file.readTo(bytes, opened->size))
        return inputError(path, std::string("reading failed: ") + std::strerror(errno) + ".");
    return std::string(bytes.begin(), bytes.end());
}

}  // namespace ggufit::cli
