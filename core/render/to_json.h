// Values that several renderers write as JSON: a struct's fields by their names.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "memory/compute_peak.h"
#include "model/card.h"
#include "speed/speed.h"

namespace ggufit {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json toJson(const Card & card);
[[nodiscard]] Json toJson(const std::vector<Warning> & warnings);
[[nodiscard]] Json toJson(const ComputeExplanation & explanation);
[[nodiscard]] Json toJson(const SpeedEstimate & speed);

/// To a hundredth; four digits more where it is slower than a tenth.
[[nodiscard]] double roundedSpeed(double speed);

/// With a newline at the end; an indentation of -1 is one line. Text that is no UTF-8 gets U+FFFD, characters that act
/// on a terminal are escaped, numbers that are not finite become null; nothing fails.
[[nodiscard]] std::string writeJson(const Json & json, int indentation = 2);

}  // namespace ggufit
