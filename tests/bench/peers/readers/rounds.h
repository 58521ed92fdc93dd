// What each reader prints: one line of JSON a round, and its peak memory at the end.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

inline double cpuMilliseconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto milliseconds = [](const timeval & t) {
        return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
    };
    return milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
}

/// Runs `read(path)`, which returns the number of tensors or -1, as often as the command line says.
template <typename Read>
int rounds(int argc, char ** argv, Read read) {
    if (argc != 3) return 2;
    for (int left = std::atoi(argv[2]); left > 0; --left) {
        const double cpu = cpuMilliseconds();
        const auto start = std::chrono::steady_clock::now();
        const long long n_tensors = read(argv[1]);
        const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
        if (n_tensors < 0) return 1;
        std::printf("{\"wall_ms\": %f, \"cpu_ms\": %f, \"n_tensors\": %lld}\n", wall.count(), cpuMilliseconds() - cpu,
                    n_tensors);
    }
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::printf("{\"peak_kib\": %ld}\n", used.ru_maxrss);
    return 0;
}
