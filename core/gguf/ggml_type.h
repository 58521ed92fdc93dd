// The tensor types of ggml, with the sizes of their blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ggufit {

/// A tensor type by its number in GGUF files (ggml.h, enum ggml_type). Numbers that ggml removed have no enumerator.
enum class GgmlType : uint32_t {
    // clang-format off
    f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8, q8_1 = 9,
    q2_K = 10, q3_K = 11, q4_K = 12, q5_K = 13, q6_K = 14, q8_K = 15,
    iq2_xxs = 16, iq2_xs = 17, iq3_xxs = 18, iq1_s = 19, iq4_nl = 20, iq3_s = 21, iq2_s = 22, iq4_xs = 23,
    i8 = 24, i16 = 25, i32 = 26, i64 = 27, f64 = 28, iq1_m = 29, bf16 = 30,
    tq1_0 = 34, tq2_0 = 35, mxfp4 = 39, nvfp4 = 40, q1_0 = 41, q2_0 = 42,
    // clang-format on
};

/// What ggml knows of a type (ggml.c, type_traits).
struct TypeTraits {
    GgmlType type;
    std::string_view name;  // as llama.cpp prints and accepts it: "q4_K", "bf16"
    uint32_t block_size;    // elements in a block; a row is a whole number of blocks
    uint32_t block_bytes;   // bytes of a block
    bool quantized;         // ggml_is_quantized
};

/// Traits of the type with this number in a file; nothing for a number that is unknown or removed.
[[nodiscard]] std::optional<TypeTraits> typeTraits(uint32_t number);

/// The name that a number had before ggml removed the type ("q4_2" for 4); empty for any other number.
[[nodiscard]] std::string_view removedTypeName(uint32_t number);

/// Traits of a known type.
[[nodiscard]] const TypeTraits & traitsOf(GgmlType type);

/// A type by name, upper or lower case ("Q8_0", "q8_0").
[[nodiscard]] std::optional<GgmlType> typeByName(std::string_view name);

/// Bytes of a row of `elements`; `elements` is a multiple of the block size (ggml_row_size). Saturates.
[[nodiscard]] uint64_t rowBytes(GgmlType type, uint64_t elements);

}  // namespace ggufit
