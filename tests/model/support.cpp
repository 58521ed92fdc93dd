// Models from descriptions and from the headers that the tests ship with.
#include "model/support.h"

#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "support/data.h"

namespace ggufit::test {

Result<Model> modelOf(const GgufBuilder & builder) {
    const auto bytes = builder.build();
    auto file = readHeader(bytes, 0, "test.gguf");
    if (!file) return file.error();
    return buildModel(std::move(*file));
}

Model modelNamed(const std::string & name) {
    const auto bytes = readHeaderBytes(name);
    auto file = readHeader(bytes, fileBytesOf(name), name + ".gguf");
    BOOST_REQUIRE_MESSAGE(file.ok(), name << ": " << (file.ok() ? "" : file.error().text()));
    auto model = buildModel(std::move(*file));
    BOOST_REQUIRE_MESSAGE(model.ok(), name << ": " << (model.ok() ? "" : model.error().text()));
    return std::move(*model);
}

GgufBuilder decoder(const std::string & architecture) {
    GgufBuilder builder;
    builder.string("general.architecture", architecture)
        .u32(architecture + ".context_length", 1024)
        .u32(architecture + ".embedding_length", 64)
        .u32(architecture + ".block_count", 4)
        .u32(architecture + ".feed_forward_length", 128)
        .u32(architecture + ".attention.head_count", 8)
        .u32(architecture + ".attention.head_count_kv", 2);
    return builder;
}

GgufBuilder rmsDecoder(const std::string & architecture) {
    return decoder(architecture).f32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5F);
}

std::string layerKinds(const Hparams & hparams) {
    std::string kinds;
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
        kinds += hparams.is_nextn(il) ? 'n' : hparams.is_recr(il) ? 'r' : hparams.is_swa(il) ? 's' : 'f';
    }
    return kinds;
}

std::string refusalOf(const GgufBuilder & builder) {
    const auto model = modelOf(builder);
    BOOST_TEST(!model.ok(), "the model was built");
    return model.ok() ? "" : model.error().text();
}

}  // namespace ggufit::test
