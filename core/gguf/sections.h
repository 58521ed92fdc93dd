// The two long sections of a GGUF header, each read by a function of its own: metadata and tensor directory.
#pragma once

#include <cstdint>

#include "gguf/cursor.h"
#include "gguf/file.h"

namespace ggufit {

/// Bytes that a key with its value takes at least: a length, a letter, a type and a byte of value.
[[nodiscard]] inline uint64_t leastKeyBytes(const Cursor & cursor) { return cursor.lengthBytes() + 1 + 4 + 1; }

/// Bytes that a tensor takes at least: a length, a letter, its number of dimensions, a type and an offset.
[[nodiscard]] inline uint64_t leastTensorBytes(const Cursor & cursor) { return cursor.lengthBytes() + 1 + 4 + 4 + 8; }

/// Reads `n_kv` keys into file.metadata and file.key_index, whose least bytes the cursor expects. False after a fault.
bool readMetadata(Cursor & cursor, uint64_t n_kv, File & file);

/// Reads shard.n_tensors tensors into file.tensors and file.tensor_index, whose least bytes the cursor expects; adds up
/// shard.data_bytes, and data_end: where the last tensor ends, without padding. False after a fault.
bool readTensors(Cursor & cursor, File & file, Shard & shard, uint64_t & data_end);

}  // namespace ggufit
