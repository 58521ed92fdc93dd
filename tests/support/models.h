// Models for tests: real headers and built ones, through the reader and buildModel.
#pragma once

#include <string>

#include "model/model.h"
#include "support/gguf_builder.h"

namespace ggufit::test {

/// A truth or zoo model by name ("qwen3-14b-q4_k_m"). Fails the test where it can't be read.
[[nodiscard]] Model realModel(const std::string & name);

/// The keys of a llama of one block, 256 wide, without tensors: for tests of what stands around them.
void describeSmallLlama(GgufBuilder & builder);

/// The model that these bytes make, as "NAME.gguf". Fails the test where they make none.
[[nodiscard]] Model builtModel(const GgufBuilder & builder, const std::string & name = "test.gguf");

}  // namespace ggufit::test
