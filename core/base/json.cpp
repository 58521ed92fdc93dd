// Parses without exceptions.
#include "base/json.h"

namespace ggufit {

nlohmann::ordered_json parseJson(std::string_view text, const nlohmann::ordered_json::parser_callback_t & filter) {
    return nlohmann::ordered_json::parse(text.data(), text.data() + text.size(), filter, false);
}

}  // namespace ggufit
