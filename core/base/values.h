// Strict readings of argument values: numbers, lists, on and off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// A whole number of 32 bits with an optional sign and nothing after it.
[[nodiscard]] std::optional<int32_t> parseInteger(std::string_view text);

/// A whole number of 64 bits, digits alone.
[[nodiscard]] std::optional<uint64_t> parseUnsigned(std::string_view text);

/// A finite decimal number of at most 64 characters ("3", "0.75", "1e3") and nothing after it.
[[nodiscard]] std::optional<double> parseDecimal(std::string_view text);

/// The shortest decimal text that reads back as the same number.
[[nodiscard]] std::string writeDecimal(double value);

/// "on", "enabled", "true", "1" and their opposites (common_arg_utils::is_truthy, is_falsey). Case matters.
[[nodiscard]] std::optional<bool> parseSwitch(std::string_view text);

/// Parts between separators, empty ones included.
[[nodiscard]] std::vector<std::string_view> splitAt(std::string_view text, char separator);

/// Parts as -ts and -fitt split them: at runs of ',' and '/', an empty first part counts, an empty last one does not.
[[nodiscard]] std::vector<std::string_view> splitProportions(std::string_view text);

/// Text from outside, quoted for a message: at most 60 characters, control characters as '?'.
[[nodiscard]] std::string quotedText(std::string_view text);

/// A usage error about an argument.
[[nodiscard]] Error usageError(std::string_view argument, std::string detail);

}  // namespace ggufit
