// How long a header will probably be, from its first bytes: for readers that pay for every request.
#pragma once

#include <cstdint>
#include <span>

namespace ggufit {

/// Bytes that hold the whole header of most files that begin so, not much more: tokens by the mean of those that are
/// there, types, scores and merges by their number, tensors by theirs. 0 where the prefix says too little; no promise.
[[nodiscard]] uint64_t likelyHeaderBytes(std::span<const uint8_t> prefix);

}  // namespace ggufit
