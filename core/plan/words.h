// Words of a command line: what the model adds, what a bench run leaves out.
#pragma once

#include <string>
#include <vector>

#include "model/card.h"

namespace ggufit {

/// The file's own sampling defaults as llama-server's arguments, without those that `kept` sets already. Values that
/// are no plain numbers or names are left out.
[[nodiscard]] std::vector<std::string> samplingWords(const Card & card, const std::vector<std::string> & kept);

/// Whether a word is one of llama-server's sampler arguments ("--temp").
[[nodiscard]] bool isSampler(const std::string & word);

/// Words without the sampler arguments among them and their values.
[[nodiscard]] std::vector<std::string> withoutSamplers(const std::vector<std::string> & words);

/// What a bench run adds for this model: --reasoning-format none where it thinks, so that its thoughts are answer text.
[[nodiscard]] std::vector<std::string> benchWords(const Card & card);

}  // namespace ggufit
