// Any bytes as the start of a GGUF file: a header, or one sentence; and what follows from a header that was read.
#include <algorithm>

#include "fuzz/fuzz.h"
#include "gguf/read.h"
#include "model/card.h"
#include "model/model.h"

using namespace ggufit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    const fuzz::MemoryBound bound(size);
    for (const uint64_t file_bytes : {uint64_t{0}, uint64_t{size}, uint64_t{1} << 36U}) {
        auto file = readHeader({data, size}, file_bytes, "fuzzed.gguf");
        if (!file) {
            fuzz::claimSentence(file.error());
            if (file.error().code != ErrorCode::truncated) continue;
            fuzz::claim(file.error().needed_bytes > size, "a truncated prefix asks for more bytes");
            fuzz::claim(file_bytes == 0 || file.error().needed_bytes <= file_bytes, "never for more than there are");
            continue;
        }
        const Shard & shard = file->shards.front();
        fuzz::claim(shard.header_bytes <= size, "the header lies within the bytes that were read");
        fuzz::claim(file->metadata.size() + file->tensors.size() <= size, "what is listed stands in the file");
        fuzz::claim(shard.data_offset >= shard.header_bytes, "the data follow the header");
        const auto model = buildModel(std::move(*file));
        if (!model) fuzz::claimSentence(model.error());
    }
    return 0;
}
