// What several tools say of one machine, made one: llama.cpp's own list counts, the others add to it.
#pragma once

#include <vector>

#include "machine/listing.h"

namespace ggufit {

/// Joins the lists of tools that each see the cards of one vendor: their devices follow each other, numbered anew.
[[nodiscard]] Listing joinTools(std::vector<Listing> listings);

/// llama-server's own list with what a tool adds to a device of the same name: its link to the host, its compute
/// capability, the programs on it. A different order than nvidia-smi's and cards that it does not list are said.
[[nodiscard]] Listing preferLlama(Listing llama, const Listing & tools);

}  // namespace ggufit
