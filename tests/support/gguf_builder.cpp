// Writes the description down as GGUF bytes (layout: llama.cpp's gguf.h; version 1 has 32-bit counts and lengths).
#include "support/gguf_builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ggufit::test {

namespace {

template <typename T>
std::vector<uint8_t> littleBytes(T value) {  // x86, arm64 and WASM write numbers so
    std::vector<uint8_t> bytes(sizeof(T));
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}

constexpr uint32_t number(ValueType type) { return static_cast<uint32_t>(type); }

}  // namespace

GgufBuilder & GgufBuilder::version(uint32_t version_number) {
    version_ = version_number;
    return *this;
}

GgufBuilder & GgufBuilder::bigEndian(bool yes) {
    big_endian_ = yes;
    return *this;
}

GgufBuilder & GgufBuilder::alignment(uint32_t bytes) {
    alignment_ = bytes;
    return u32("general.alignment", bytes);
}

template <typename T>
GgufBuilder & GgufBuilder::number(std::string_view key, ValueType type, T value) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(type);
    entry.numbers = littleBytes(value);
    entry.width = sizeof(T);
    entries_.push_back(std::move(entry));
    return *this;
}

template <typename T>
GgufBuilder & GgufBuilder::numbers(std::string_view key, ValueType type, const std::vector<T> & values) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(ValueType::array);
    entry.element_type = test::number(type);
    entry.width = sizeof(T);
    for (const T value : values) {
        const Bytes bytes = littleBytes(value);
        entry.numbers.insert(entry.numbers.end(), bytes.begin(), bytes.end());
    }
    entries_.push_back(std::move(entry));
    return *this;
}

GgufBuilder & GgufBuilder::u8(std::string_view key, uint8_t v) { return number(key, ValueType::u8, v); }
GgufBuilder & GgufBuilder::i8(std::string_view key, int8_t v) { return number(key, ValueType::i8, v); }
GgufBuilder & GgufBuilder::u16(std::string_view key, uint16_t v) { return number(key, ValueType::u16, v); }
GgufBuilder & GgufBuilder::i16(std::string_view key, int16_t v) { return number(key, ValueType::i16, v); }
GgufBuilder & GgufBuilder::u32(std::string_view key, uint32_t v) { return number(key, ValueType::u32, v); }
GgufBuilder & GgufBuilder::i32(std::string_view key, int32_t v) { return number(key, ValueType::i32, v); }
GgufBuilder & GgufBuilder::u64(std::string_view key, uint64_t v) { return number(key, ValueType::u64, v); }
GgufBuilder & GgufBuilder::i64(std::string_view key, int64_t v) { return number(key, ValueType::i64, v); }
GgufBuilder & GgufBuilder::f32(std::string_view key, float v) { return number(key, ValueType::f32, v); }
GgufBuilder & GgufBuilder::f64(std::string_view key, double v) { return number(key, ValueType::f64, v); }
GgufBuilder & GgufBuilder::boolean(std::string_view key, bool v) {
    return number(key, ValueType::boolean, static_cast<uint8_t>(v));
}

GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<uint8_t> & v) {
    return numbers(key, ValueType::u8, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<int8_t> & v) {
    return numbers(key, ValueType::i8, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<uint16_t> & v) {
    return numbers(key, ValueType::u16, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<int16_t> & v) {
    return numbers(key, ValueType::i16, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<uint32_t> & v) {
    return numbers(key, ValueType::u32, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<int32_t> & v) {
    return numbers(key, ValueType::i32, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<uint64_t> & v) {
    return numbers(key, ValueType::u64, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<int64_t> & v) {
    return numbers(key, ValueType::i64, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<float> & v) {
    return numbers(key, ValueType::f32, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<double> & v) {
    return numbers(key, ValueType::f64, v);
}
GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<bool> & v) {
    return numbers(key, ValueType::boolean, v);
}

GgufBuilder & GgufBuilder::string(std::string_view key, std::string_view value) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(ValueType::string);
    entry.strings = {std::string(value)};
    entries_.push_back(std::move(entry));
    return *this;
}

GgufBuilder & GgufBuilder::array(std::string_view key, const std::vector<std::string> & values) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(ValueType::array);
    entry.element_type = test::number(ValueType::string);
    entry.strings = values;
    entries_.push_back(std::move(entry));
    return *this;
}

GgufBuilder & GgufBuilder::nestedArray(std::string_view key, const std::vector<std::vector<uint32_t>> & values) {
    Entry outer;
    outer.key = key;
    outer.type = outer.element_type = test::number(ValueType::array);
    for (const auto & inner : values) {
        array(key, inner);
        outer.arrays.push_back(std::move(entries_.back()));
        entries_.pop_back();
    }
    entries_.push_back(std::move(outer));
    return *this;
}

GgufBuilder & GgufBuilder::tensor(std::string_view name, GgmlType type, const std::vector<uint64_t> & ne) {
    TensorEntry entry;
    entry.name = name;
    entry.ne = ne;
    entry.type = static_cast<uint32_t>(type);
    uint64_t rows = 1;
    for (size_t i = 1; i < ne.size(); i++) rows *= ne[i];
    entry.n_bytes = rowBytes(type, ne.empty() ? 1 : ne[0]) * rows;
    tensors_.push_back(entry);
    return *this;
}

GgufBuilder & GgufBuilder::withData(bool yes) {
    with_data_ = yes;
    return *this;
}

GgufBuilder & GgufBuilder::magic(std::string_view four_letters) {
    magic_ = four_letters;
    return *this;
}

GgufBuilder & GgufBuilder::versionBytes(uint32_t version_number) {
    version_bytes_ = version_number;
    return *this;
}

GgufBuilder & GgufBuilder::tensorCount(uint64_t count) {
    n_tensors_ = count;
    return *this;
}

GgufBuilder & GgufBuilder::keyCount(uint64_t count) {
    n_kv_ = count;
    return *this;
}

GgufBuilder & GgufBuilder::keyLength(uint64_t bytes) {
    entries_.back().key_length = bytes;
    return *this;
}

GgufBuilder & GgufBuilder::rawValue(std::string_view key, uint32_t value_type, const std::vector<uint8_t> & value) {
    Entry entry;
    entry.key = key;
    entry.type = value_type;
    entry.numbers = value;
    entry.width = std::max<size_t>(value.size(), 1);
    entries_.push_back(entry);
    return *this;
}

GgufBuilder & GgufBuilder::hugeArray(std::string_view key, ValueType element_type, uint64_t count) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(ValueType::array);
    entry.element_type = test::number(element_type);
    entry.count = count;
    entries_.push_back(entry);
    return *this;
}

GgufBuilder & GgufBuilder::hugeString(std::string_view key, uint64_t bytes) {
    Entry entry;
    entry.key = key;
    entry.type = test::number(ValueType::string);
    entry.count = bytes;
    entries_.push_back(entry);
    return *this;
}

GgufBuilder & GgufBuilder::deepArray(std::string_view key, uint32_t depth) {
    Entry entry;
    entry.type = test::number(ValueType::array);
    entry.element_type = test::number(ValueType::u8);
    for (uint32_t i = 1; i < depth; i++) {
        Entry outer;
        outer.type = outer.element_type = test::number(ValueType::array);
        outer.arrays.push_back(std::move(entry));
        entry = std::move(outer);
    }
    entry.key = key;
    entries_.push_back(entry);
    return *this;
}

GgufBuilder & GgufBuilder::tensorType(uint32_t type_number) {
    tensors_.back().type = type_number;
    return *this;
}

GgufBuilder & GgufBuilder::tensorOffset(uint64_t offset) {
    tensors_.back().offset = offset;
    return *this;
}

GgufBuilder & GgufBuilder::tensorNameLength(uint64_t bytes) {
    tensors_.back().name_length = bytes;
    return *this;
}

GgufBuilder & GgufBuilder::dimensionCount(uint32_t count) {
    tensors_.back().n_dims = count;
    return *this;
}

void GgufBuilder::putNumbers(Bytes & out, const Bytes & little, size_t width) const {
    if (!big_endian_) {
        out.insert(out.end(), little.begin(), little.end());
        return;
    }
    for (size_t start = 0; start < little.size(); start += width) {
        for (size_t i = width; i > 0; i--) out.push_back(little[start + i - 1]);
    }
}

void GgufBuilder::putInteger(Bytes & out, uint64_t value, size_t width) const {
    Bytes little = littleBytes(value);
    little.resize(width);
    putNumbers(out, little, width);
}

void GgufBuilder::putLength(Bytes & out, uint64_t length) const { putInteger(out, length, version_ == 1 ? 4 : 8); }

void GgufBuilder::putString(Bytes & out, std::string_view text, std::optional<uint64_t> length) const {
    putLength(out, length.value_or(text.size()));
    out.insert(out.end(), text.begin(), text.end());
}

void GgufBuilder::putValue(Bytes & out, const Entry & entry) const {
    if (entry.type == test::number(ValueType::string)) {
        putString(out, entry.strings.empty() ? "" : entry.strings.front(), entry.count);
        return;
    }
    if (entry.type == test::number(ValueType::array)) {
        putInteger(out, entry.element_type, 4);
        putLength(
            out, entry.count.value_or(entry.strings.size() + entry.arrays.size() + entry.numbers.size() / entry.width));
        for (const auto & text : entry.strings) putString(out, text, {});
        for (const auto & array : entry.arrays) putValue(out, array);
    }
    putNumbers(out, entry.numbers, entry.width);
}

void GgufBuilder::putTensors(Bytes & out) const {
    uint64_t offset = 0;
    for (const auto & tensor : tensors_) {
        putString(out, tensor.name, tensor.name_length);
        putInteger(out, tensor.n_dims.value_or(static_cast<uint32_t>(tensor.ne.size())), 4);
        for (const uint64_t n : tensor.ne) putLength(out, n);
        putInteger(out, tensor.type, 4);
        putInteger(out, tensor.offset.value_or(offset), 8);
        offset += (tensor.n_bytes + alignment_ - 1) / alignment_ * alignment_;
    }
}

GgufBuilder::Bytes GgufBuilder::header() const {
    Bytes out(magic_.begin(), magic_.end());
    putInteger(out, version_bytes_.value_or(version_), 4);
    putLength(out, n_tensors_.value_or(tensors_.size()));
    putLength(out, n_kv_.value_or(entries_.size()));
    for (const auto & entry : entries_) {
        putString(out, entry.key, entry.key_length);
        putInteger(out, entry.type, 4);
        putValue(out, entry);
    }
    putTensors(out);
    return out;
}

uint64_t GgufBuilder::dataBytes() const {
    uint64_t bytes = 0;
    for (const auto & tensor : tensors_) bytes += (tensor.n_bytes + alignment_ - 1) / alignment_ * alignment_;
    return bytes;
}

uint64_t GgufBuilder::headerBytes() const { return header().size(); }

uint64_t GgufBuilder::fileBytes() const {
    const uint64_t header_bytes = headerBytes();
    if (tensors_.empty()) return header_bytes;
    return (header_bytes + alignment_ - 1) / alignment_ * alignment_ + dataBytes();
}

std::vector<uint8_t> GgufBuilder::build() const {
    Bytes out = header();
    if (with_data_) out.resize(static_cast<size_t>(fileBytes()));
    return out;
}

}  // namespace ggufit::test
