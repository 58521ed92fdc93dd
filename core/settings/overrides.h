// Rules of -ot, -cmoe and -ncmoe, read and written.
#pragma once

#include <optional>
#include <string>

#include "settings/option.h"

namespace ggufit {

/// llama_max_tensor_buft_overrides(), less the end mark.
inline constexpr size_t kMostOverrides = 4095;

/// The pattern of -cmoe (common/common.h, LLM_FFN_EXPS_REGEX).
inline constexpr std::string_view kExpertsPattern = "\\.ffn_(up|down|gate|gate_up)_(ch|)exps";

/// The pattern of one block of -ncmoe (llm_ffn_exps_block_regex).
[[nodiscard]] std::string expertsPattern(uint32_t block);

[[nodiscard]] std::optional<Error> readOverrides(const OptionGiven & given);
[[nodiscard]] std::optional<Error> readCpuMoe(const OptionGiven & given);
[[nodiscard]] std::optional<Error> readNCpuMoe(const OptionGiven & given);

/// -cmoe, -ncmoe N and -ot A=B,C=D that give these rules in this order.
void writeOverrides(const std::vector<TensorOverride> & overrides, std::vector<std::string> & words);

}  // namespace ggufit
