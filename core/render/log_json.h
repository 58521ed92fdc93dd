// A startup log → JSON, with the names that llama.cpp prints.
#pragma once

#include "log/log.h"
#include "render/to_json.h"

namespace ggufit {

/// {"start", "n_starts", "stage", "truncated", "build", "command", "model", "settings", "devices", "offloaded",
/// "measured", "speed", "shortages", "errors"}. Buffers in `measured` are a number where one line was printed for a
/// name and a list where several were; `graph_splits` and `breakdown` are texts as printed; `oom` is the text of the
/// lines, or null. What was not printed is left out.
[[nodiscard]] Json toJson(const Log & log);

}  // namespace ggufit
