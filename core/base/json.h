// The one parser, writer and maker of JSON: each of its own is a large piece of the WASM module. nlohmann's, which know
// more than JSON text and words for every fault, are left out of it: values alone are nlohmann's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ggufit {

/// Nothing that we read is nested as deeply. What writes or copies a value calls itself for each level.
inline constexpr size_t kDeepestJson = 64;

/// No object that we read has as many. To find a field, all before it are looked at.
inline constexpr size_t kMostJsonFields = 2048;

/// The value that a text is (RFC 8259), discarded (is_discarded) where it is no JSON or an object of it has more than
/// kMostJsonFields. Of fields with the same name the last counts. Whole numbers beyond 64 bits become decimals, those
/// beyond a double are a fault. `deepest`: how many lists and objects may stand around a value, which bounds what a
/// hostile text makes. A text that is nested deeper is discarded, and sets `too_deep`.
[[nodiscard]] nlohmann::ordered_json parseJson(std::string_view text, size_t deepest = kDeepestJson,
                                               bool * too_deep = nullptr);

/// The text of a value: in one line without spaces where `indent` is negative. Text that is no UTF-8 gets U+FFFD,
/// numbers that are not finite become null; nothing fails.
[[nodiscard]] std::string dumpJson(const nlohmann::ordered_json & json, int indent = -1);

/// A decimal as JSON has it: the shortest text that reads back the same, with a point or an exponent.
[[nodiscard]] std::string dumpDecimal(double value);

/// How many bytes at the front of a text are ASCII that stands in a JSON text as it is.
[[nodiscard]] size_t plainJsonBytes(std::string_view text);

struct JsonField {
    const char * key;
    mutable nlohmann::ordered_json value;  // moved into the object: an initializer list gives constants alone
};

/// {"key": value, …} in this order.
[[nodiscard]] nlohmann::ordered_json object(std::initializer_list<JsonField> fields);

}  // namespace ggufit
