// How many parameters a model has, and how many of them one token reads.
#pragma once

#include <cstdint>
#include <string>

#include "model/model.h"

namespace ggufit {

/// The convention, so that a figure can be reproduced from a tensor list:
/// - total: the elements of every tensor of the file, as llama.cpp counts n_elements ("model params" in its log); a
/// tied
///   output matrix is in the file once and counts once.
/// - active: what llama.cpp reads to make one token of text.
///   - Routed experts (tensors whose last dimension is the experts): elements / count × used, for each tensor.
///   - Shared experts, attention, norms, routers: whole. So is an output matrix, and token_embd where it is the output
///   too.
///   - Tables that are looked up (op get_rows: token_embd, position and per-layer embeddings): one row.
///   - MTP layers and tensors that llama.cpp skips: none.
/// Sums saturate.
struct ParameterCount {
    uint64_t total = 0;
    uint64_t active = 0;
    uint64_t routed = 0;         // elements of routed experts, all of them
    uint64_t routed_active = 0;  // of them in active
    uint64_t unread = 0;         // MTP layers and skipped tensors
    std::string tied_output;     // the tensor that is read as output too; empty where output.weight is in the file
};

[[nodiscard]] ParameterCount countParameters(const Model & model);

/// Whether a tensor is left unread at a normal start: of an MTP layer, or one that llama.cpp skips.
[[nodiscard]] bool isUnread(const Model & model, size_t tensor);

}  // namespace ggufit
