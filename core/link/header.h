// A model's header in a planning link: the metadata that the core reads, the tensor directory, the sizes of the files.
#pragma once

#include <string>

#include "gguf/file.h"
#include "link/coder.h"

namespace ggufit {

/// More than any model has; a link that says more is refused before anything is made of it.
inline constexpr uint64_t kMostLinkedTensors = 20000;
inline constexpr uint64_t kMostLinkedShards = 4096;
/// Names with a higher layer are spelled out (LLAMA_MAX_LAYERS).
inline constexpr uint32_t kMostLinkedLayers = 512;

/// What a link keeps of a header: a File that buildModel takes, which gives the same model, card and plan. Metadata
/// that the core does not read is left out, of the vocabulary the number of tokens is kept, of chat templates what
/// marks a thinking model. The file's name is kept where it is asked for, without its folder.
[[nodiscard]] File linkedHeader(const File & file, bool with_name);

/// Writes or reads what linkedHeader keeps.
template <typename Coder>
void codeHeader(Coder & coder, Texts & texts, File & file);

/// Writes or reads file.tensors; the numbers of `known` are expected among their dimensions. Reads their name, shape,
/// type and bytes, all as readHeader would take them.
template <typename Coder>
void codeTensors(Coder & coder, Texts & texts, Remembered known, uint64_t n_tensors, std::vector<Tensor> & tensors);

/// A text without the folders that it begins with, where it is a path on somebody's machine.
[[nodiscard]] std::string_view withoutFolder(std::string_view text);

}  // namespace ggufit
