// Models that are split over several files: names, order, totals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"

namespace ggufit {

/// The parts of "stem-00002-of-00006.gguf".
struct ShardName {
    std::string stem;
    uint32_t index = 1;  // 1-based, as in the name
    uint32_t count = 1;
};

/// Parses a file name (no folder). Nothing where it is not a shard's name (llama.cpp: llama_split_prefix).
[[nodiscard]] std::optional<ShardName> parseShardName(std::string_view file_name);

/// The file name of shard `index` (1-based) of `name`'s set.
[[nodiscard]] std::string shardFileName(const ShardName & name, uint32_t index);

/// Joins headers that readHeader gave, in any order, into one File. A single unsplit file is returned as it is.
/// Errors name the shard: missing, given twice, of another model (split.count, split.tensors.count or the stem
/// differ), a tensor in two shards, a number of tensors other than split.tensors.count says.
[[nodiscard]] Result<File> joinShards(std::vector<File> files);

}  // namespace ggufit
