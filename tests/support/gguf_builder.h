// Builds GGUF bytes from a readable description: right ones of every version and byte order, and wrong ones on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"

namespace ggufit::test {

/// GgufBuilder().version(3).string("general.architecture", "llama").u32("llama.block_count", 2)
///     .tensor("blk.0.attn_q.weight", GgmlType::q4_K, {256, 256}).build()
///
/// Entries and tensors come in the order of the calls. Tensor offsets follow one another, padded to the alignment.
/// The calls below "Wrong on purpose" override what a right file would have.
class GgufBuilder {
  public:
    GgufBuilder & version(uint32_t number);
    GgufBuilder & bigEndian(bool yes = true);
    GgufBuilder & alignment(uint32_t bytes);  // writes general.alignment and pads to it

    GgufBuilder & u8(std::string_view key, uint8_t value);
    GgufBuilder & i8(std::string_view key, int8_t value);
    GgufBuilder & u16(std::string_view key, uint16_t value);
    GgufBuilder & i16(std::string_view key, int16_t value);
    GgufBuilder & u32(std::string_view key, uint32_t value);
    GgufBuilder & i32(std::string_view key, int32_t value);
    GgufBuilder & u64(std::string_view key, uint64_t value);
    GgufBuilder & i64(std::string_view key, int64_t value);
    GgufBuilder & f32(std::string_view key, float value);
    GgufBuilder & f64(std::string_view key, double value);
    GgufBuilder & boolean(std::string_view key, bool value);
    GgufBuilder & string(std::string_view key, std::string_view value);

    /// Arrays by the type of their elements.
    GgufBuilder & array(std::string_view key, const std::vector<uint8_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<int8_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<uint16_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<int16_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<uint32_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<int32_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<uint64_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<int64_t> & values);
    GgufBuilder & array(std::string_view key, const std::vector<float> & values);
    GgufBuilder & array(std::string_view key, const std::vector<double> & values);
    GgufBuilder & array(std::string_view key, const std::vector<bool> & values);
    GgufBuilder & array(std::string_view key, const std::vector<std::string> & values);
    GgufBuilder & nestedArray(std::string_view key, const std::vector<std::vector<uint32_t>> & values);

    /// A tensor; `ne` are its elements by dimension, fastest first.
    GgufBuilder & tensor(std::string_view name, GgmlType type, const std::vector<uint64_t> & ne);

    /// Appends the tensor data, all zeros, to what build() gives.
    GgufBuilder & withData(bool yes = true);

    // Wrong on purpose.
    GgufBuilder & magic(std::string_view four_letters);
    GgufBuilder & versionBytes(uint32_t number);  // the number in the file; the layout stays that of version()
    GgufBuilder & tensorCount(uint64_t number);
    GgufBuilder & keyCount(uint64_t number);
    GgufBuilder & keyLength(uint64_t bytes);  // of the last key so far, in place of its own
    GgufBuilder & rawValue(std::string_view key, uint32_t value_type, const std::vector<uint8_t> & value);
    GgufBuilder & hugeArray(std::string_view key, ValueType element_type, uint64_t count);  // says so, holds nothing
    GgufBuilder & hugeString(std::string_view key, uint64_t bytes);                         // says so, holds nothing
    GgufBuilder & deepArray(std::string_view key, uint32_t depth);  // [[[…]]], innermost empty
    GgufBuilder & tensorType(uint32_t number);                      // of the last tensor so far
    GgufBuilder & tensorOffset(uint64_t offset);                    // of the last tensor so far
    GgufBuilder & tensorNameLength(uint64_t bytes);                 // of the last tensor so far
    GgufBuilder & dimensionCount(uint32_t number);                  // of the last tensor so far

    /// The header and, after withData(), its padding and the tensor data.
    [[nodiscard]] std::vector<uint8_t> build() const;

    /// Bytes of the header alone, and of the whole file with padding and tensor data.
    [[nodiscard]] uint64_t headerBytes() const;
    [[nodiscard]] uint64_t fileBytes() const;

  private:
    using Bytes = std::vector<uint8_t>;

    struct Entry {
        std::string key;
        std::optional<uint64_t> key_length;
        uint32_t type = 0;
        uint32_t element_type = 0;         // of an array
        Bytes numbers;                     // little endian; one, or the elements of an array
        size_t width = 1;                  // bytes of one number
        std::vector<std::string> strings;  // one, or the elements of an array
        std::vector<Entry> arrays;         // the elements of an array of arrays
        std::optional<uint64_t> count;     // said in place of the array's or string's own length
    };
    struct TensorEntry {
        std::string name;
        std::vector<uint64_t> ne;
        uint32_t type = 0;
        uint64_t n_bytes = 0;
        std::optional<uint64_t> offset;
        std::optional<uint64_t> name_length;
        std::optional<uint32_t> n_dims;
    };
    template <typename T>
    GgufBuilder & number(std::string_view key, ValueType type, T value);
    template <typename T>
    GgufBuilder & numbers(std::string_view key, ValueType type, const std::vector<T> & values);

    void putNumbers(Bytes & out, const Bytes & little, size_t width) const;
    void putInteger(Bytes & out, uint64_t value, size_t width) const;
    void putLength(Bytes & out, uint64_t length) const;
    void putString(Bytes & out, std::string_view text, std::optional<uint64_t> length) const;
    void putValue(Bytes & out, const Entry & entry) const;
    void putTensors(Bytes & out) const;
    [[nodiscard]] Bytes header() const;
    [[nodiscard]] uint64_t dataBytes() const;

    uint32_t version_ = 3;
    std::optional<uint32_t> version_bytes_;
    bool big_endian_ = false;
    bool with_data_ = false;
    uint64_t alignment_ = 32;
    std::string magic_ = "GGUF";
    std::optional<uint64_t> n_tensors_;
    std::optional<uint64_t> n_kv_;
    std::vector<Entry> entries_;
    std::vector<TensorEntry> tensors_;
};

}  // namespace ggufit::test
