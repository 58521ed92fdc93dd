// Where the bytes of a file go: header + padding + tensors + rest = file.
#pragma once

#include <cstdint>
#include <vector>

#include "gguf/file.h"

namespace ggufit {

struct ShardBytes {
    uint64_t header_bytes = 0;
    uint64_t padding_bytes = 0;  // before the tensor data and between tensors
    uint64_t tensor_bytes = 0;
    uint64_t rest_bytes = 0;  // after the tensor data, and gaps that no tensor claims
    uint64_t file_bytes = 0;  // the sum; the file's size, or what its header asks for where that is not known
};

/// One for each of File::shards.
[[nodiscard]] std::vector<ShardBytes> shardBytes(const File & file);

}  // namespace ggufit
