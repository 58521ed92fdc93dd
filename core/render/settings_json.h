// Settings, what --fit made of them and the figures of the graph as JSON.
#pragma once

#include "fit/fit.h"
#include "render/to_json.h"
#include "settings/settings.h"

namespace ggufit {

/// Every field of Settings by name; types and modes by llama.cpp's names.
[[nodiscard]] Json settingsJson(const Settings & settings);

/// {"status", "reason", "n_ctx", "n_gpu_layers", "tensor_split", "override_tensors": ["PATTERN=BUFFER"], "trace"}.
[[nodiscard]] Json fitJson(const FitResult & fit);

/// {"nodes_prompt", "nodes_decode", "splits_prompt", "splits_decode", "pipeline"}.
[[nodiscard]] Json graphJson(const GraphFigures & graph);

}  // namespace ggufit
