// Reads and builds; errors end the test with their sentence.
#include "support/models.h"

#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "support/data.h"

namespace ggufit::test {

namespace {

Model modelOf(const std::vector<uint8_t> & bytes, uint64_t file_bytes, const std::string & name) {
    auto file = readHeader(bytes, file_bytes, name);
    if (!file) BOOST_FAIL(file.error().text());
    auto model = buildModel(std::move(*file));
    if (!model) BOOST_FAIL(model.error().text());
    return std::move(*model);
}

}  // namespace

Model realModel(const std::string & name) { return modelOf(readHeaderBytes(name), fileBytesOf(name), name + ".gguf"); }

void describeSmallLlama(GgufBuilder & builder) {
    builder.string("general.architecture", "llama")
        .u32("llama.block_count", 1)
        .u32("llama.context_length", 2048)
        .u32("llama.embedding_length", 256)
        .u32("llama.feed_forward_length", 512)
        .u32("llama.attention.head_count", 4)
        .u32("llama.vocab_size", 256)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
}

Model builtModel(const GgufBuilder & builder, const std::string & name) {
    return modelOf(builder.build(), builder.fileBytes(), name);
}

}  // namespace ggufit::test
