// Puts fields together.
#include "base/json.h"

#include <utility>

namespace ggufit {

nlohmann::ordered_json object(std::initializer_list<JsonField> fields) {
    nlohmann::ordered_json made = nlohmann::ordered_json::object();
    for (const JsonField & field : fields) made[field.key] = std::move(field.value);
    return made;
}

}  // namespace ggufit
