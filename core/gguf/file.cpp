// Look-ups in a GGUF header, and the readings of a metadata value.
#include "gguf/file.h"

#include <algorithm>
#include <array>

#include "base/checked.h"

namespace ggufit {

std::string_view valueTypeName(ValueType type) {
    // gguf.cpp, GGUF_TYPE_NAME
    static constexpr std::array<std::string_view, 13> kNames = {"u8",   "i8",  "u16", "i16", "u32", "i32", "f32",
                                                                "bool", "str", "arr", "u64", "i64", "f64"};
    const auto number = static_cast<uint32_t>(type);
    return number < kNames.size() ? kNames[number] : "unknown";
}

namespace {

template <typename T>
const T * scalarOf(const Value & value) {
    const auto * scalar = std::get_if<Scalar>(&value.content);
    return scalar ? std::get_if<T>(scalar) : nullptr;
}

}  // namespace

std::optional<uint64_t> Value::asUnsigned() const {
    if (const auto * number = scalarOf<uint64_t>(*this)) return *number;
    if (const auto * number = scalarOf<int64_t>(*this)) {
        return *number >= 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
    }
    if (const auto * truth = scalarOf<bool>(*this)) return *truth ? 1 : 0;
    return std::nullopt;
}

std::optional<double> Value::asNumber() const {
    if (const auto * number = scalarOf<uint64_t>(*this)) return static_cast<double>(*number);
    if (const auto * number = scalarOf<int64_t>(*this)) return static_cast<double>(*number);
    if (const auto * number = scalarOf<double>(*this)) return *number;
    return std::nullopt;
}

std::optional<bool> Value::asBool() const {
    if (const auto * truth = scalarOf<bool>(*this)) return *truth;
    return std::nullopt;
}

const std::string * Value::asString() const { return scalarOf<std::string>(*this); }

const Array * Value::asArray() const { return std::get_if<Array>(&content); }

const Value * File::find(std::string_view key) const {
    const auto found = key_index.find(key);
    return found == key_index.end() ? nullptr : &metadata[found->second].value;
}

const Tensor * File::findTensor(std::string_view name) const {
    const auto found = tensor_index.find(name);
    return found == tensor_index.end() ? nullptr : &tensors[found->second];
}

uint64_t File::totalFileBytes() const {
    uint64_t total = 0;
    for (const auto & shard : shards) {
        const uint64_t end = saturatingAdd(shard.data_offset, shard.data_bytes);
        total = saturatingAdd(total, shard.file_bytes != 0 ? shard.file_bytes : end);
    }
    return total;
}

uint64_t File::totalTensorBytes() const {
    uint64_t total = 0;
    for (const auto & tensor : tensors) total = saturatingAdd(total, tensor.n_bytes);
    return total;
}

void indexFile(File & file) {
    file.key_index.clear();
    file.tensor_index.clear();
    for (size_t i = 0; i < file.metadata.size(); i++) file.key_index.emplace(file.metadata[i].key, i);
    for (size_t i = 0; i < file.tensors.size(); i++) file.tensor_index.emplace(file.tensors[i].name, i);
}

}  // namespace ggufit
