// Text as YAML holds it, whichever version of YAML reads it.
#pragma once

#include <string>
#include <string_view>

namespace ggufit {

/// A double-quoted scalar of one line. What YAML does not print, and what acts on a terminal, is escaped; bytes that
/// are no UTF-8 become U+FFFD.
[[nodiscard]] std::string yamlString(std::string_view text);

/// Whether text stands in a YAML file unescaped and comes back as it was: one line of UTF-8 that prints.
[[nodiscard]] bool isYamlLine(std::string_view text);

}  // namespace ggufit
