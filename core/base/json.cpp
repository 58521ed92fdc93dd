// Parses without exceptions, and puts fields together.
#include "base/json.h"

#include <utility>

namespace ggufit {

nlohmann::ordered_json parseJson(std::string_view text, const nlohmann::ordered_json::parser_callback_t & filter) {
    return nlohmann::ordered_json::parse(text.data(), text.data() + text.size(), filter, false);
}

nlohmann::ordered_json object(std::initializer_list<JsonField> fields) {
    nlohmann::ordered_json made = nlohmann::ordered_json::object();
    for (const JsonField & field : fields) made[field.key] = std::move(field.value);
    return made;
}

}  // namespace ggufit
