// posix_spawn, two pipes and a deadline.
#include "run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

extern char ** environ;

namespace ggufit::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// A pipe whose ends no program inherits by itself, read without waiting.
class Pipe {
  public:
    Pipe() {
        if (::pipe(ends_.data()) != 0) return;
        for (const int end : ends_) ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe() {
        closeRead();
        closeWrite();
    }
    Pipe(const Pipe &) = delete;
    Pipe & operator=(const Pipe &) = delete;

    [[nodiscard]] bool opened() const { return ends_[0] >= 0; }
    [[nodiscard]] int readEnd() const { return ends_[0]; }
    [[nodiscard]] int writeEnd() const { return ends_[1]; }
    void closeRead() { closeEnd(ends_[0]); }
    void closeWrite() { closeEnd(ends_[1]); }

  private:
    static void closeEnd(int & end) {
        if (end >= 0) ::close(end);
        end = -1;
    }

    std::array<int, 2> ends_ = {-1, -1};
};

/// Reads what is there; false where the text is longer than allowed. The end of the text closes the pipe.
bool drain(Pipe & pipe, std::string & text, size_t most) {
    std::array<char, 1 << 16> block{};
    while (pipe.opened()) {
        const ssize_t got = ::read(pipe.readEnd(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return true;
        if (got <= 0) {
            pipe.closeRead();
            return true;
        }
        const size_t room = most - text.size();
        text.append(block.data(), std::min(room, static_cast<size_t>(got)));
        if (static_cast<size_t>(got) > room) return false;
    }
    return true;
}

/// Waits for output, a moment at most.
void waitForOutput(const Pipe & out, const Pipe & err, std::chrono::milliseconds most) {
    std::array<pollfd, 2> polled = {pollfd{out.readEnd(), POLLIN, 0}, pollfd{err.readEnd(), POLLIN, 0}};
    const auto moment = std::clamp<int64_t>(most.count(), 0, 20);
    ::poll(polled.data(), polled.size(), static_cast<int>(moment));  // a closed pipe is −1, which poll passes over
}

/// Whether the program ended; it is not reaped, so that its group is still its own.
bool hasEnded(pid_t child) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == child;
}

/// The environment with messages in English and without colours.
std::vector<std::string> plainEnvironment() {
    std::vector<std::string> words;
    for (char ** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view word(*entry);
        const bool replaced = word.starts_with("LC_") || word.starts_with("LANG=") || word.starts_with("LANGUAGE=") ||
                              word.starts_with("NO_COLOR=");
        if (!replaced) words.emplace_back(word);
    }
    words.emplace_back("LC_ALL=C");
    words.emplace_back("NO_COLOR=1");
    return words;
}

std::vector<char *> pointersTo(std::vector<std::string> & words) {
    std::vector<char *> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string & word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// Starts the program; 0 or an errno.
int start(const std::string & path, const std::vector<std::string> & arguments, const Pipe & out, const Pipe & err,
          pid_t & child) {
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment = plainEnvironment();
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.writeEnd(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.writeEnd(), STDERR_FILENO);
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    const int fault = ::posix_spawn(&child, path.c_str(), &actions, &attributes, pointersTo(words).data(),
                                    pointersTo(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return fault;
}

}  // namespace

std::optional<std::string> findProgram(const std::string & name) {
    const char * path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find(':'), rest.size());
        const std::string_view folder = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!folder.starts_with('/')) continue;
        std::string file = std::string(folder) + "/" + name;
        struct stat status {};
        if (::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(file.c_str(), X_OK) == 0)
            return file;
    }
    return std::nullopt;
}

ProgramRun runProgram(const std::string & path, const std::vector<std::string> & arguments, const RunLimits & limits) {
    ProgramRun run;
    Pipe out, err;
    if (!out.opened() || !err.opened()) {
        run.code = errno;
        return run;
    }
    pid_t child = 0;
    run.code = start(path, arguments, out, err, child);
    if (run.code != 0) return run;
    out.closeWrite();
    err.closeWrite();

    const auto deadline = Clock::now() + limits.time;
    run.end = RunEnd::ended;
    for (;;) {
        const bool ended = hasEnded(child);  // asked first: what it printed before is then drained below
        if (!drain(out, run.out, limits.bytes) || !drain(err, run.err, limits.bytes)) {
            run.end = RunEnd::too_long;
            break;
        }
        if (ended) break;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            run.end = RunEnd::timed_out;
            break;
        }
        waitForOutput(out, err, left);
    }
    ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (run.end == RunEnd::ended && WIFSIGNALED(status)) run.end = RunEnd::signalled;
    run.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    return run;
}

}  // namespace ggufit::cli
