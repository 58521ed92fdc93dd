// What a GGUF file is for: a model, or something that goes with one.
#pragma once

#include <cstdint>

#include "gguf/file.h"

namespace ggufit {

enum class FileKind : uint8_t {
    model,
    projector,  // images or sound for a model (--mmproj)
    adapter,    // LoRA (--lora) or control vector
    imatrix,    // an importance matrix, for quantizing
    vocabulary  // a tokenizer without weights
};

/// Stable: "model", "mmproj", "adapter", "imatrix", "vocab".
[[nodiscard]] const char * fileKindName(FileKind kind);

/// By metadata alone: general.type, else the architecture "clip", adapter.type, imatrix.* and the absence of tensors.
[[nodiscard]] FileKind fileKind(const File & file);

}  // namespace ggufit
