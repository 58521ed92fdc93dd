// What tests ask of texts.
#pragma once

#include <string>
#include <string_view>

namespace ggufit::test {

[[nodiscard]] inline bool holds(const std::string & text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace ggufit::test
