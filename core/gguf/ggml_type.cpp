// The table of ggml's tensor types (ggml.c, type_traits; block layouts in ggml-common.h).
#include "gguf/ggml_type.h"

#include <array>

#include "base/checked.h"

namespace ggufit {

namespace {

using enum GgmlType;

constexpr std::array kTypes = {
    TypeTraits{f32, "f32", 1, 4, false},
    TypeTraits{f16, "f16", 1, 2, false},
    TypeTraits{q4_0, "q4_0", 32, 18, true},
    TypeTraits{q4_1, "q4_1", 32, 20, true},
    TypeTraits{q5_0, "q5_0", 32, 22, true},
    TypeTraits{q5_1, "q5_1", 32, 24, true},
    TypeTraits{q8_0, "q8_0", 32, 34, true},
    TypeTraits{q8_1, "q8_1", 32, 36, true},
    TypeTraits{q2_K, "q2_K", 256, 84, true},
    TypeTraits{q3_K, "q3_K", 256, 110, true},
    TypeTraits{q4_K, "q4_K", 256, 144, true},
    TypeTraits{q5_K, "q5_K", 256, 176, true},
    TypeTraits{q6_K, "q6_K", 256, 210, true},
    TypeTraits{q8_K, "q8_K", 256, 292, true},
    TypeTraits{iq2_xxs, "iq2_xxs", 256, 66, true},
    TypeTraits{iq2_xs, "iq2_xs", 256, 74, true},
    TypeTraits{iq3_xxs, "iq3_xxs", 256, 98, true},
    TypeTraits{iq1_s, "iq1_s", 256, 50, true},
    TypeTraits{iq4_nl, "iq4_nl", 32, 18, true},
    TypeTraits{iq3_s, "iq3_s", 256, 110, true},
    TypeTraits{iq2_s, "iq2_s", 256, 82, true},
    TypeTraits{iq4_xs, "iq4_xs", 256, 136, true},
    TypeTraits{i8, "i8", 1, 1, false},
    TypeTraits{i16, "i16", 1, 2, false},
    TypeTraits{i32, "i32", 1, 4, false},
    TypeTraits{i64, "i64", 1, 8, false},
    TypeTraits{f64, "f64", 1, 8, false},
    TypeTraits{iq1_m, "iq1_m", 256, 56, true},
    TypeTraits{bf16, "bf16", 1, 2, false},
    TypeTraits{tq1_0, "tq1_0", 256, 54, true},
    TypeTraits{tq2_0, "tq2_0", 256, 66, true},
    TypeTraits{mxfp4, "mxfp4", 32, 17, true},
    TypeTraits{nvfp4, "nvfp4", 64, 36, true},
    TypeTraits{q1_0, "q1_0", 128, 18, true},
    TypeTraits{q2_0, "q2_0", 64, 18, true},
};

constexpr uint32_t kTypeNumbers = 43;  // GGML_TYPE_COUNT
constexpr uint8_t kNoType = 255;

constexpr std::array<uint8_t, kTypeNumbers> kPositions = [] {
    std::array<uint8_t, kTypeNumbers> positions{};
    for (auto & position : positions) position = kNoType;
    for (size_t i = 0; i < kTypes.size(); i++)
        positions[static_cast<uint32_t>(kTypes[i].type)] = static_cast<uint8_t>(i);
    return positions;
}();

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool sameLetters(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); i++) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

}  // namespace

std::optional<TypeTraits> typeTraits(uint32_t number) {
    if (number >= kTypeNumbers || kPositions[number] == kNoType) return std::nullopt;
    return kTypes[kPositions[number]];
}

std::string_view removedTypeName(uint32_t number) {
    switch (number) {
        case 4: return "q4_2";
        case 5: return "q4_3";
        case 31: return "q4_0_4_4";
        case 32: return "q4_0_4_8";
        case 33: return "q4_0_8_8";
        case 36: return "iq4_nl_4_4";
        case 37: return "iq4_nl_4_8";
        case 38: return "iq4_nl_8_8";
        default: return {};
    }
}

const TypeTraits & traitsOf(GgmlType type) {
    const auto number = static_cast<uint32_t>(type);
    const bool known = number < kTypeNumbers && kPositions[number] != kNoType;
    return kTypes[known ? kPositions[number] : 0];
}

std::optional<GgmlType> typeByName(std::string_view name) {
    for (const auto & traits : kTypes) {
        if (sameLetters(traits.name, name)) return traits.type;
    }
    return std::nullopt;
}

uint64_t rowBytes(GgmlType type, uint64_t elements) {
    const auto & traits = traitsOf(type);
    return saturatingMul(elements / traits.block_size, traits.block_bytes);
}

}  // namespace ggufit
