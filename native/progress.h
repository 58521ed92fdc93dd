// A line on standard error while the core takes longer than a moment.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace ggufit::cli {

/// From 300 ms on shows what is under way and for how long, and takes it away again when it ends. Only where standard
/// error is a terminal: files and pipes get nothing.
class Progress {
  public:
    explicit Progress(std::string text);
    ~Progress();
    Progress(const Progress &) = delete;
    Progress & operator=(const Progress &) = delete;

  private:
    void show();

    std::string text_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool done_ = false;
    std::thread thread_;  // last: it reads the others
};

}  // namespace ggufit::cli
