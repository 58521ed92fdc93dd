// Every header of the truth set is read, and its parts sum to the file.
#include <boost/test/unit_test.hpp>

#include "gguf/read.h"
#include "support/data.h"

namespace {

using namespace ggufit;
using namespace ggufit::test;

BOOST_AUTO_TEST_SUITE(truth_headers)

BOOST_AUTO_TEST_CASE(every_header_is_read_and_its_parts_sum_to_the_file) {
    BOOST_REQUIRE_EQUAL(allModels().size(), 24 + 104);
    for (const auto & model : allModels()) {
        BOOST_TEST_CONTEXT(model) {
            const auto bytes = readHeaderBytes(model);
            const auto file = readHeader(bytes, fileBytesOf(model), model + ".gguf");
            BOOST_REQUIRE_MESSAGE(file.ok(), (file.ok() ? "" : file.error().text()));
            const auto & shard = file->shards.front();
            uint64_t tensors = 0;
            for (const auto & tensor : file->tensors) tensors += (tensor.n_bytes + 31) / 32 * 32;
            const uint64_t padding = shard.data_offset - shard.header_bytes;
            BOOST_TEST(padding < 32);
            BOOST_TEST(shard.header_bytes + padding + tensors == fileBytesOf(model));
            BOOST_TEST(shard.data_bytes == tensors);
            BOOST_TEST(file->totalFileBytes() == fileBytesOf(model));
            BOOST_TEST(file->tensors.size() == shard.n_tensors);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
