// BERT and the relatives of which no measured graph is at hand: their operations by llama.cpp's own source.
#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "graph/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kLayers = SmallDecoder::kLayers;
constexpr uint32_t kWidth = SmallDecoder::kWidth;
constexpr uint32_t kFf = SmallDecoder::kFf;
constexpr uint32_t kExperts = SmallDecoder::kExperts;
constexpr std::array kPhases = {Phase::prompt, Phase::decode};
constexpr SmallDecoder::Cell kFullCell = {SmallDecoder::kHeads, SmallDecoder::kHead, SmallDecoder::kHead};
const std::vector<std::string> kNone;

void biased(SmallDecoder & model, uint32_t il, const std::string & name, uint64_t in, uint64_t out) {
    model.tensor(il, name + ".weight", {in, out}).tensor(il, name + ".bias", {out});
}

void layerNorm(SmallDecoder & model, uint32_t il, const std::string & name) {
    model.norm(il, name).tensor(il, name + ".bias", {kWidth});
}

/// Embeddings of tokens and their types, and the blocks' attention and norms, all with biases.
SmallDecoder encoder(const std::string & architecture) {
    SmallDecoder model(architecture, kFullCell);
    model.f32("attention.layer_norm_epsilon", 1e-12F).tokenTypes(2);
    model.whole("token_embd.weight", {kWidth, 512}).whole("token_types.weight", {kWidth, 2});
    model.whole("token_embd_norm.weight", {kWidth}).whole("token_embd_norm.bias", {kWidth});
    for (uint32_t il = 0; il < kLayers; ++il) {
        for (const std::string part : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
            biased(model, il, part, kWidth, kWidth);
        }
        layerNorm(model, il, "attn_output_norm");
        layerNorm(model, il, "layer_output_norm");
    }
    return model;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_bert)

BOOST_AUTO_TEST_CASE(bert_adds_positions_as_embeddings) {
    SmallDecoder model = encoder("bert");
    model.whole("position_embd.weight", {kWidth, 4096});
    for (uint32_t il = 0; il < kLayers; ++il) {
        biased(model, il, "ffn_up", kWidth, kFf);
        biased(model, il, "ffn_down", kFf, kWidth);
    }
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rope) == 0U);
        BOOST_TEST(countOf(graph, Op::norm) == 1U + 2U * kLayers);
        BOOST_TEST(countOf(graph, UnaryOp::gelu) == kLayers);
        BOOST_TEST(countOf(graph, Op::set_rows) == 0U);  // nothing is cached
    }
}

BOOST_AUTO_TEST_CASE(jina_bert_3_turns_q_and_k) {
    SmallDecoder model = encoder("jina-bert-v3");
    for (uint32_t il = 0; il < kLayers; ++il) {
        biased(model, il, "ffn_up", kWidth, kFf);
        biased(model, il, "ffn_down", kFf, kWidth);
    }
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        BOOST_TEST(countOf(graphOf(model, phase), Op::rope) == 2U * kLayers);
    }
}

BOOST_AUTO_TEST_CASE(jina_bert_2_gates_with_a_matrix_of_its_own_or_with_half_of_one) {
    for (const bool fused : {false, true}) {
        SmallDecoder model = encoder("jina-bert-v2");
        for (uint32_t il = 0; il < kLayers; ++il) {
            model.tensor(il, "ffn_up.weight", {kWidth, fused ? 2 * kFf : kFf});
            if (!fused) model.tensor(il, "ffn_gate.weight", {kWidth, kFf});
            biased(model, il, "ffn_down", kFf, kWidth);
            layerNorm(model, il, "attn_q_norm");  // over all heads at once
            layerNorm(model, il, "attn_k_norm");
            layerNorm(model, il, "attn_norm_2");
        }
        for (const Phase phase : kPhases) {
            BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
            const Graph graph = graphOf(model, phase);
            BOOST_TEST(countOf(graph, Op::glu) == kLayers);
            BOOST_TEST(countOf(graph, Op::mul_mat) == (4U + (fused ? 2U : 3U)) * kLayers);
            BOOST_TEST(countOf(graph, Op::norm) == 1U + 5U * kLayers);
        }
    }
}

BOOST_AUTO_TEST_CASE(nomic_bert_with_experts_has_them_in_every_second_layer) {
    SmallDecoder model = encoder("nomic-bert-moe");
    model.u32("moe_every_n_layers", 2).u32("expert_count", kExperts).u32("expert_used_count", 2);
    for (uint32_t il = 0; il < kLayers; ++il) {
        if (il % 2 == 1) {
            model.tensor(il, "ffn_gate_inp.weight", {kWidth, kExperts});
            model.tensor(il, "ffn_up_exps.weight", {kWidth, kFf, kExperts});
            model.tensor(il, "ffn_down_exps.weight", {kFf, kWidth, kExperts});
        } else {
            biased(model, il, "ffn_up", kWidth, kFf);
            biased(model, il, "ffn_down", kFf, kWidth);
        }
    }
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        BOOST_TEST(countOf(graphOf(model, phase), Op::mul_mat_id) == 2U * kLayers / 2U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
