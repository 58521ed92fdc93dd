// Every number as 64 bits: signed ones folded, floats by their bits.
#include "link/wire_value.h"

#include <cstring>
#include <optional>
#include <utility>

#include "link/header.h"
#include "model/clean_text.h"

namespace ggufit {

namespace {

constexpr size_t kLongestText = 512;
constexpr uint64_t kLargestCount = uint64_t{1} << 40U;

bool isInteger(ValueType type) { return type != ValueType::f32 && type != ValueType::f64; }

/// A number that can stand in an array's elements or alone.
bool isNumber(ValueType type) { return type != ValueType::string && type != ValueType::array; }

uint64_t bitsOf(const Scalar & scalar, ValueType type) {
    if (const auto * number = std::get_if<uint64_t>(&scalar)) return *number;
    if (const auto * number = std::get_if<bool>(&scalar)) return *number ? 1 : 0;
    if (const auto * number = std::get_if<int64_t>(&scalar)) {
        return (static_cast<uint64_t>(*number) << 1U) ^ (*number < 0 ? UINT64_MAX : 0);
    }
    const auto * real = std::get_if<double>(&scalar);
    if (real == nullptr) return 0;
    uint64_t bits = 0;
    if (type == ValueType::f64) {
        std::memcpy(&bits, real, sizeof bits);
        return bits;
    }
    const auto narrow = static_cast<float>(*real);
    uint32_t narrow_bits = 0;
    std::memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
    return narrow_bits;
}

/// Bits that a number of this type takes.
unsigned widthOf(ValueType type) {
    using enum ValueType;
    switch (type) {
        case u8:
        case i8: return 8;
        case u16:
        case i16: return 16;
        case u32:
        case i32:
        case f32: return 32;
        case boolean: return 1;
        default: return 64;
    }
}

/// The number that these bits say; nothing where a file of this type can't hold it.
std::optional<Scalar> scalarOf(uint64_t bits, ValueType type) {
    using enum ValueType;
    const unsigned width = widthOf(type);
    if (width < 64 && (bits >> width) != 0) return std::nullopt;
    switch (type) {
        case boolean: return Scalar(bits != 0);
        case i8:
        case i16:
        case i32:
        case i64: return Scalar(static_cast<int64_t>((bits >> 1U) ^ ((bits & 1U) != 0 ? UINT64_MAX : 0)));
        case f64: {
            double real = 0;
            std::memcpy(&real, &bits, sizeof real);
            return Scalar(real);
        }
        case f32: {
            const auto narrow_bits = static_cast<uint32_t>(bits);
            float narrow = 0;
            std::memcpy(&narrow, &narrow_bits, sizeof narrow);
            return Scalar(static_cast<double>(narrow));
        }
        default: return Scalar(bits);
    }
}

}  // namespace

Value linkedValue(const Value & value, KeptValue kept) {
    Value linked = value;
    if (const std::string * text = value.asString()) {
        linked.content =
            Scalar(kept == KeptValue::text ? cleanText(withoutFolder(*text)) : text->substr(0, kLongestText));
    } else if (auto * array = std::get_if<Array>(&linked.content)) {
        if (kept == KeptValue::count || !isNumber(array->element_type)) array->elements.clear();
    }
    return linked;
}

template <typename Coder>
void WireValues::code(Coder & coder, Texts & texts, ValueType expected, Value & value) {
    bool as_expected = value.type == expected;
    coder.bit(expected_, as_expected);
    auto number = static_cast<uint32_t>(as_expected ? expected : value.type);
    if (!as_expected) types_.code(coder, number);
    if (number > static_cast<uint32_t>(ValueType::f64)) return coder.refuse();
    value.type = static_cast<ValueType>(number);

    if (value.type == ValueType::array) {
        if constexpr (Coder::kReads) value.content = Array{};
        if (auto * array = std::get_if<Array>(&value.content)) codeArray(coder, *array);
        return;
    }
    if constexpr (Coder::kReads) {
        if (value.type == ValueType::string) value.content = Scalar(std::string());
    }
    auto * scalar = std::get_if<Scalar>(&value.content);
    if (scalar == nullptr) return;
    if (auto * text = std::get_if<std::string>(scalar)) return texts.code(coder, *text, kLongestText);
    uint64_t bits = bitsOf(*scalar, value.type);
    codeNumber(coder, value.type, bits);
    const auto read = scalarOf(bits, value.type);
    if (!read) return coder.refuse();
    *scalar = *read;
}

template <typename Coder>
void WireValues::codeNumber(Coder & coder, ValueType type, uint64_t & bits) {
    if (isInteger(type))
        known_.code(coder, integers_, bits);
    else
        reals_.code(coder, bits);
}

template <typename Coder>
void WireValues::codeArray(Coder & coder, Array & array) {
    auto type = static_cast<uint32_t>(array.element_type);
    element_types_.code(coder, type);
    if (type > static_cast<uint32_t>(ValueType::f64)) return coder.refuse();
    array.element_type = static_cast<ValueType>(type);
    counts_.codeUpTo(coder, array.count, kLargestCount);
    bool kept = array.count > 0 && array.elements.size() == array.count;
    coder.bit(kept_, kept);
    if (!kept) return;
    if (array.count > kKeptArrayElements || !isNumber(array.element_type)) return coder.refuse();
    if constexpr (Coder::kReads) array.elements.resize(static_cast<size_t>(array.count));
    Repeats::Row row;
    for (Scalar & element : array.elements) {
        uint64_t bits = bitsOf(element, array.element_type);
        repeats_.code(coder, row, bits, [&](uint64_t & fresh) { codeNumber(coder, array.element_type, fresh); });
        const auto read = scalarOf(bits, array.element_type);
        if (!read || coder.failed()) return coder.refuse();
        element = *read;
    }
}

template void WireValues::code(LinkWriter &, Texts &, ValueType, Value &);
template void WireValues::code(LinkReader &, Texts &, ValueType, Value &);

}  // namespace ggufit
