// The quantization mix of a file: the name that it was written under, and what its tensors are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/file.h"
#include "model/card.h"

namespace ggufit {

/// The name that llama.cpp prints for a general.file_type ("Q4_K - Medium"), empty for a number that it does not know
/// (llama-model-loader.cpp, llama_ftype_name). Users search their logs for these names, so they stay as printed.
[[nodiscard]] std::string_view fileTypeName(uint64_t file_type);

/// The short name that files and llama-quantize use for it ("Q4_K_M"); empty for a number that is not known.
[[nodiscard]] std::string fileTypeLabel(uint64_t file_type);

/// Tensors, parameters and bytes by type, most bytes first.
[[nodiscard]] std::vector<TypeShare> typeShares(const File & file);

/// fileTypeName of the file's own key, else the type with the most bytes; empty where there are no tensors.
[[nodiscard]] std::string quantizationName(const File & file, const std::vector<TypeShare> & types);

}  // namespace ggufit
