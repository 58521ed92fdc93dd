// What each layer of a model is, and how a person would say the pattern of all of them.
#pragma once

#include <string>
#include <vector>

#include "model/card.h"
#include "model/model.h"

namespace ggufit {

/// One card for each of n_layer_all layers.
[[nodiscard]] std::vector<LayerCard> layerCards(const Model & model);

/// "12 full attention (every 4th), 36 recurrent": the kinds of attention, fewest first, MTP layers left out. Blocks are
/// numbered as in tensor names where there is no period: "6 full attention (blk 2, 5, 8, 10, 12, 14)".
[[nodiscard]] std::string attentionPattern(const std::vector<LayerCard> & layers);

/// Which layers have routed experts: "all 48 layers", "46 of 47 layers (blk 0 is dense)"; empty where none has.
[[nodiscard]] std::string expertPattern(const std::vector<LayerCard> & layers);

}  // namespace ggufit
