// Walks a GGUF header once: counts, metadata, tensor directory (layout: gguf.h; rules: gguf.cpp,
// gguf_init_from_reader).
#include "gguf/read.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/checked.h"
#include "base/units.h"
#include "gguf/cursor.h"
#include "gguf/not_gguf.h"

namespace ggufit {

namespace {

constexpr uint64_t kMagicBytes = 4;
constexpr uint64_t kMaxKeyBytes = 65535;      // GGUF's specification
constexpr uint64_t kMaxNameBytes = 63;        // GGML_MAX_NAME with its end mark
constexpr uint64_t kMaxElements = INT64_MAX;  // a tensor has fewer (gguf.cpp)
constexpr uint64_t kMaxAlignment = uint64_t{1} << 30;
constexpr uint64_t kMaxKeptElements = uint64_t{1} << 20;  // of all arrays together: thousands of times what models have
constexpr uint32_t kMaxArrayDepth = 8;                    // llama.cpp itself takes no nested arrays

/// Bytes of a value of fixed size; 0 for strings and arrays.
uint64_t fixedBytes(ValueType type) {
    using enum ValueType;
    switch (type) {
        case u8:
        case i8:
        case boolean: return 1;
        case u16:
        case i16: return 2;
        case u32:
        case i32:
        case f32: return 4;
        case u64:
        case i64:
        case f64: return 8;
        case string:
        case array: return 0;
    }
    return 0;
}

class HeaderReader {
  public:
    HeaderReader(std::span<const uint8_t> prefix, uint64_t file_bytes, const std::string & name)
        : prefix_(prefix), cursor_(prefix, file_bytes, name) {
        shard_.name = name;
    }

    Result<File> read() {
        if (!readMagic() || !readVersion() || !readCounts() || !readMetadata() || !readAlignment() || !readTensors() ||
            !checkEnd()) {
            return cursor_.error();
        }
        file_.shards.push_back(std::move(shard_));
        return std::move(file_);
    }

  private:
    bool readMagic();
    bool readVersion();
    bool readCounts();

    bool readMetadata();
    bool readKeyValue();
    bool readValueType(ValueType & type);
    bool readScalar(ValueType type, Scalar & out);
    bool readArray(Array & array, uint32_t depth);
    bool readElements(Array & array, uint32_t depth);
    bool readAlignment();

    bool readTensors();
    bool readTensor(uint64_t index);
    bool readShape(Tensor & tensor);
    bool readType(Tensor & tensor);
    bool readOffset(Tensor & tensor);
    bool checkEnd();

    template <typename T, typename Kept>
    bool readNumber(Scalar & out) {
        T number{};
        if (!cursor_.number(number, "value")) return false;
        out = static_cast<Kept>(number);
        return true;
    }

    /// Bytes that a value in an array takes at least.
    [[nodiscard]] uint64_t leastBytes(ValueType type) const {
        if (type == ValueType::string) return cursor_.lengthBytes();
        if (type == ValueType::array) return sizeof(uint32_t) + cursor_.lengthBytes();
        return fixedBytes(type);
    }
    // A key has a length, a letter, a type and a byte of value; a tensor a length, a letter, its dimensions' number, a
    // type and an offset.
    [[nodiscard]] uint64_t leastKeyBytes() const { return cursor_.lengthBytes() + 1 + 4 + 1; }
    [[nodiscard]] uint64_t leastTensorBytes() const { return cursor_.lengthBytes() + 1 + 4 + 4 + 8; }

    std::span<const uint8_t> prefix_;
    Cursor cursor_;
    File file_;
    Shard shard_;
    uint64_t n_kv_ = 0;
    uint64_t kept_elements_ = 0;
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
        return cursor_.fail(ErrorCode::unsupported,
                            "the file is GGUF version " + std::to_string(version) +
                                ", and ggufit knows versions 1 to 3: look for a newer ggufit",
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
    cursor_.expect(saturatingMul(shard_.n_tensors, leastTensorBytes()));
    if (!cursor_.fits(0, "directory of " + formatCount(shard_.n_tensors) + " tensors")) return false;
    cursor_.expect(saturatingMul(n_kv_, leastKeyBytes()));
    return cursor_.fits(0, "metadata of " + formatCount(n_kv_) + " keys");
}

bool HeaderReader::readMetadata() {
    file_.metadata.reserve(static_cast<size_t>(std::min(n_kv_, cursor_.remaining() / leastKeyBytes())));
    for (uint64_t i = 0; i < n_kv_; i++) {
        cursor_.arrived(leastKeyBytes());
        if (!readKeyValue()) return false;
    }
    return true;
}

bool HeaderReader::readKeyValue() {
    const uint64_t start = cursor_.position();
    std::string_view key;
    cursor_.setSubject("a key", {});
    cursor_.expect(4 + 1);  // type and value
    if (!cursor_.string(key, kMaxKeyBytes, "name")) return false;
    cursor_.arrived(4 + 1);
    if (key.empty()) {
        return cursor_.fail("key " + formatCount(file_.metadata.size() + 1) + " of " + formatCount(n_kv_) +
                                " has no name: the file is damaged",
                            start);
    }
    cursor_.setSubject("key", key);
    if (!file_.key_index.emplace(key, file_.metadata.size()).second) {
        return cursor_.fail(cursor_.subject() + " is given twice, and llama.cpp does not load such a file", start);
    }
    KeyValue & entry = file_.metadata.emplace_back(KeyValue{std::string(key), {}});
    if (!readValueType(entry.value.type)) return false;
    if (entry.value.type == ValueType::array) {
        Array array;
        if (!readArray(array, 1)) return false;
        entry.value.content = std::move(array);
        return true;
    }
    Scalar scalar;
    if (!readScalar(entry.value.type, scalar)) return false;
    entry.value.content = std::move(scalar);
    return true;
}

bool HeaderReader::readValueType(ValueType & type) {
    const uint64_t start = cursor_.position();
    uint32_t number = 0;
    cursor_.expect(1);
    if (!cursor_.number(number, "type")) return false;
    cursor_.arrived(1);
    if (number > static_cast<uint32_t>(ValueType::f64)) {
        return cursor_.fail(cursor_.subject() + " has the value type " + formatCount(number) +
                                ", and GGUF has types 0 to 12: the file is damaged",
                            start);
    }
    type = static_cast<ValueType>(number);
    return true;
}

bool HeaderReader::readScalar(ValueType type, Scalar & out) {
    using enum ValueType;
    switch (type) {
        case u8: return readNumber<uint8_t, uint64_t>(out);
        case u16: return readNumber<uint16_t, uint64_t>(out);
        case u32: return readNumber<uint32_t, uint64_t>(out);
        case u64: return readNumber<uint64_t, uint64_t>(out);
        case i8: return readNumber<int8_t, int64_t>(out);
        case i16: return readNumber<int16_t, int64_t>(out);
        case i32: return readNumber<int32_t, int64_t>(out);
        case i64: return readNumber<int64_t, int64_t>(out);
        case f32: return readNumber<float, double>(out);
        case f64: return readNumber<double, double>(out);
        case boolean: return readNumber<uint8_t, bool>(out);
        case string: {
            std::string_view text;
            if (!cursor_.string(text, kMaxHeaderBytes, "text")) return false;
            out = std::string(text);
            return true;
        }
        case array: break;  // readArray
    }
    return false;
}

bool HeaderReader::readArray(Array & array, uint32_t depth) {
    const uint64_t start = cursor_.position();
    if (depth > kMaxArrayDepth) {
        return cursor_.fail("the arrays of " + cursor_.subject() + " are nested more than " +
                                std::to_string(kMaxArrayDepth) + " deep: the file is damaged",
                            start);
    }
    cursor_.expect(cursor_.lengthBytes());
    if (!readValueType(array.element_type)) return false;
    cursor_.arrived(cursor_.lengthBytes());
    if (!cursor_.length(array.count, "number of elements")) return false;
    const uint64_t least = saturatingMul(array.count, leastBytes(array.element_type));
    if (!cursor_.need(least, "array of " + formatCount(array.count) + " elements")) return false;
    return readElements(array, depth);
}

// The array's least bytes are there: for numbers that is all of it, for strings and arrays their lengths.
bool HeaderReader::readElements(Array & array, uint32_t depth) {
    const uint64_t least = leastBytes(array.element_type);
    if (array.element_type == ValueType::array) {
        cursor_.expect(array.count * least);
        for (uint64_t i = 0; i < array.count; i++) {
            Array inner;
            cursor_.arrived(least);
            if (!readArray(inner, depth + 1)) return false;
        }
        return true;
    }
    if (array.count > kKeptArrayElements || depth > 1) {
        if (array.element_type != ValueType::string) {
            cursor_.skip(array.count * least);
            return true;
        }
        cursor_.expect(array.count * least);
        return cursor_.skipStrings(array.count, "elements");
    }
    kept_elements_ += array.count;
    if (kept_elements_ > kMaxKeptElements) {
        return cursor_.fail("the metadata's short arrays have more than " + formatCount(kMaxKeptElements) +
                                " elements together, thousands of times what a model has: the file is damaged",
                            cursor_.position());
    }
    array.elements.resize(static_cast<size_t>(array.count));
    cursor_.expect(array.count * least);
    for (auto & element : array.elements) {
        cursor_.arrived(least);
        if (!readScalar(array.element_type, element)) return false;
    }
    return true;
}

bool HeaderReader::readAlignment() {
    const Value * value = file_.find("general.alignment");
    if (value == nullptr) return true;
    const auto alignment = value->asUnsigned();
    const std::string subject = "general.alignment";
    if (value->type != ValueType::u32 || !alignment) {
        return cursor_.fail("key '" + subject + "' is of type " + std::string(valueTypeName(value->type)) +
                                " instead of u32, and llama.cpp does not load such a file",
                            cursor_.position());
    }
    if (*alignment == 0 || (*alignment & (*alignment - 1)) != 0 || *alignment > kMaxAlignment) {
        return cursor_.fail("key '" + subject + "' is " + formatCount(*alignment) +
                                ", but an alignment is a power of two up to " + formatCount(kMaxAlignment) +
                                ": the file is damaged",
                            cursor_.position());
    }
    shard_.alignment = *alignment;
    return true;
}

bool HeaderReader::readTensors() {
    file_.tensors.reserve(static_cast<size_t>(std::min(shard_.n_tensors, cursor_.remaining() / leastTensorBytes())));
    for (uint64_t i = 0; i < shard_.n_tensors; i++) {
        cursor_.arrived(leastTensorBytes());
        if (!readTensor(i)) return false;
    }
    return true;
}

bool HeaderReader::readTensor(uint64_t index) {
    const uint64_t start = cursor_.position();
    const uint64_t after_name = 4 + 4 + 8;
    std::string_view name;
    cursor_.setSubject("a tensor", {});
    cursor_.expect(after_name);
    if (!cursor_.string(name, kMaxNameBytes, "name")) return false;
    cursor_.arrived(after_name);
    if (name.empty()) {
        return cursor_.fail("tensor " + formatCount(index + 1) + " of " + formatCount(shard_.n_tensors) +
                                " has no name: the file is damaged",
                            start);
    }
    cursor_.setSubject("tensor", name);
    if (!file_.tensor_index.emplace(name, file_.tensors.size()).second) {
        return cursor_.fail(cursor_.subject() + " is given twice, and llama.cpp does not load such a file", start);
    }
    Tensor & tensor = file_.tensors.emplace_back();
    tensor.name = name;
    return readShape(tensor) && readType(tensor) && readOffset(tensor);
}

bool HeaderReader::readShape(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    uint32_t n_dims = 0;
    cursor_.expect(4 + 8);  // type and offset
    if (!cursor_.number(n_dims, "number of dimensions")) return false;
    if (n_dims > tensor.ne.size()) {
        return cursor_.fail(cursor_.subject() + " has " + formatCount(n_dims) +
                                " dimensions, and ggml knows at most 4: the file is damaged",
                            start);
    }
    if (!cursor_.need(n_dims * cursor_.lengthBytes(), "dimensions")) return false;
    uint64_t elements = 1;
    for (uint32_t i = 0; i < n_dims; i++) {
        if (!cursor_.length(tensor.ne[i], "dimensions")) return false;
        if (tensor.ne[i] == 0) {
            return cursor_.fail(cursor_.subject() + " has a dimension of 0 elements: the file is damaged", start);
        }
        elements = saturatingMul(elements, tensor.ne[i]);
    }
    if (elements >= kMaxElements) {
        return cursor_.fail(
            cursor_.subject() + " has dimensions whose product does not fit 63 bits: the file is damaged", start);
    }
    tensor.n_dims = std::max(n_dims, 1u);  // a scalar is a row of one element (ggml_n_dims)
    cursor_.arrived(4 + 8);
    return true;
}

bool HeaderReader::readType(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    uint32_t number = 0;
    cursor_.expect(8);
    if (!cursor_.number(number, "type")) return false;
    cursor_.arrived(8);
    const auto traits = typeTraits(number);
    if (!traits) {
        const std::string_view removed = removedTypeName(number);
        const std::string type = "type " + formatCount(number);
        const std::string fault =
            removed.empty() ? " is of " + type + ", which ggufit does not know: look for a newer ggufit"
                            : " is of " + type + " (" + std::string(removed) +
                                  "), which was removed from ggml: download a newer quantization of the model";
        return cursor_.fail(ErrorCode::unsupported, cursor_.subject() + fault, start);
    }
    tensor.type = traits->type;
    if (tensor.ne[0] % traits->block_size != 0) {
        return cursor_.fail(cursor_.subject() + " has rows of " + formatCount(tensor.ne[0]) +
                                " elements, no multiple of " + std::string(traits->name) + "'s block of " +
                                std::to_string(traits->block_size) + ": the file is damaged",
                            start);
    }
    const auto bytes = checkedMul(tensor.elements() / traits->block_size, traits->block_bytes);
    if (!bytes) {
        return cursor_.fail(cursor_.subject() + " has more bytes than 64 bits can count: the file is damaged", start);
    }
    tensor.n_bytes = *bytes;
    return true;
}

// llama.cpp loads a file only where each tensor begins at the padded end of the one before it (gguf.cpp).
bool HeaderReader::readOffset(Tensor & tensor) {
    const uint64_t start = cursor_.position();
    if (!cursor_.number(tensor.offset, "offset")) return false;
    const uint64_t expected = shard_.data_bytes;
    if (tensor.offset != expected) {
        const std::string fault = tensor.offset % shard_.alignment != 0
                                      ? ", which is not aligned to " + formatCount(shard_.alignment) + " bytes"
                                  : tensor.offset < expected ? ", which overlaps the tensor before it"
                                                             : ", which leaves a gap after the tensor before it";
        return cursor_.fail(cursor_.subject() + " begins at byte " + formatCount(tensor.offset) +
                                " of the tensor data" + fault + " (byte " + formatCount(expected) +
                                " was due): the file is damaged",
                            start);
    }
    const auto end = checkedAdd(tensor.offset, tensor.n_bytes);
    if (!end || padTo(*end, shard_.alignment) == UINT64_MAX) {
        return cursor_.fail("the tensor data up to " + cursor_.subject() +
                                " has more bytes than 64 bits can count: the file is damaged",
                            start);
    }
    data_end_ = *end;
    shard_.data_bytes = padTo(*end, shard_.alignment);
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
                            "the file has " + formatCount(shard_.file_bytes) + " bytes, and its tensors end at byte " +
                                formatCount(end) + ": " + formatCount(missing) + " bytes (" + formatGib(missing) +
                                ") are missing, its download did not finish; resume it or download the file again",
                            shard_.file_bytes);
    }
    // Some writers leave out the padding behind the last tensor; then the data ends with the file.
    shard_.data_bytes = std::min(shard_.data_bytes, shard_.file_bytes - shard_.data_offset);
    return true;
}

}  // namespace

Result<File> readHeader(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string name) {
    return HeaderReader(prefix, file_bytes, name).read();
}

}  // namespace ggufit
