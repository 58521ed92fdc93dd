// Writes beside the file and renames; a lock on the folder itself keeps two runs apart and leaves nothing behind.
#include "edit_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "write_all.h"

namespace ggufit::cli {

namespace {

constexpr size_t kLargestText = size_t{16} << 20;

Error fault(const std::string & path, std::string detail) { return {ErrorCode::input, path, std::move(detail)}; }

Error systemFault(const std::string & path, const std::string & what) {
    return fault(path, what + ": " + std::strerror(errno) + ".");
}

/// A descriptor that is closed in any case.
class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(const Descriptor &) = delete;
    Descriptor & operator=(const Descriptor &) = delete;
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    [[nodiscard]] int get() const { return descriptor_; }
    [[nodiscard]] bool open() const { return descriptor_ >= 0; }

  private:
    int descriptor_;
};

/// A file that goes unless it was renamed.
class Temporary {
  public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    Temporary(const Temporary &) = delete;
    Temporary & operator=(const Temporary &) = delete;
    ~Temporary() {
        if (!kept_) ::unlink(path_.c_str());
    }
    [[nodiscard]] const std::string & path() const { return path_; }
    void keep() { kept_ = true; }

  private:
    std::string path_;
    bool kept_ = false;
};

/// All bytes of a descriptor; nothing where reading fails or there are too many.
std::optional<std::string> readAll(int descriptor) {
    std::string text;
    char block[1 << 14];
    for (;;) {
        const ssize_t got = ::read(descriptor, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) return text;
        text.append(block, static_cast<size_t>(got));
        if (text.size() > kLargestText) {
            errno = EFBIG;
            return std::nullopt;
        }
    }
}

std::string folderOf(const std::string & path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

std::string temporaryPath(const std::string & path) {
    return folderOf(path) + "/." + std::filesystem::path(path).filename().string() + ".ggufit-new";
}

/// The file with its links followed; nothing where a part of the path is not there.
std::optional<std::string> realPath(const std::string & path) {
    char resolved[PATH_MAX];
    if (::realpath(path.c_str(), resolved) == nullptr) return std::nullopt;
    return std::string(resolved);
}

Error changedMeanwhile(const std::string & path) {
    return fault(path, "was changed by something else meanwhile, and is left as it is now; run the command again.");
}

/// Whether the path is still that of a regular file with the bytes that were read. A pipe that was put there is not
/// waited for, and a link not followed: the path had none when the file was read.
bool unchanged(const OpenedText & opened) {
    const Descriptor now(::open(opened.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    struct stat state {};
    if (!now.open() || ::fstat(now.get(), &state) != 0 || !S_ISREG(state.st_mode)) return false;
    const auto text = readAll(now.get());
    return text && opened.text && *text == *opened.text;
}

/// Gives the new file the mode and owner of the old one.
std::optional<Error> keepOwner(int descriptor, const struct stat & old, const std::string & path) {
    struct stat made {};
    if (::fstat(descriptor, &made) != 0) return systemFault(path, "writing failed");
    const bool same = made.st_uid == old.st_uid && made.st_gid == old.st_gid;
    if (!same && ::fchown(descriptor, old.st_uid, old.st_gid) != 0)
        return fault(path, "belongs to another user or group, which can't be kept; run this as that user.");
    if (::fchmod(descriptor, old.st_mode & 07777) != 0) return systemFault(path, "writing failed");
    return std::nullopt;
}

/// Renames over the old file, or puts the new one where none is.
std::optional<Error> moveInPlace(const OpenedText & opened, Temporary & temporary) {
    if (opened.text) {
        if (!unchanged(opened)) return changedMeanwhile(opened.path);
        if (std::rename(temporary.path().c_str(), opened.path.c_str()) != 0)
            return systemFault(opened.path, "writing failed");
        temporary.keep();
        return std::nullopt;
    }
    if (::link(temporary.path().c_str(), opened.path.c_str()) == 0) return std::nullopt;
    return errno == EEXIST ? changedMeanwhile(opened.path) : systemFault(opened.path, "writing failed");
}

void flushFolder(const std::string & folder) {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.open()) (void)::fsync(descriptor.get());  // some file systems can't; the file itself is flushed
}

std::optional<Error> writeBeside(const OpenedText & opened, std::string_view text, const struct stat * old) {
    Temporary temporary(temporaryPath(opened.path));
    ::unlink(temporary.path().c_str());  // of a run that was killed; nobody else writes it while the lock is held
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const Descriptor descriptor(::open(temporary.path().c_str(), flags, old == nullptr ? 0666 : 0600));
    if (!descriptor.open()) {
        temporary.keep();
        return systemFault(folderOf(opened.path), "nothing can be written there");
    }
    if (old != nullptr) {
        if (auto wrong = keepOwner(descriptor.get(), *old, opened.path)) return wrong;
    }
    if (!writeAll(descriptor.get(), text) || ::fsync(descriptor.get()) != 0)
        return systemFault(opened.path, "writing failed");
    if (auto wrong = moveInPlace(opened, temporary)) return wrong;
    flushFolder(folderOf(opened.path));
    return std::nullopt;
}

}  // namespace

Result<OpenedText> openText(const std::string & path) {
    OpenedText opened;
    const auto real = realPath(path);
    if (!real) {
        struct stat link {};
        if (errno != ENOENT) return systemFault(path, "can't be read");
        if (::lstat(path.c_str(), &link) == 0) return fault(path, "is a link to a file that is not there.");
        const auto folder = realPath(folderOf(path));
        if (!folder) return fault(folderOf(path), "is no folder; name one that exists.");
        opened.path = *folder + "/" + std::filesystem::path(path).filename().string();
        return opened;
    }
    opened.path = *real;
    const Descriptor descriptor(::open(real->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat state {};
    if (!descriptor.open() || ::fstat(descriptor.get(), &state) != 0) return systemFault(path, "can't be read");
    if (S_ISDIR(state.st_mode)) return fault(path, "is a folder; name the models.conf in it.");
    if (!S_ISREG(state.st_mode)) return fault(path, "is no regular file.");
    auto text = readAll(descriptor.get());
    if (!text && errno == EFBIG) return fault(path, "is too large for a models.conf (over 16 MiB).");
    if (!text) return systemFault(path, "can't be read");
    opened.text = std::move(*text);
    return opened;
}

std::optional<Error> replaceText(const OpenedText & opened, std::string_view text) {
    const std::string folder = folderOf(opened.path);
    const Descriptor held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!held.open()) return systemFault(folder, "nothing can be written there");
    if (::flock(held.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return fault(opened.path, "another ggufit is changing a file beside it; run the command again.");
    if (!opened.text) return writeBeside(opened, text, nullptr);
    struct stat old {};
    if (::access(opened.path.c_str(), W_OK) != 0) {
        return errno == ENOENT ? changedMeanwhile(opened.path) : systemFault(opened.path, "can't be written");
    }
    if (::stat(opened.path.c_str(), &old) != 0) return changedMeanwhile(opened.path);
    return writeBeside(opened, text, &old);
}

}  // namespace ggufit::cli
