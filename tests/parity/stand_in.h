// CUDA devices that are not there: they answer llama.cpp as ggml-cuda does, and hold no memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ggufit::parity {

struct StandIn {
    int compute_capability = 0;  // 890 for 8.9
    size_t free_bytes = 0;
    size_t total_bytes = 0;
    std::string description;
};

/// Registers them with ggml as CUDA0, CUDA1, … To be called once, before the first model is loaded.
void registerStandIns(const std::vector<StandIn> & devices);

}  // namespace ggufit::parity
