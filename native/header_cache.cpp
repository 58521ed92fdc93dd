// A line of JSON with what the bytes are and their checksum, then the bytes.
#include "header_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "write_all.h"

namespace ggufit::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char * kFormat = "ggufit header 1";
constexpr std::chrono::hours kAbandoned{1};  // a temporary file whose writer is gone

/// FNV-1a over 64 bits.
uint64_t hashOf(std::string_view bytes, uint64_t start) {
    uint64_t hash = start;
    for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    return hash;
}

constexpr uint64_t kStart = 0xcbf29ce484222325, kOtherStart = 0x9e3779b97f4a7c15;

std::string hex(uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(16, '0');
    for (size_t i = 16; i-- > 0; number >>= 4) text[i] = kDigits[number & 15];
    return text;
}

/// The URL itself is not written: its query may be a secret.
std::string nameOf(const std::string & url) { return hex(hashOf(url, kStart)) + hex(hashOf(url, kOtherStart)); }

std::string_view view(const std::vector<uint8_t> & bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

std::string textOf(const Json & json, const char * key) {
    const auto found = json.find(key);
    const auto * text = found == json.end() ? nullptr : found->get_ptr<const Json::string_t *>();
    return text ? *text : "";
}

uint64_t numberOf(const Json & json, const char * key) {
    const auto found = json.find(key);
    const auto * number = found == json.end() ? nullptr : found->get_ptr<const Json::number_unsigned_t *>();
    return number ? *number : 0;
}

}  // namespace

std::optional<CachedAnswer> HeaderCache::find(const std::string & url) const {
    if (folder_.empty()) return std::nullopt;
    const fs::path path = fs::path(folder_) / nameOf(url);
    std::ifstream in(path, std::ios::binary);
    std::string first;
    if (!in || !std::getline(in, first)) return std::nullopt;
    const Json about = parseJson(first);
    if (!about.is_object() || textOf(about, "format") != kFormat) return std::nullopt;
    CachedAnswer answer{textOf(about, "etag"), textOf(about, "link"), numberOf(about, "file_bytes"), {}};
    answer.bytes.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    const bool whole = textOf(about, "checksum") == hex(hashOf(view(answer.bytes), kStart)) && !answer.etag.empty();
    if (!whole) return std::nullopt;
    std::error_code ignored;
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
    return answer;
}

void HeaderCache::keep(const std::string & url, const CachedAnswer & answer) const {
    if (folder_.empty() || answer.etag.empty() || answer.bytes.size() > most_bytes_ / 4) return;
    std::error_code failed;
    fs::create_directories(folder_, failed);
    const Json about = {{"format", kFormat},
                        {"etag", answer.etag},
                        {"link", answer.link},
                        {"file_bytes", answer.file_bytes},
                        {"checksum", hex(hashOf(view(answer.bytes), kStart))}};
    std::string temporary = folder_ + "/.new-XXXXXX";
    const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
    if (descriptor < 0) return;
    const std::string first = dumpJson(about) + "\n";
    const bool written = writeAll(descriptor, first) && writeAll(descriptor, view(answer.bytes));
    const bool closed = ::close(descriptor) == 0;
    if (!written || !closed || ::rename(temporary.c_str(), (folder_ + "/" + nameOf(url)).c_str()) != 0) {
        ::unlink(temporary.c_str());
        return;
    }
    trim();
}

void HeaderCache::trim() const {
    struct Entry {
        fs::path path;
        fs::file_time_type used;
        uint64_t bytes;
    };
    std::vector<Entry> entries;
    uint64_t total = 0;
    std::error_code failed;
    const auto now = fs::file_time_type::clock::now();
    for (fs::directory_iterator it(folder_, failed), end; !failed && it != end; it.increment(failed)) {
        std::error_code gone;
        Entry entry{it->path(), it->last_write_time(gone), it->file_size(gone)};
        if (gone) continue;
        const bool temporary = entry.path.filename().string().starts_with(".new-");
        if (temporary && now - entry.used > kAbandoned) fs::remove(entry.path, gone);
        if (temporary) continue;
        total += entry.bytes;
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const Entry & a, const Entry & b) { return a.used < b.used; });
    for (size_t i = 0; i < entries.size() && total > most_bytes_; i++) {
        std::error_code gone;
        if (fs::remove(entries[i].path, gone)) total -= entries[i].bytes;
    }
}

}  // namespace ggufit::cli
