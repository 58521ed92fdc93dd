// Reads the metadata of a GGUF header: keys with values of every type; long arrays are walked, not stored.
#include <algorithm>
#include <string>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/sections.h"

namespace ggufit {

namespace {

constexpr uint64_t kMaxKeyBytes = 65535;                  // GGUF's specification
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

class MetadataReader {
  public:
    MetadataReader(Cursor & cursor, uint64_t n_kv, File & file) : cursor_(cursor), n_kv_(n_kv), file_(file) {}

    bool read();

  private:
    bool readKeyValue();
    bool readValueType(ValueType & type);
    bool readScalar(ValueType type, Scalar & out);
    bool readArray(Array & array, uint32_t depth);
    bool readElements(Array & array, uint32_t depth);

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

    Cursor & cursor_;
    uint64_t n_kv_;
    File & file_;
    uint64_t kept_elements_ = 0;
};

bool MetadataReader::read() {
    file_.metadata.reserve(static_cast<size_t>(std::min(n_kv_, cursor_.remaining() / leastKeyBytes(cursor_))));
    for (uint64_t i = 0; i < n_kv_; i++) {
        cursor_.arrived(leastKeyBytes(cursor_));
        if (!readKeyValue()) return false;
    }
    return true;
}

bool MetadataReader::readKeyValue() {
    const uint64_t start = cursor_.position();
    std::string_view key;
    cursor_.setSubject("a key", {});
    cursor_.expect(4 + 1);  // type and value
    if (!cursor_.string(key, kMaxKeyBytes, "name")) return false;
    cursor_.arrived(4 + 1);
    if (key.empty()) {
        return cursor_.fail(phrase("key {} of {} has no name: the file is damaged",
                                   formatCount(file_.metadata.size() + 1), formatCount(n_kv_)),
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

bool MetadataReader::readValueType(ValueType & type) {
    const uint64_t start = cursor_.position();
    uint32_t number = 0;
    cursor_.expect(1);
    if (!cursor_.number(number, "type")) return false;
    cursor_.arrived(1);
    if (number > static_cast<uint32_t>(ValueType::f64)) {
        return cursor_.fail(phrase("{} has the value type {}, and GGUF has types 0 to 12: the file is damaged",
                                   cursor_.subject(), formatCount(number)),
                            start);
    }
    type = static_cast<ValueType>(number);
    return true;
}

bool MetadataReader::readScalar(ValueType type, Scalar & out) {
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

bool MetadataReader::readArray(Array & array, uint32_t depth) {
    const uint64_t start = cursor_.position();
    if (depth > kMaxArrayDepth) {
        return cursor_.fail(phrase("the arrays of {} are nested more than {} deep: the file is damaged",
                                   cursor_.subject(), std::to_string(kMaxArrayDepth)),
                            start);
    }
    cursor_.expect(cursor_.lengthBytes());
    if (!readValueType(array.element_type)) return false;
    cursor_.arrived(cursor_.lengthBytes());
    if (!cursor_.length(array.count, "number of elements")) return false;
    const uint64_t least = saturatingMul(array.count, leastBytes(array.element_type));
    if (!cursor_.need(least, phrase("array of {} elements", formatCount(array.count)))) return false;
    return readElements(array, depth);
}

// The array's least bytes are there: for numbers that is all of it, for strings and arrays their lengths.
bool MetadataReader::readElements(Array & array, uint32_t depth) {
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
        return cursor_.fail(phrase("the metadata's short arrays have more than {} elements together, thousands of "
                                   "times what a model has: the file is damaged",
                                   formatCount(kMaxKeptElements)),
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

}  // namespace

bool readMetadata(Cursor & cursor, uint64_t n_kv, File & file) { return MetadataReader(cursor, n_kv, file).read(); }

}  // namespace ggufit
