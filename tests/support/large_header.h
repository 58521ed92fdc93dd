// A header as large as those of models with many tokens: 7 MB, most of it vocabulary.
#pragma once

#include <cstdint>
#include <vector>

#include "support/gguf_builder.h"

namespace ggufit::test {

inline constexpr uint32_t kLargeVocabulary = 151936;  // tokens of the Qwen3 family
inline constexpr uint32_t kLargeMerges = 151387;
inline constexpr uint32_t kLargeLayers = 48;

/// A dense model with 152 thousand tokens, their scores, types and merges, a chat template and nine tensors a layer.
[[nodiscard]] GgufBuilder largeHeader();

}  // namespace ggufit::test
