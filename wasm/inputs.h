// What JavaScript asks the module, read from JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "api.h"
#include "base/result.h"
#include "hub/repository.h"
#include "log/check.h"

namespace ggufit {

using Json = nlohmann::ordered_json;

[[nodiscard]] Error usageError(std::string where, std::string detail);

/// What plan() and estimate() are asked: {"machine": {…}, "arguments"?: [words], "command_line"?: text, "id"?,
/// "model_path"?, "bench"?, "brief"?, "explain"?, "curve"?}.
[[nodiscard]] Result<PlanInputs> readInputs(const std::string & text);

/// What check() is asked: {"arguments"?, "command_line"?, "start"?, "machine"?}; without a machine that of the log.
[[nodiscard]] Result<CheckRequest> readCheckInputs(const Json & json);
[[nodiscard]] uint32_t startOf(const Json & json);

/// What link() is asked beyond the plan's inputs, where those are sound.
[[nodiscard]] LinkOptions readLinkOptions(const std::string & text);

/// A text among the inputs; empty where there is none.
[[nodiscard]] std::string readText(const std::string & inputs, const char * name);

/// {"hugging_face"?, "model_scope"?}; empty text and what is left out mean the sites' own addresses.
[[nodiscard]] Result<HubEndpoints> readEndpoints(const std::string & text);

}  // namespace ggufit
