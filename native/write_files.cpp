// Writes temporary files beside their targets, then renames them.
#include "write_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "write_all.h"

namespace ggufit::cli {

namespace {

Error writeFault(const std::string & path, const std::string & what) {
    return {ErrorCode::input, path, what + ": " + std::strerror(errno) + "."};
}

/// Files that were begun and not yet renamed; what is left goes with it.
class Unfinished {
  public:
    Unfinished() = default;
    Unfinished(const Unfinished &) = delete;
    Unfinished & operator=(const Unfinished &) = delete;
    ~Unfinished() {
        for (const std::string & path : paths) ::unlink(path.c_str());
    }
    std::vector<std::string> paths;
};

/// Whether all of the text is in the file and the file is closed.
bool fill(int descriptor, std::string_view text) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    const bool done = writeAll(descriptor, text) && ::fchmod(descriptor, 0666 & ~mask) == 0 && ::fsync(descriptor) == 0;
    const int fault = errno;
    const bool closed = ::close(descriptor) == 0;
    if (!done) errno = fault;
    return done && closed;
}

}  // namespace

std::optional<Error> writeFiles(const std::string & folder, const std::vector<TextFile> & files) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        return Error{ErrorCode::input, folder, "is no folder; name one that exists."};
    const std::filesystem::path root(folder);
    Unfinished unfinished;
    for (const TextFile & file : files) {
        if (std::filesystem::is_directory(root / file.name, ignored))
            return Error{ErrorCode::input, (root / file.name).string(), "is a folder; it stands where a file should."};
        std::string path = (root / ("." + file.name + ".XXXXXX")).string();
        const int descriptor = ::mkstemp(path.data());
        if (descriptor < 0) return writeFault(folder, "nothing can be written there");
        unfinished.paths.push_back(path);
        if (!fill(descriptor, file.text)) return writeFault((root / file.name).string(), "writing failed");
    }
    for (size_t i = 0; i < files.size(); ++i) {
        const std::string path = (root / files[i].name).string();
        if (std::rename(unfinished.paths[i].c_str(), path.c_str()) != 0) return writeFault(path, "writing failed");
    }
    unfinished.paths.clear();
    return std::nullopt;
}

}  // namespace ggufit::cli
