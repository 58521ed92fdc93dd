// Sampling defaults that a file carries, as arguments for llama-server.
#pragma once

#include <string>
#include <vector>

#include "gguf/file.h"
#include "model/card.h"

namespace ggufit {

struct SamplingKeys {
    std::vector<SamplingDefault>
        defaults;                      // in the order of llama-arch.cpp's keys, each fit for an unquoted command line
    std::vector<std::string> refused;  // "general.sampling.temp: 300 is not between 0 and 100"
};

/// Reads general.sampling.* (common.cpp, common_init_sampler_from_model: llama-server applies them by itself where the
/// user gives nothing). Numbers are checked for their range and written as plain decimals; the sampler sequence is
/// written as --sampler-seq with its letters, since --samplers wants semicolons, which end a command in a shell.
[[nodiscard]] SamplingKeys readSampling(const File & file);

}  // namespace ggufit
