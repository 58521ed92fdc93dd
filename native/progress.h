// A line on standard error while the core takes longer than a moment.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ggufit::cli {

/// An empty text shows nothing. Else from 300 ms on shows what is under way and for how long, and takes it away again
/// when it ends. Only where standard error is a terminal: files and pipes get nothing.
class Progress {
  public:
    explicit Progress(std::string text);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress & operator=(const Progress &) = delete;

    /// None that is made from now on shows anything: --quiet.
    static void mute();

    /// What is under way from now on. `line` is kept above it once the work has taken long enough to read along.
    void say(std::string text, std::string line = "");

    /// The same for the latest one that lives, by any thread; nothing where none does.
    static void tell(std::string text);
    [[nodiscard]] static std::string told();

  private:
    void show();

    Progress * before_;
    std::string text_;
    std::vector<std::string> lines_;  // not shown yet
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_ = false;
    std::thread thread_;  // last: it reads the others
};

/// Until its end the line may say something else; then what it said before.
class ProgressStage {
  public:
    ProgressStage() : before_(Progress::told()) {}
    ~ProgressStage() { Progress::tell(before_); }
    ProgressStage(const ProgressStage &) = delete;
    ProgressStage & operator=(const ProgressStage &) = delete;

  private:
    std::string before_;
};

}  // namespace ggufit::cli
