// The one parser and the one maker of JSON: each of its own is a large piece of the WASM module.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

namespace ggufit {

/// Nothing that we read is nested as deeply. What writes or copies a value calls itself for each level.
inline constexpr int kDeepestJson = 64;

/// The value that a text is, discarded (is_discarded) where it is no JSON or nested deeper than kDeepestJson. A filter
/// may drop values and so bound further what a hostile text makes.
[[nodiscard]] nlohmann::ordered_json parseJson(std::string_view text,
                                               const nlohmann::ordered_json::parser_callback_t & filter = nullptr);

struct JsonField {
    const char * key;
    mutable nlohmann::ordered_json value;  // moved into the object: an initializer list gives constants alone
};

/// {"key": value, …} in this order.
[[nodiscard]] nlohmann::ordered_json object(std::initializer_list<JsonField> fields);

}  // namespace ggufit
