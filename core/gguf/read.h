// bytes → File. The reader trusts nothing: each count and length is checked against the bytes that remain.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "gguf/file.h"

namespace ggufit {

/// Reads the header of one GGUF file (versions 1, 2, 3; little or big endian) from its first bytes.
///
/// `prefix` is the start of the file, at least 24 bytes are ever useful; `file_bytes` the size of the whole file, or 0
/// where it is not known (then nothing is said about unfinished downloads; an empty prefix is then an empty file).
/// `name` is the file's name for messages.
///
/// - truncated: the prefix ends inside the header, and the file goes on. needed_bytes is above prefix.size()
///   and at most file_bytes: read at least so far, better twice what was read before, and call again.
/// - unfinished: the file ends inside its header, or before the end of its last tensor; the sentence has the bytes.
/// - unsupported: a version or tensor type that ggufit does not know, or that ggml removed.
/// - input: everything else that is wrong, with the offset. A count or length that reaches beyond 1 GiB is wrong
///   whatever the file's size: no header is so long, and nobody should read towards it.
///
/// Memory: O(metadata that is kept + tensor directory); arrays longer than kKeptArrayElements are walked, not stored.
[[nodiscard]] Result<File> readHeader(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string name);

}  // namespace ggufit
