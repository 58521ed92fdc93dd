// A GGUF file's header as a value: metadata, tensor directory and where the bytes lie. No tensor data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gguf/ggml_type.h"

namespace ggufit {

/// Metadata value types by their number in the file (gguf.h, enum gguf_type).
enum class ValueType : uint32_t {
    // clang-format off
    u8 = 0, i8 = 1, u16 = 2, i16 = 3, u32 = 4, i32 = 5, f32 = 6, boolean = 7,
    string = 8, array = 9, u64 = 10, i64 = 11, f64 = 12,
    // clang-format on
};

[[nodiscard]] std::string_view valueTypeName(ValueType type);

/// Arrays of at most this many elements keep them; longer ones (tokens, scores, merges) keep only type and count.
/// llama.cpp's per-layer arrays have at most 512 (LLAMA_MAX_LAYERS).
inline constexpr uint64_t kKeptArrayElements = 1024;

/// One element: unsigned, signed, floating, boolean or text.
using Scalar = std::variant<uint64_t, int64_t, double, bool, std::string>;

struct Array {
    ValueType element_type = ValueType::u8;
    uint64_t count = 0;
    std::vector<Scalar> elements;  // all of them where count <= kKeptArrayElements and not nested; else empty
};

struct Value {
    ValueType type = ValueType::u8;
    std::variant<Scalar, Array> content;

    /// The value as an unsigned integer, where it is an integer (of any width) and not negative, or a boolean.
    [[nodiscard]] std::optional<uint64_t> asUnsigned() const;
    [[nodiscard]] std::optional<double> asNumber() const;  // any integer or float
    [[nodiscard]] std::optional<bool> asBool() const;
    [[nodiscard]] const std::string * asString() const;
    [[nodiscard]] const Array * asArray() const;
};

struct KeyValue {
    std::string key;
    Value value;
};

/// A tensor of the directory.
struct Tensor {
    std::string name;
    GgmlType type = GgmlType::f32;
    uint32_t n_dims = 1;
    std::array<uint64_t, 4> ne = {1, 1, 1, 1};  // elements by dimension, fastest first
    uint64_t offset = 0;                        // from the start of its shard's tensor data
    uint64_t n_bytes = 0;                       // of the data, without padding (ggml_nbytes)
    uint32_t shard = 0;                         // index into File::shards

    [[nodiscard]] uint64_t elements() const { return ne[0] * ne[1] * ne[2] * ne[3]; }  // checked when read
};

/// One file of the model. header + padding + tensor data (with the padding between tensors) = file.
struct Shard {
    std::string name;  // file name without folder; may be empty
    uint32_t version = 3;
    bool big_endian = false;
    uint64_t alignment = 32;    // general.alignment
    uint64_t header_bytes = 0;  // magic to the end of the tensor directory
    uint64_t data_offset = 0;   // header_bytes padded to the alignment
    uint64_t data_bytes = 0;    // tensor data, each tensor padded to the alignment
    uint64_t file_bytes = 0;    // size of the file; 0 where it is not known
    uint64_t n_tensors = 0;
};

/// The header of a model of one or several files.
struct File {
    std::vector<Shard> shards;       // in order; one for an unsplit file
    std::vector<KeyValue> metadata;  // of the first shard, in the file's order
    std::vector<Tensor> tensors;     // of all shards, in order

    /// The value of a key, or null.
    [[nodiscard]] const Value * find(std::string_view key) const;
    [[nodiscard]] const Tensor * findTensor(std::string_view name) const;

    [[nodiscard]] uint64_t totalFileBytes() const;    // sum over shards: file size, or header + data where not known
    [[nodiscard]] uint64_t totalTensorBytes() const;  // sum of Tensor::n_bytes

    /// Built once by the reader (indexFile): key and tensor name → position.
    std::map<std::string, size_t, std::less<>> key_index;
    std::map<std::string, size_t, std::less<>> tensor_index;
};

/// Rebuilds key_index and tensor_index after metadata or tensors were changed.
void indexFile(File & file);

}  // namespace ggufit
