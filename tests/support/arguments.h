// Command lines in tests: words separated by single spaces, no quoting.
#pragma once

#include <string>
#include <vector>

#include "settings/arguments.h"

namespace ggufit::test {

using Words = std::vector<std::string>;

[[nodiscard]] Words wordsOf(const std::string & line);

/// What a line means; the test fails where it is refused.
[[nodiscard]] ParsedArguments parsed(const std::string & line);

/// Why a line is refused; the test fails where it is not.
[[nodiscard]] Error refusal(const std::string & line);

}  // namespace ggufit::test
