// What tools print of a machine's GPUs, read: text → Machine and what has to be said about it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"

namespace ggufit {

/// A machine that was read off a tool's output. Devices are in the order in which the tool lists them, which is
/// llama.cpp's own only where llama.cpp printed it; a note says where the two may differ.
struct Listing {
    std::string source;             // the tools, for people: "nvidia-smi", "llama-server --list-devices"
    Machine machine;                // host.total_mib is 0 where the output does not say it
    std::vector<std::string> held;  // for each device the programs that hold its memory; empty where none is named
    std::vector<Warning> notes;     // what was counted how, what is missing, what was left out
};

/// Recognises by content, with prompts, log prefixes and other lines around it: nvidia-smi (its table, -L, -q,
/// --query-gpu in CSV with any columns), rocm-smi (text, --json, --csv), amd-smi (static and metric, text and --json),
/// llama-server --list-devices, the device lines of llama.cpp's log, xpu-smi discovery, system_profiler and sysctl of
/// a Mac, MemTotal of /proc/meminfo, files of /sys/class/drm behind their paths, and the machine format itself
/// (parseMachine). Outputs of several tools may follow each other. Memory that other programs hold counts as reserved.
/// An output that names no GPU is an input error that says what to paste; so is one of more than 1 MiB.
[[nodiscard]] Result<Listing> parseListing(std::string_view text);

}  // namespace ggufit
