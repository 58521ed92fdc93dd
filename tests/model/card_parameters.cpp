// Parameters, total and active, against the arithmetic of the published shapes and the figures of their authors.
#include <boost/test/unit_test.hpp>

#include "model/card.h"
#include "model/parameters.h"
#include "support/data.h"
#include "support/models.h"

using namespace ggufit;
using test::realModel;

BOOST_AUTO_TEST_SUITE(card_parameters)

// Width 2880, 36 layers, 64 heads of 64 and 8 for keys and values, 128 experts of which 4 are used, vocabulary 201,088.
// OpenAI's model card says 116.83 B in total and 5.13 B active.
BOOST_AUTO_TEST_CASE(gpt_oss_120b_is_116_8_billion_with_5_1_active) {
    const uint64_t width = 2880;
    const uint64_t attention = width * 4096 + 4096 + 2 * (width * 512 + 512) + 4096 * width + width + 64;
    const uint64_t norms_and_router = 2 * width + width * 128 + 128;
    const uint64_t expert = 3 * width * width + 3 * width;
    const uint64_t table = width * 201'088;

    const ParameterCount count = countParameters(realModel("gpt-oss-120b-f16"));
    BOOST_TEST(count.total == 36 * (attention + norms_and_router + 128 * expert) + 2 * table + width);
    BOOST_TEST(count.active == 36 * (attention + norms_and_router + 4 * expert) + table + width + width);
    BOOST_TEST(count.total / 10'000'000 == 11'682);
    BOOST_TEST(count.active / 10'000'000 == 513);
    BOOST_TEST(count.routed == uint64_t{36} * 128 * expert);
    BOOST_TEST(count.tied_output == "");
}

// Width 2048, 48 layers, 32 heads of 128 and 4 for keys and values, 128 experts of 768, 8 used. Qwen: 30.5 B, 3.3 B
// active.
BOOST_AUTO_TEST_CASE(qwen3_30b_a3b_is_30_5_billion_with_3_active) {
    const uint64_t width = 2048;
    const uint64_t attention = width * 4096 + 2 * width * 512 + 4096 * width + 2 * 128;
    const uint64_t expert = 3 * width * 768;
    const uint64_t table = width * 151'936;
    const ParameterCount count = countParameters(realModel("qwen3-30b-a3b-q4_k_m"));
    BOOST_TEST(count.total == 48 * (attention + 2 * width + width * 128 + 128 * expert) + 2 * table + width);
    BOOST_TEST(count.active == 48 * (attention + 2 * width + width * 128 + 8 * expert) + table + width + width);
    BOOST_TEST(count.total / 100'000'000 == 305);
    // Qwen counts the embedding table as active as well: 3.3 B.
    BOOST_TEST((count.active + table - width) / 100'000'000 == 33);
}

// DeepSeek says 671 B and 37 B active, without the MTP layer, which this header has not either.
BOOST_AUTO_TEST_CASE(deepseek_v3_is_671_billion_with_37_active) {
    const uint64_t width = 7168;
    const uint64_t attention = width * 1536 + 1536 + 1536 * 128 * 192 + width * 576 + 512 +
                               2 * uint64_t{128} * 512 * 128 + uint64_t{128} * 128 * width;
    const uint64_t expert = 3 * width * 2048;
    const uint64_t dense = 3 * width * 18'432;
    const uint64_t router = width * 256 + 256;
    const uint64_t table = width * 129'280;
    const ParameterCount count = countParameters(realModel("deepseek-v3.1-q4_k_m"));
    BOOST_TEST(count.total ==
               61 * (attention + 2 * width) + 3 * dense + 58 * (router + 257 * expert) + 2 * table + width);
    BOOST_TEST(count.active ==
               61 * (attention + 2 * width) + 3 * dense + 58 * (router + 9 * expert) + table + width + width);
    BOOST_TEST(count.total / 1'000'000'000 == 671);
    BOOST_TEST((count.active + 500'000'000) / 1'000'000'000 == 37);
}

// Published: "30B-A3B" and "80B-A3B", which are names; here are the figures.
BOOST_AUTO_TEST_CASE(glm_4_7_flash_and_qwen3_coder_next_are_what_their_shapes_say) {
    const ParameterCount glm = countParameters(realModel("glm-4.7-flash-q4_k_m"));
    const uint64_t width = 2048;
    const uint64_t mla =
        width * 768 + 768 + 768 * 5120 + width * 576 + 512 + 20 * (192 * 512 + 512 * 256) + 5120 * width;
    const uint64_t glm_expert = 3 * width * 1536;
    const uint64_t glm_table = width * 154'880;
    BOOST_TEST(glm.total == 47 * (mla + 2 * width) + 3 * width * 10'240 + 46 * (width * 64 + 64 + 65 * glm_expert) +
                                2 * glm_table + width);
    BOOST_TEST(glm.active == 47 * (mla + 2 * width) + 3 * width * 10'240 + 46 * (width * 64 + 64 + 5 * glm_expert) +
                                 glm_table + width + width);
    BOOST_TEST(glm.total / 100'000'000 == 299);

    const ParameterCount qwen = countParameters(realModel("qwen3-coder-next-q5_k_m"));
    const uint64_t linear = width * 8192 + width * 4096 + 4 * 8192 + 32 + 32 + width * 64 + 128 + 4096 * width;
    const uint64_t full = width * 8192 + 2 * width * 512 + 4096 * width + 2 * 256;
    const uint64_t expert = 3 * width * 512;
    const uint64_t each = 2 * width + width * 512 + width;  // norms, router, the shared expert's gate
    const uint64_t table = width * 151'936;
    BOOST_TEST(qwen.total == 36 * linear + 12 * full + 48 * (each + 513 * expert) + 2 * table + width);
    BOOST_TEST(qwen.active == 36 * linear + 12 * full + 48 * (each + 11 * expert) + table + width + width);
    BOOST_TEST(qwen.total / 100'000'000 == 796);
}

// Llama 3.2 1B: width 2048, 16 layers, 32 heads of 64, 8 for keys and values, feed-forward 8192; Meta: 1.23 B. The
// factors of its RoPE are a tensor of 32 elements.
BOOST_AUTO_TEST_CASE(a_tied_embedding_counts_once_and_is_read_whole) {
    const uint64_t width = 2048;
    const uint64_t layer = 2 * width * width + 2 * width * 512 + 3 * width * 8192 + 2 * width;
    const ParameterCount count = countParameters(realModel("llama-3.2-1b-q8_0"));
    BOOST_TEST(count.total / 10'000'000 == 123);
    BOOST_TEST(count.total - 16 * layer - width * 128'256 - width <= 32);
    BOOST_TEST(count.active == count.total);
    BOOST_TEST(count.tied_output == "token_embd.weight");
}

BOOST_AUTO_TEST_CASE(mtp_layers_are_in_the_total_and_not_active) {
    const Model model = realModel("glm-4.5-air-q4_k_m");
    const ParameterCount count = countParameters(model);
    // Z.ai: 106 B and 12 B active; the MTP layer beyond them has 128 experts and a shared one, 3 matrices of 4096 ×
    // 1408.
    BOOST_TEST((count.total - count.unread) / 1'000'000'000 == 106);
    BOOST_TEST(count.unread > uint64_t{129} * 3 * 4096 * 1408);
    BOOST_TEST(count.active / 1'000'000'000 == 12);
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        BOOST_TEST(isUnread(model, i) == (model.roles[i].block == 46), model.file.tensors[i].name);
    }
}

BOOST_AUTO_TEST_CASE(a_count_of_used_experts_beyond_all_of_them_does_not_inflate) {
    Model model = realModel("gpt-oss-20b-mxfp4");
    model.hparams.n_expert_used = 400;
    const ParameterCount count = countParameters(model);
    BOOST_TEST(count.routed_active == count.routed);
    BOOST_TEST(count.active < count.total);
}

BOOST_AUTO_TEST_CASE(every_model_reads_some_and_never_more_than_it_has) {
    for (const std::string & name : test::allModels()) {
        const ParameterCount count = countParameters(realModel(name));
        BOOST_TEST(count.active > 0, name);
        BOOST_TEST(count.active <= count.total, name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
