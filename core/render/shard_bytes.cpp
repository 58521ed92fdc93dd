// Sums over the tensors of each shard.
#include "render/shard_bytes.h"

#include "base/checked.h"

namespace ggufit {

std::vector<ShardBytes> shardBytes(const File & file) {
    std::vector<ShardBytes> shards(file.shards.size());
    for (size_t i = 0; i < shards.size(); ++i) {
        const Shard & shard = file.shards[i];
        const uint64_t needed = saturatingAdd(shard.data_offset, shard.data_bytes);
        shards[i].header_bytes = shard.header_bytes;
        shards[i].padding_bytes = saturatingSub(shard.data_offset, shard.header_bytes);
        shards[i].file_bytes = shard.file_bytes != 0 ? shard.file_bytes : needed;
    }
    for (const Tensor & tensor : file.tensors) {
        if (tensor.shard >= shards.size()) continue;
        ShardBytes & shard = shards[tensor.shard];
        const uint64_t alignment = file.shards[tensor.shard].alignment;
        const uint64_t padded = alignment != 0 ? padTo(tensor.n_bytes, alignment) : tensor.n_bytes;
        shard.tensor_bytes = saturatingAdd(shard.tensor_bytes, tensor.n_bytes);
        shard.padding_bytes = saturatingAdd(shard.padding_bytes, padded - tensor.n_bytes);
    }
    for (ShardBytes & shard : shards) {
        // Some writers leave out the padding after the last tensor.
        const uint64_t content = saturatingAdd(shard.header_bytes, shard.tensor_bytes);
        const uint64_t beyond = saturatingSub(shard.file_bytes, content);
        if (shard.padding_bytes > beyond) shard.padding_bytes = beyond;
        shard.rest_bytes = beyond - shard.padding_bytes;
    }
    return shards;
}

}  // namespace ggufit
