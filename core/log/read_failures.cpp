// Lines on memory that was asked for and not there, by backend, and on what else ended a start.
#include <algorithm>

#include "base/units.h"
#include "log/read.h"

namespace ggufit {

namespace {

constexpr double kMostMib = 1e12;

/// What one line says of a shortage.
struct Hint {
    std::string device;
    LogPart part = LogPart::unknown;
    uint64_t bytes = 0;
};

uint64_t bytesOf(double mib) { return mib > 0 && mib < kMostMib ? static_cast<uint64_t>(mib * kMib) : 0; }

/// The part that a buffer of weights or cache belongs to, by how far the start had come.
LogPart allocatedPart(const Log & log) { return log.stage >= LogStage::context ? LogPart::cache : LogPart::weights; }

/// HIP prints the same texts as CUDA; which of the two runs is seen from the devices.
std::string cudaDevice(const Log & log, uint64_t index) {
    const bool rocm = std::any_of(log.devices.begin(), log.devices.end(),
                                  [](const LogDevice & device) { return device.name.starts_with("ROCm"); });
    return (rocm ? "ROCm" : "CUDA") + std::to_string(index);
}

/// "failed to allocate CUDA0 buffer of size 151851674624"
std::optional<Hint> bufferHint(const LogLine & line, const Log & log) {
    const auto rest = after(line.body, "failed to allocate ");
    if (!rest) return std::nullopt;
    const size_t mark = rest->find(" buffer of size ");
    Hint hint;
    if (mark != std::string_view::npos && mark > 0 && mark < 80) {
        hint.device = rest->substr(0, mark);
        hint.bytes = leadingCount(rest->substr(mark + 16)).value_or(0);
        hint.part = line.function.starts_with("ggml_gallocr") ? LogPart::compute : allocatedPart(log);
        return hint;
    }
    if (rest->starts_with("buffer of size ")) {  // ggml_backend_cpu_buffer_type_alloc_buffer
        hint.device = "host";
        hint.bytes = leadingCount(rest->substr(15)).value_or(0);
        return hint;
    }
    if (rest->starts_with("buffer, size = ")) {  // Metal
        hint.device = "Metal";
        hint.bytes = bytesOf(leadingNumber(rest->substr(15)).value_or(0));
        return hint;
    }
    if (rest->starts_with("buffer for kv cache") || rest->starts_with("buffer for rs cache")) {
        hint.part = LogPart::cache;
        return hint;
    }
    if (rest->starts_with("compute ")) {
        hint.part = LogPart::compute;
        return hint;
    }
    return std::nullopt;
}

std::optional<Hint> cudaHint(const LogLine & line, const Log & log) {
    const bool out = line.text.find("out of memory") != std::string_view::npos;
    if (!out) return std::nullopt;
    Hint hint;
    if (const auto rest = after(line.body, "allocating ");
        rest && rest->find("alloc failed") != std::string_view::npos) {
        hint.bytes = bytesOf(leadingNumber(*rest).value_or(0));
        const auto index = after(*rest, " on device ");
        if (index) hint.device = cudaDevice(log, leadingCount(*index).value_or(0));
        return hint;
    }
    if (line.text.find("CUDA error") != std::string_view::npos ||
        line.text.find("ROCm error") != std::string_view::npos) {
        hint.part = log.stage >= LogStage::reserved ? LogPart::running : LogPart::unknown;
        return hint;
    }
    return std::nullopt;
}

std::optional<Hint> vulkanHint(const LogLine & line) {
    Hint hint;
    if (const auto rest = after(line.body, "Device memory allocation of size ")) {
        hint.bytes = leadingCount(*rest).value_or(0);
        return hint;
    }
    const bool out = line.body.find("ErrorOutOfDeviceMemory") != std::string_view::npos ||
                     line.body.find("Not enough memory for command submission") != std::string_view::npos;
    if (out) return hint;
    if (line.body.find("ErrorOutOfHostMemory") == std::string_view::npos) return std::nullopt;
    hint.device = "host";
    return hint;
}

/// The kernel's own words, and what a failed mapping or allocation prints.
std::optional<Hint> hostHint(const LogLine & line) {
    for (const std::string_view mark :
         {"Out of memory: Killed process", "oom-kill:", "insufficient memory (attempted to allocate", "std::bad_alloc",
          "mmap failed: Cannot allocate memory", "warning: failed to mlock"}) {
        if (line.text.find(mark) == std::string_view::npos || mark.starts_with("warning")) continue;
        Hint hint;
        hint.device = "host";
        return hint;
    }
    if (line.text.find("kIOGPUCommandBufferCallbackErrorOutOfMemory") != std::string_view::npos) {
        Hint hint;
        hint.device = "Metal";
        hint.part = LogPart::running;
        return hint;
    }
    return std::nullopt;
}

std::optional<Hint> hintOf(const LogLine & line, const Log & log) {
    if (auto hint = bufferHint(line, log)) return hint;
    if (auto hint = cudaHint(line, log)) return hint;
    if (auto hint = vulkanHint(line)) return hint;
    return hostHint(line);
}

/// Lines that tell of one shortage follow each other and do not contradict.
bool belongsTo(const LogShortage & last, const Hint & hint) {
    const bool device = last.device.empty() || hint.device.empty() || last.device == hint.device;
    // CUDA prints MiB with two decimals, the allocator bytes
    const uint64_t apart = last.bytes > hint.bytes ? last.bytes - hint.bytes : hint.bytes - last.bytes;
    const bool size = last.bytes == 0 || hint.bytes == 0 || apart < kMib / 64;
    return device && size && !last.survived;
}

void merge(LogShortage & last, const Hint & hint) {
    if (last.device.empty()) last.device = hint.device;
    if (last.part == LogPart::unknown) last.part = hint.part;
    if (last.bytes == 0 || hint.bytes % kMib != 0) last.bytes = hint.bytes == 0 ? last.bytes : hint.bytes;
}

bool isError(const LogLine & line) {
    for (const std::string_view mark :
         {"error loading model", "failed to load model", "failed to create context", "failed to initialize the context",
          "failed to init model", "unable to load model", "exiting due to model loading error", "GGML_ASSERT",
          "Segmentation fault", "error: invalid argument"}) {
        if (line.text.find(mark) != std::string_view::npos) return true;
    }
    return line.text.find("CUDA error") != std::string_view::npos;
}

}  // namespace

void readFailures(const LogLine & line, Log & log) {
    const bool lost = line.text.find("ErrorDeviceLost") != std::string_view::npos && !log.shortages.empty();
    const auto hint = lost ? Hint{} : hintOf(line, log);
    if (hint) {
        if (log.shortages.empty() || !belongsTo(log.shortages.back(), *hint)) addEntry(log.shortages, LogShortage{});
        merge(log.shortages.back(), *hint);
        addEntry(log.shortages.back().lines, std::string(line.tagged));
    }
    if (!log.shortages.empty() && !hint) {
        if (const auto index = after(line.text, "current device: ")) {
            LogShortage & last = log.shortages.back();
            if (last.device.empty()) last.device = cudaDevice(log, leadingCount(*index).value_or(0));
        }
    }
    if (isError(line)) addEntry(log.errors, std::string(trimBlanks(line.tagged).substr(0, 400)));
}

}  // namespace ggufit
