// The JSON configuration of `ggufit overrides`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "settings/settings.h"

namespace ggufit {

/// What a configuration says; the defaults are those of an empty one.
struct OverrideConfig {
    std::optional<uint32_t> context_size;             // tokens
    bool prioritize_experts_on_cpu = false;           // all routed experts in system memory, whether they fit or not
    bool maximize_gpu_layers = true;                  // false: layers that do not fit whole stay in system memory
    bool reserve_context_memory = true;               // llama.cpp always does; false gets a warning
    std::optional<uint64_t> memory_safety_margin_mb;  // MiB to leave free on each device
    bool save_analysis_json = true;
    bool save_override_params = true;
    bool verbose = false;        // every tensor in the report
    std::string llama_cpp_path;  // llama.cpp's folder; empty where it was not given
    std::vector<Warning> warnings;
};

/// Reads {"llama_cpp_path", "virtual_env_path", "context_size", "tensor_analysis": {"prioritize_experts_on_cpu",
/// "maximize_gpu_layers", "reserve_context_memory", "memory_safety_margin_mb"}, "output": {"save_analysis_json",
/// "save_override_params", "verbose"}}, each of which may be missing or null. Unknown keys get a warning. Errors are
/// usage errors that name the path ("tensor_analysis.memory_safety_margin_mb").
[[nodiscard]] Result<OverrideConfig> parseOverrideConfig(std::string_view json);

/// The settings with a configuration's context and margin; arguments that are read over them win.
[[nodiscard]] Settings configuredSettings(Settings settings, const OverrideConfig & config);

}  // namespace ggufit
