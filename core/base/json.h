// The one parser of JSON: each of its own is a large piece of the WASM module.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace ggufit {

/// The value that a text is, discarded (is_discarded) where it is no JSON. A filter may drop values and so bound what a
/// hostile text makes.
[[nodiscard]] nlohmann::ordered_json parseJson(std::string_view text,
                                               const nlohmann::ordered_json::parser_callback_t & filter = nullptr);

}  // namespace ggufit
