// Parses without exceptions, and puts fields together.
#include "base/json.h"

#include <utility>

namespace ggufit {

nlohmann::ordered_json parseJson(std::string_view text, const nlohmann::ordered_json::parser_callback_t & filter) {
    using Json = nlohmann::ordered_json;
    bool too_deep = false;
    const auto bounded = [&](int depth, Json::parse_event_t event, Json & value) {
        const bool wanted = !filter || filter(depth, event, value);
        too_deep = too_deep || depth > kDeepestJson;
        return wanted && !too_deep;
    };
    Json root = Json::parse(text.data(), text.data() + text.size(), bounded, false);
    return too_deep ? Json(Json::value_t::discarded) : root;
}

nlohmann::ordered_json object(std::initializer_list<JsonField> fields) {
    nlohmann::ordered_json made = nlohmann::ordered_json::object();
    for (const JsonField & field : fields) made[field.key] = std::move(field.value);
    return made;
}

}  // namespace ggufit
