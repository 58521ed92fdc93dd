// The lines of the card, for people: label, value, and where the value was read.
#pragma once

#include <vector>

#include "model/card.h"
#include "model/chat_template.h"
#include "model/model.h"
#include "model/parameters.h"

namespace ggufit {

/// What describeModel has found out and does not keep in the card.
struct CardEvidence {
    ParameterCount parameters;
    ThinkingMark thinking;
    std::vector<std::string> refused_sampling;
};

/// The facts of a card whose other fields are filled, in the order in which to show them.
[[nodiscard]] std::vector<Fact> cardFacts(const Model & model, const Card & card, const CardEvidence & evidence);

}  // namespace ggufit
