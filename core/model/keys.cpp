// Reads metadata with llama.cpp's types, and turns what it would refuse into one sentence that names the key.
#include "model/keys.h"

#include <limits>
#include <type_traits>

#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

namespace {

bool isWholeKey(std::string_view suffix) {
    for (std::string_view prefix : {"general.", "tokenizer.", "xielu."}) {
        if (suffix.substr(0, prefix.size()) == prefix) return true;
    }
    return false;
}

std::string typeOf(const Value & value) {
    const Array * array = value.asArray();
    if (array == nullptr) return std::string(valueTypeName(value.type));
    return "array of " + std::string(valueTypeName(array->element_type));
}

/// An array's element as llama.cpp takes it (get_arr): booleans, u32 and i32 for integers, f32 for floats.
template <typename T>
bool acceptsElements(ValueType type) {
    if constexpr (std::is_floating_point_v<T>) return type == ValueType::f32;
    return type == ValueType::boolean || type == ValueType::u32 || type == ValueType::i32;
}

/// The element in T, or nothing where T cannot hold it (llama.cpp would read a negative number as a huge one).
template <typename T>
std::optional<T> elementAs(const Scalar & scalar) {
    if constexpr (std::is_floating_point_v<T>) {
        if (const auto * number = std::get_if<double>(&scalar)) return static_cast<T>(*number);
        return std::nullopt;
    } else {
        if (const auto * flag = std::get_if<bool>(&scalar)) return static_cast<T>(*flag ? 1 : 0);
        if (const auto * number = std::get_if<uint64_t>(&scalar)) {
            if constexpr (sizeof(T) == 1) return static_cast<T>(*number != 0 ? 1 : 0);
            if (*number > static_cast<uint64_t>(std::numeric_limits<T>::max())) return std::nullopt;
            return static_cast<T>(*number);
        }
        if (const auto * number = std::get_if<int64_t>(&scalar)) {
            if constexpr (sizeof(T) == 1) return static_cast<T>(*number != 0 ? 1 : 0);
            if (std::is_unsigned_v<T> && *number < 0) return std::nullopt;
            if (*number < std::numeric_limits<int32_t>::min() ||
                *number > int64_t{std::numeric_limits<uint32_t>::max()}) {
                return std::nullopt;
            }
            return static_cast<T>(*number);
        }
        return std::nullopt;
    }
}

}  // namespace

Keys::Keys(const File & file, std::string_view architecture) : file_(file), architecture_(architecture) {}

std::string Keys::key(std::string_view suffix) const {
    if (isWholeKey(suffix)) return std::string(suffix);
    std::string whole;
    whole.reserve(architecture_.size() + 1 + suffix.size());
    return whole.append(architecture_).append(1, '.').append(suffix);
}

const Value * Keys::find(std::string_view suffix) const { return file_.find(key(suffix)); }

bool Keys::has(std::string_view suffix) const { return find(suffix) != nullptr; }

void Keys::fail(std::string_view suffix, std::string detail, ErrorCode code) {
    if (error_) return;
    Error error;
    error.code = code;
    error.where = key(suffix);
    error.detail = std::move(detail);
    error_ = std::move(error);
}

void Keys::missing(std::string_view suffix) {
    fail(suffix, phrase("this key is missing, and llama.cpp does not load {} models without it; get a file from a "
                        "current converter",
                        architecture_));
}

void Keys::wrongType(std::string_view suffix, const Value & value, std::string_view expected) {
    fail(suffix, phrase("this key holds {} where llama.cpp expects {}; get a file from a current converter",
                        typeOf(value), std::string(expected)));
}

void Keys::warn(std::string text, std::string remedy) {
    warnings_.push_back(Warning{std::move(text), std::move(remedy)});
}

bool Keys::get(std::string_view suffix, uint32_t & out) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const std::optional<uint64_t> number = value->type == ValueType::u32 ? value->asUnsigned() : std::nullopt;
    if (!number || *number > UINT32_MAX) {
        wrongType(suffix, *value, "u32");
        return false;
    }
    out = static_cast<uint32_t>(*number);
    return true;
}

bool Keys::get(std::string_view suffix, float & out) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const std::optional<double> number = value->type == ValueType::f32 ? value->asNumber() : std::nullopt;
    if (!number) {
        wrongType(suffix, *value, "f32");
        return false;
    }
    out = static_cast<float>(*number);
    return true;
}

bool Keys::get(std::string_view suffix, bool & out) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const std::optional<bool> flag = value->type == ValueType::boolean ? value->asBool() : std::nullopt;
    if (!flag) {
        wrongType(suffix, *value, "bool");
        return false;
    }
    out = *flag;
    return true;
}

bool Keys::get(std::string_view suffix, std::string & out) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const std::string * text = value->asString();
    if (text == nullptr) {
        wrongType(suffix, *value, "string");
        return false;
    }
    out = *text;
    return true;
}

void Keys::require(std::string_view suffix, uint32_t & out) {
    if (!get(suffix, out) && !has(suffix)) missing(suffix);
}

void Keys::require(std::string_view suffix, float & out) {
    if (!get(suffix, out) && !has(suffix)) missing(suffix);
}

void Keys::require(std::string_view suffix, bool & out) {
    if (!get(suffix, out) && !has(suffix)) missing(suffix);
}

void Keys::requirePresent(std::string_view suffix) {
    if (!has(suffix)) missing(suffix);
}

template <typename T>
bool Keys::readPerLayer(std::string_view suffix, PerLayer<T> & out, uint32_t n) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const Array * array = value->asArray();
    if (array == nullptr) {
        if constexpr (std::is_floating_point_v<T>) {
            float one = 0.0F;
            if (!get(suffix, one)) return false;
            for (uint32_t il = 0; il < n; ++il) out[il] = one;
        } else {
            uint32_t one = 0;
            if (!get(suffix, one)) return false;
            for (uint32_t il = 0; il < n; ++il)
                out[il] = sizeof(T) == 1 ? static_cast<T>(one != 0) : static_cast<T>(one);
        }
        return true;
    }
    if (array->count != n || n > kMaxLayers) {
        fail(suffix, phrase("this array has {} values where llama.cpp expects {}, one for each layer",
                            formatCount(array->count), formatCount(n)));
        return false;
    }
    if (!acceptsElements<T>(array->element_type) || array->elements.size() != array->count) {
        wrongType(suffix, *value, std::is_floating_point_v<T> ? "array of f32" : "array of u32, i32 or bool");
        return false;
    }
    for (uint32_t il = 0; il < n; ++il) {
        const std::optional<T> element = elementAs<T>(array->elements[il]);
        if (!element) {
            fail(suffix, phrase("the value for layer {} is negative or too large", formatCount(il)));
            return false;
        }
        out[il] = *element;
    }
    return true;
}

bool Keys::getPerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n) {
    return readPerLayer(suffix, out, n);
}
bool Keys::getPerLayer(std::string_view suffix, PerLayer<uint8_t> & out, uint32_t n) {
    return readPerLayer(suffix, out, n);
}
bool Keys::getPerLayer(std::string_view suffix, PerLayer<float> & out, uint32_t n) {
    return readPerLayer(suffix, out, n);
}
void Keys::requirePerLayer(std::string_view suffix, PerLayer<uint32_t> & out, uint32_t n) {
    if (!readPerLayer(suffix, out, n) && !has(suffix)) missing(suffix);
}
void Keys::requirePerLayer(std::string_view suffix, PerLayer<uint8_t> & out, uint32_t n) {
    if (!readPerLayer(suffix, out, n) && !has(suffix)) missing(suffix);
}
void Keys::requirePerLayer(std::string_view suffix, PerLayer<float> & out, uint32_t n) {
    if (!readPerLayer(suffix, out, n) && !has(suffix)) missing(suffix);
}

bool Keys::getUnlessArray(std::string_view suffix, uint32_t & out) {
    const Value * value = find(suffix);
    if (value == nullptr || value->asArray() != nullptr) return false;
    return get(suffix, out);
}

template <typename T>
bool Keys::readArray(std::string_view suffix, PerLayer<T> & out) {
    const Value * value = find(suffix);
    const Array * array = value == nullptr ? nullptr : value->asArray();
    if (array == nullptr) return false;
    if (!acceptsElements<T>(array->element_type)) {
        wrongType(suffix, *value, "array of u32, i32 or bool");
        return false;
    }
    if (array->count > kMaxLayers || array->elements.size() != array->count) {
        fail(suffix, phrase("this array has {} values where llama.cpp takes at most {}", formatCount(array->count),
                            formatCount(kMaxLayers)));
        return false;
    }
    for (size_t i = 0; i < array->elements.size(); ++i) {
        const std::optional<T> element = elementAs<T>(array->elements[i]);
        if (!element) {
            fail(suffix, phrase("value {} is negative or too large", formatCount(i)));
            return false;
        }
        out[i] = *element;
    }
    return true;
}

bool Keys::getArray(std::string_view suffix, PerLayer<uint32_t> & out) { return readArray(suffix, out); }
bool Keys::getArray(std::string_view suffix, PerLayer<int32_t> & out) { return readArray(suffix, out); }

std::optional<uint64_t> Keys::arrayCount(std::string_view suffix) const {
    const Value * value = find(suffix);
    const Array * array = value == nullptr ? nullptr : value->asArray();
    if (array == nullptr) return std::nullopt;
    return array->count;
}

bool Keys::getSections(std::string_view suffix, std::array<uint32_t, 4> & out) {
    const Value * value = find(suffix);
    if (value == nullptr) return false;
    const Array * array = value->asArray();
    if (array == nullptr || !acceptsElements<int32_t>(array->element_type)) {
        wrongType(suffix, *value, "array of i32");
        return false;
    }
    if (array->count != out.size() || array->elements.size() != out.size()) {
        fail(suffix, phrase("this array has {} values where llama.cpp expects 4", formatCount(array->count)));
        return false;
    }
    for (size_t i = 0; i < out.size(); ++i) {
        const std::optional<uint32_t> element = elementAs<uint32_t>(array->elements[i]);
        if (!element) {
            fail(suffix, phrase("section {} is negative or too large", formatCount(i)));
            return false;
        }
        out[i] = *element;
    }
    return true;
}

}  // namespace ggufit
