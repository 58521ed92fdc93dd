// Words as a shell reads them back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ggufit {

/// A word that needs no quotes as it is, others in single quotes; one with characters that act on a terminal, or with
/// bytes that are no UTF-8, as $'\033' (bash, ksh, zsh).
[[nodiscard]] std::string shellWord(std::string_view word);

/// Words with spaces between.
[[nodiscard]] std::string shellLine(const std::vector<std::string> & words);

}  // namespace ggufit
