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
/// where it is not known (then nothing is said about unfinished downloads). `name` is the file's name for messages.
///
/// A prefix that ends inside the header gives ErrorCode::truncated with needed_bytes > prefix.size(): read at least so
/// far and call again. A header that is whole while the file ends before its tensor data gives ErrorCode::unfinished,
/// with the missing bytes in the sentence. Everything else that is wrong gives ErrorCode::input with the offset, an
/// unknown version or tensor type ErrorCode::unsupported.
///
/// Memory: O(metadata that is kept + tensor directory); arrays longer than kKeptArrayElements are walked, not stored.
[[nodiscard]] Result<File> readHeader(std::span<const uint8_t> prefix, uint64_t file_bytes, std::string name);

}  // namespace ggufit
