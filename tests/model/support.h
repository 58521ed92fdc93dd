// Models from descriptions and from the headers that the tests ship with.
#pragma once

#include <string>

#include "base/result.h"
#include "model/model.h"
#include "support/gguf_builder.h"

namespace ggufit::test {

/// The model of these bytes; the file is right, the model may not be.
[[nodiscard]] Result<Model> modelOf(const GgufBuilder & builder);

/// The model of a truth or zoo header; an error fails the test.
[[nodiscard]] Model modelNamed(const std::string & name);

/// The keys that every decoder needs: 4 layers, 64 wide, 8 heads of 8 with 2 KV heads, 1024 tokens of context.
[[nodiscard]] GgufBuilder decoder(const std::string & architecture);

/// decoder() with the RMS epsilon that most families ask for.
[[nodiscard]] GgufBuilder rmsDecoder(const std::string & architecture);

/// One letter a layer: n for prediction, r recurrent, s sliding, f full attention.
[[nodiscard]] std::string layerKinds(const Hparams & hparams);

/// The message of a model that must not build.
[[nodiscard]] std::string refusalOf(const GgufBuilder & builder);

}  // namespace ggufit::test
