// Waits beside the work, and writes only when that takes long.
#include "progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "render/escape.h"

namespace ggufit::cli {

namespace {

constexpr std::chrono::milliseconds kPatience{300}, kStep{100}, kReadAlong{2000};

std::mutex living;  // guards the pointer
Progress * latest = nullptr;
bool muted = false;

}  // namespace

Progress::Progress(std::string text) : before_(nullptr), text_(std::move(text)) {
    bool silent = text_.empty();
    {
        const std::lock_guard lock(living);
        before_ = std::exchange(latest, this);
        silent = silent || muted;
    }
    if (!silent && ::isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { show(); });
}

Progress::~Progress() {
    {
        const std::lock_guard lock(living);
        latest = before_;
    }
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        done_ = true;
    }
    ended_.notify_one();
    thread_.join();
}

void Progress::mute() {
    const std::lock_guard lock(living);
    muted = true;
}

void Progress::say(std::string text, std::string line) {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return;
    text_ = std::move(text);
    if (!line.empty()) lines_.push_back(std::move(line));
}

void Progress::tell(std::string text) {
    const std::lock_guard alive(living);
    if (latest != nullptr) latest->say(std::move(text));
}

std::string Progress::told() {
    const std::lock_guard alive(living);
    if (latest == nullptr) return {};
    const std::lock_guard lock(latest->mutex_);
    return latest->text_;
}

void Progress::show() {
    std::unique_lock lock(mutex_);
    const auto start = std::chrono::steady_clock::now();
    if (ended_.wait_for(lock, kPatience, [this] { return done_; })) return;
    do {
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        if (taken > kReadAlong) {
            for (const std::string & line : lines_) std::fprintf(stderr, "\r\033[K%s\n", safeTerminal(line).c_str());
            lines_.clear();
        }
        std::fprintf(stderr, "\r\033[K%s … %.1f s", text_.c_str(), taken.count());
        std::fflush(stderr);
    } while (!ended_.wait_for(lock, kStep, [this] { return done_; }));
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
}

}  // namespace ggufit::cli
