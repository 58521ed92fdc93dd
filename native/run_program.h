// Runs a tool of the system without a shell, within a time and a size, and hands back what it printed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ggufit::cli {

enum class RunEnd : uint8_t { ended, signalled, timed_out, too_long, not_started };

struct ProgramRun {
    RunEnd end = RunEnd::not_started;
    int code = 0;     // of `ended` the exit status, of `signalled` the signal, of `not_started` the errno
    std::string out;  // as far as it came
    std::string err;

    [[nodiscard]] bool succeeded() const { return end == RunEnd::ended && code == 0; }
};

/// How long a tool may take and how much each of its two outputs may hold.
struct RunLimits {
    std::chrono::milliseconds time = std::chrono::seconds(10);
    size_t bytes = size_t{1} << 20;
};

/// The executable of this name in an absolute folder of PATH. Relative folders are passed over: what lies where one
/// happens to stand is not run.
[[nodiscard]] std::optional<std::string> findProgram(const std::string & name);

/// Runs a program with these arguments, nothing on its standard input and English messages. It runs in a process group
/// of its own, which is killed when the limits are reached or the program ends, with whatever it started.
[[nodiscard]] ProgramRun runProgram(const std::string & path, const std::vector<std::string> & arguments,
                                    const RunLimits & limits = {});

}  // namespace ggufit::cli
