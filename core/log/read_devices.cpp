// Lines on devices: what they are, what they have, what is free.
#include <algorithm>

#include "log/read.h"

namespace ggufit {

namespace {

constexpr size_t kMostDevices = 64;
constexpr size_t kLongestName = 80;
constexpr size_t kLongestDescription = 200;

/// The device of this name, new where there is none; nothing where there are too many.
LogDevice * deviceNamed(Log & log, std::string_view name) {
    for (LogDevice & device : log.devices) {
        if (device.name == name) return &device;
    }
    if (log.devices.size() >= kMostDevices || name.empty() || name.size() > kLongestName) return nullptr;
    log.devices.push_back({});
    log.devices.back().name = name;
    return &log.devices.back();
}

/// "using device CUDA0 (NVIDIA RTX A6000) (0000:2b:00.0) - 48267 MiB free"
void readUsed(const LogLine & line, Log & log) {
    const auto rest = after(line.body, "using device ");
    if (!rest) return;
    const size_t open = rest->find(" ("), dash = rest->rfind(" - ");
    if (open == std::string_view::npos || dash == std::string_view::npos || dash < open) return;
    std::string_view words = trimBlanks(rest->substr(open, dash - open));
    const auto free_mib = leadingCount(rest->substr(dash + 3));
    // The bus address is a second pair of brackets; a description may hold brackets of its own.
    const size_t address = words.rfind(" (");
    if (address != std::string_view::npos && words.ends_with(')')) {
        const std::string_view inner = words.substr(address + 2, words.size() - address - 3);
        const bool bus =
            inner == "unknown id" || (inner.find(':') != std::string_view::npos &&
                                      inner.find_first_not_of("0123456789abcdef:.") == std::string_view::npos);
        if (bus) words = words.substr(0, address);
    }
    if (words.size() >= 2 && words.front() == '(' && words.back() == ')') words = words.substr(1, words.size() - 2);
    advanceTo(log, LogStage::opened);
    LogDevice * device = deviceNamed(log, trimBlanks(rest->substr(0, open)));
    if (device == nullptr) return;
    device->description = words.substr(0, kLongestDescription);
    if (free_mib) device->free_mib = free_mib;
}

/// "- Vulkan0 : NVIDIA GeForce RTX 3090 (24822 MiB, 23617 MiB free)", also as --list-devices has it.
void readListed(const LogLine & line, Log & log) {
    const std::string_view body = trimBlanks(line.body);
    if (!body.ends_with(" MiB free)")) return;
    const size_t open = body.rfind(" ("), colon = body.find(": ");
    if (open == std::string_view::npos || colon == std::string_view::npos || colon > open) return;
    std::string_view name = body.substr(0, colon);
    if (name.starts_with("- ")) name.remove_prefix(2);
    name = trimBlanks(name);
    if (name.find(' ') != std::string_view::npos) return;
    const auto total_mib = leadingCount(body.substr(open + 2));
    const auto rest = after(body.substr(open), "MiB, ");
    LogDevice * device = deviceNamed(log, name);
    if (device == nullptr) return;
    advanceTo(log, LogStage::opened);
    device->description = trimBlanks(body.substr(colon + 2, open - colon - 2)).substr(0, kLongestDescription);
    if (total_mib) device->total_mib = total_mib;
    if (rest) device->free_at_list_mib = leadingCount(*rest);
}

/// "Device 0: NVIDIA RTX A6000, compute capability 8.6, VMM: yes, VRAM: 48531 MiB",
/// "Device 0: Radeon RX 7900 GRE, gfx1100 (0x1100), VMM: no, Wave Size: 32"
void readInitialized(const LogLine & line, Log & log) {
    const std::string_view body = trimBlanks(line.body);
    if (!body.starts_with("Device ")) return;
    const auto index = leadingCount(body.substr(7));
    const size_t colon = body.find(": ");
    if (!index || colon == std::string_view::npos || *index > 999) return;
    const std::string_view words = body.substr(colon + 2);
    const auto capability = after(words, "compute capability ");
    const size_t gfx = words.find(", gfx");
    if (!capability && gfx == std::string_view::npos) return;
    LogDevice * device = deviceNamed(log, (capability ? "CUDA" : "ROCm") + std::to_string(*index));
    if (device == nullptr) return;
    advanceTo(log, LogStage::opened);
    device->description = words.substr(0, words.find(", ")).substr(0, kLongestDescription);
    if (capability) device->compute_capability = capability->substr(0, std::min<size_t>(capability->find(','), 8));
    if (!capability) {
        const std::string_view name = words.substr(gfx + 2);
        device->gfx = name.substr(0, std::min<size_t>(name.find_first_of(" :,"), 16));
    }
    if (const auto vram = after(words, "VRAM: ")) device->total_mib = leadingCount(*vram);
}

/// "ggml_metal_device_init: recommendedMaxWorkingSetSize  = 12713.12 MB", of 10^6 bytes.
void readMetal(const LogLine & line, Log & log) {
    const auto rest = after(line.body, "recommendedMaxWorkingSetSize  = ");
    const auto megabytes = rest ? leadingNumber(*rest) : std::nullopt;
    if (!megabytes || *megabytes > 1e9) return;
    for (LogDevice & device : log.devices) {
        if (!device.name.starts_with("M")) continue;
        device.total_mib = static_cast<uint64_t>(*megabytes * 1e6 / (1024.0 * 1024));
    }
}

void readFound(const LogLine & line, Log & log) {
    if (line.function != "ggml_cuda_init" || !trimBlanks(line.body).starts_with("found ")) return;
    advanceTo(log, LogStage::opened);
    addEntry(log.other_lines, std::string(line.tagged));
}

}  // namespace

void readDevices(const LogLine & line, Log & log) {
    readFound(line, log);
    readUsed(line, log);
    readListed(line, log);
    readInitialized(line, log);
    readMetal(line, log);
}

}  // namespace ggufit
