// Readings that the tools' formats share.
#include "machine/listing_parts.h"

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "base/units.h"
#include "machine/budget.h"
#include "machine/fields.h"

namespace ggufit::listings {

namespace {

/// Bytes of a unit as tools write them; 0 for what is none.
uint64_t unitBytes(std::string_view unit) {
    for (const char * mib : {"MiB", "MB", "M"}) {
        if (unit == mib) return kMib;
    }
    for (const char * gib : {"GiB", "GB", "G"}) {
        if (unit == gib) return kGib;
    }
    for (const char * kib : {"KiB", "kB", "KB", "K"}) {
        if (unit == kib) return kKib;
    }
    return unit == "TB" || unit == "TiB" ? kGib * 1024 : unit == "B" || unit == "Bytes" ? 1 : 0;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// "/usr/bin/llama-server" → "llama-server".
std::string_view programName(std::string_view path) {
    path = trimmed(path);
    path = path.substr(path.find_last_of("/\\") + 1);
    return path.substr(0, path.find(' '));
}

}  // namespace

ListedGpu * gpuOf(std::vector<ListedGpu> & gpus, std::string_view key) {
    const auto found = std::find_if(gpus.begin(), gpus.end(), [&](const ListedGpu & gpu) { return gpu.key == key; });
    if (found != gpus.end()) return &*found;
    if (gpus.size() >= kMostListedGpus || key.size() > 64) return nullptr;
    gpus.emplace_back();
    gpus.back().key = std::string(key);
    return &gpus.back();
}

void addProgram(ListedGpu & gpu, std::string_view path, std::optional<uint64_t> mib) {
    const auto name = programName(path);
    if (name.starts_with("llama-")) {
        gpu.llama_mib += mib.value_or(0);
    } else if (!name.empty() && gpu.programs.size() < 8 &&
               std::find(gpu.programs.begin(), gpu.programs.end(), name) == gpu.programs.end()) {
        gpu.programs.push_back(listedName(name));
    }
}

std::optional<std::pair<std::string_view, std::string_view>> keyAndValue(std::string_view line) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto key = trimmed(line.substr(0, colon));
    if (key.empty()) return std::nullopt;
    return std::pair(key, trimmed(line.substr(colon + 1)));
}

std::optional<uint64_t> leadingNumber(std::string_view text) {
    uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc()) return std::nullopt;
    return value;
}

std::optional<uint64_t> listedMib(std::string_view text, uint64_t plain_bytes) {
    text = trimmed(text);
    const auto whole = leadingNumber(text);
    if (!whole) return std::nullopt;
    size_t end = 0;
    while (end < text.size() && isDigit(text[end])) ++end;
    uint64_t tenths = 0;
    if (end + 1 < text.size() && text[end] == '.' && isDigit(text[end + 1])) {
        tenths = static_cast<uint64_t>(text[end + 1] - '0');
        for (++end; end < text.size() && isDigit(text[end]);) ++end;
    }
    const auto unit = trimmed(text.substr(end));
    const uint64_t bytes = unit.empty() ? plain_bytes : unitBytes(unit);
    const auto all = bytes == 0 ? std::nullopt : checkedMul(*whole, bytes);
    const auto size = all ? checkedAdd(*all, bytes / 10 * tenths) : std::nullopt;
    if (!size || *size / kMib > kLargestMib) return std::nullopt;
    return *size / kMib;
}

std::optional<std::string_view> between(std::string_view line, std::string_view before, std::string_view after) {
    const size_t start = line.find(before);
    if (start == std::string_view::npos) return std::nullopt;
    line.remove_prefix(start + before.size());
    const size_t end = line.find(after);
    if (end == std::string_view::npos) return std::nullopt;
    return line.substr(0, end);
}

Lines wordsOf(std::string_view line) {
    constexpr size_t kMost = 64;
    Lines words;
    size_t start = 0;
    while (words.size() < kMost) {
        start = line.find_first_not_of(" \t", start);
        if (start == std::string_view::npos) break;
        const size_t end = std::min(line.find_first_of(" \t", start), line.size());
        words.push_back(line.substr(start, end - start));
        start = end;
    }
    return words;
}

std::string listedName(std::string_view text) {
    constexpr size_t kLongest = 200;
    text = trimmed(text);
    if (text.size() > kLongest) {
        size_t end = kLongest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;  // not within a character
        text = text.substr(0, end);
    }
    return std::string(text);
}

}  // namespace ggufit::listings
