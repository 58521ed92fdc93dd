// Walks a GGUF header once: counts, metadata, tensor directory (layout: gguf.h; rules: gguf.cpp,
// gguf_init_from_reader).
#include "gguf/read.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "gguf/cursor.h"
#include "gguf/not_gguf.h"
#include "gguf/sections.h"

namespace ggufit {

namespace {

constexpr uint64_t kMagicBytes = 4;
constexpr uint64_t kMaxAlignment = uint64_t{1} << 30;

class HeaderReader {
  public:
    HeaderReader(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string name)
        : prefix_(prefix), cursor_(prefix, file_bytes, name) {
        shard_.name = std::move(name);
    }

    Result<File> read() {
        if (!readMagic() || !readVersion() || !readCounts() || !readMetadata(cursor_, n_kv_, file_) ||
            !readAlignment() || !readTensors(cursor_, file_, shard_, data_end_) || !checkEnd()) {
            return cursor_.error();
        }
        file_.shards.push_back(std::move(shard_));
        return std::move(file_);
    }

  private:
    bool readMagic();
    bool readVersion();
    bool readCounts();
    bool readAlignment();
    bool checkEnd();

    std::span<const uint8_t> prefix_;
    Cursor cursor_;
    File file_;
    Shard shard_;
    uint64_t n_kv_ = 0;
    uint64_t data_end_ = 0;  // of the last tensor, without padding
};

bool HeaderReader::readMagic() {
    if (prefix_.empty() && cursor_.fileBytes() == 0) return cursor_.fail(describeNotGguf(prefix_), 0);
    const auto known = std::min<size_t>(prefix_.size(), kMagicBytes);
    if (known > 0 && std::memcmp(prefix_.data(), "GGUF", known) != 0) return cursor_.fail(describeNotGguf(prefix_), 0);
    cursor_.expect(4 + 2 * 4);  // the version and, at least, two counts of version 1
    if (!cursor_.need(kMagicBytes, "magic")) return false;
    cursor_.skip(kMagicBytes);
    cursor_.arrived(4);
    return true;
}

bool HeaderReader::readVersion() {
    uint32_t version = 0;
    if (!cursor_.number(version, "version")) return false;
    // A version has few digits: one with only high bits set was written the other way round (gguf.cpp).
    shard_.big_endian = version != 0 && (version & 0xffff) == 0;
    if (shard_.big_endian) version = __builtin_bswap32(version);
    if (version == 0) {
        return cursor_.fail("the file says that it is GGUF version 0, which never was: it is damaged", kMagicBytes);
    }
    if (version > 3) {
        return cursor_.fail(
            ErrorCode::unsupported,
            phrase("the file is GGUF version {}, and ggufit knows versions 1 to 3: look for a newer ggufit",
                   std::to_string(version)),
            kMagicBytes);
    }
    shard_.version = version;
    cursor_.setLayout(shard_.big_endian, version > 1);
    cursor_.arrived(2 * 4);
    return true;
}

bool HeaderReader::readCounts() {
    cursor_.expect(cursor_.lengthBytes());
    if (!cursor_.length(shard_.n_tensors, "number of tensors")) return false;
    cursor_.arrived(cursor_.lengthBytes());
    if (!cursor_.length(n_kv_, "number of keys")) return false;
    cursor_.expect(saturatingMul(shard_.n_tensors, leastTensorBytes(cursor_)));
    if (!cursor_.fits(0, phrase("directory of {} tensors", formatCount(shard_.n_tensors)))) return false;
    cursor_.expect(saturatingMul(n_kv_, leastKeyBytes(cursor_)));
    return cursor_.fits(0, phrase("metadata of {} keys", formatCount(n_kv_)));
}

bool HeaderReader::readAlignment() {
    const Value * value = file_.find("general.alignment");
    if (value == nullptr) return true;
    const auto alignment = value->asUnsigned();
    const std::string subject = "general.alignment";
    if (value->type != ValueType::u32 || !alignment) {
        return cursor_.fail(phrase("key '{}' is of type {} instead of u32, and llama.cpp does not load such a file",
                                   subject, std::string(valueTypeName(value->type))),
                            cursor_.position());
    }
    if (*alignment == 0 || (*alignment & (*alignment - 1)) != 0 || *alignment > kMaxAlignment) {
        return cursor_.fail(phrase("key '{}' is {}, but an alignment is a power of two up to {}: the file is damaged",
                                   subject, formatCount(*alignment), formatCount(kMaxAlignment)),
                            cursor_.position());
    }
    shard_.alignment = *alignment;
    return true;
}

bool HeaderReader::checkEnd() {
    shard_.header_bytes = cursor_.position();
    shard_.file_bytes = cursor_.fileBytes();
    // Without tensors there is no data to align (gguf.cpp).
    shard_.data_offset = shard_.n_tensors > 0 ? padTo(shard_.header_bytes, shard_.alignment) : shard_.header_bytes;
    if (shard_.file_bytes == 0) return true;
    const uint64_t end = saturatingAdd(shard_.data_offset, data_end_);
    if (end > shard_.file_bytes) {
        const uint64_t missing = end - shard_.file_bytes;
        return cursor_.fail(ErrorCode::unfinished,
                            phrase("the file has {}, and its tensors end at byte {}: {} ({}{} missing, its download "
                                   "did not finish; resume it or download the file again",
                                   countOf(shard_.file_bytes, "byte"), formatCount(end), countOf(missing, "byte"),
                                   formatGib(missing), (missing == 1 ? ") is" : ") are")),
                            shard_.file_bytes);
    }
    // Some writers leave out the padding behind the last tensor; then the data ends with the file.
    shard_.data_bytes = std::min(shard_.data_bytes, shard_.file_bytes - shard_.data_offset);
    return true;
}

}  // namespace

Result<File> readHeader(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string name) {
    return HeaderReader(prefix, file_bytes, std::move(name)).read();
}

}  // namespace ggufit
