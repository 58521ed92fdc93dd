// Drafts for speculative decoding that can be loaded on their own, by llama.cpp's own source.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "graph/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kWidth = SmallDecoder::kWidth;
constexpr uint32_t kHeadsWidth = SmallDecoder::kHeads * SmallDecoder::kHead;
constexpr uint32_t kHeadsWidthKv = SmallDecoder::kHeadsKv * SmallDecoder::kHead;
constexpr uint32_t kVocab = 512;

/// One layer that reads an embedding and a target's features side by side; logits over so many tokens.
SmallDecoder eagle3(uint64_t n_draft_vocab) {
    SmallDecoder model("eagle3", {SmallDecoder::kHeads}, {SmallDecoder::kHeadsKv}, {SmallDecoder::kFf});
    model.u32("target_hidden_size", kWidth).counts("target_layers", {1, 2, 3});
    model.tensor("token_embd.weight", {kWidth, kVocab}).tensor("fc.weight", {uint64_t{3} * kWidth, kWidth});
    model.norm(0, "attn_norm").norm(0, "attn_norm_2").norm(0, "ffn_norm").dense(0);
    model.tensor(0, "attn_q.weight", {uint64_t{2} * kWidth, kHeadsWidth});
    model.tensor(0, "attn_k.weight", {uint64_t{2} * kWidth, kHeadsWidthKv});
    model.tensor(0, "attn_v.weight", {uint64_t{2} * kWidth, kHeadsWidthKv});
    model.tensor(0, "attn_output.weight", {kHeadsWidth, kWidth});
    model.tensor("output_norm.weight", {kWidth}).tensor("output.weight", {kWidth, n_draft_vocab});
    return model;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_drafts)

BOOST_AUTO_TEST_CASE(eagle3_joins_two_norms_and_writes_logits_of_every_token) {
    const SmallDecoder model = eagle3(kVocab);
    const Graph graph = graphOf(model, Phase::prompt);
    BOOST_TEST(countOf(graph, Op::rms_norm) == 4U);  // embedding, features, feed-forward, output
    BOOST_TEST(countOf(graph, Op::concat) == 1U);
    BOOST_TEST(countOf(graph, Op::mul_mat) == 8U);   // q, k, v, output, gate, up, down, logits
    BOOST_TEST(countOf(graph, Op::get_rows) == 1U);  // the embedding: no token is left out
    const Node & logits = graph[graph.nodes.back()];
    BOOST_TEST(logits.ne[0] == int64_t{kVocab});
    BOOST_TEST(logits.ne[1] == 512);
    BOOST_TEST(unreadWeights(model, Phase::prompt) == std::vector<std::string>{"fc.weight"});  // of the encoder
}

BOOST_AUTO_TEST_CASE(a_smaller_vocabulary_is_spread_over_the_targets) {
    SmallDecoder model = eagle3(128);
    model.typed("d2t", GgmlType::i64, {128});
    const Graph graph = graphOf(model, Phase::decode);
    BOOST_TEST(countOf(graph, Op::fill) == 1U);
    BOOST_TEST(countOf(graph, Op::set_rows) == 3U);  // K, V, and the logits at their places
    const Node & logits = graph[graph.nodes.back()];
    BOOST_TEST(logits.ne[0] == int64_t{kVocab});
}

BOOST_AUTO_TEST_SUITE_END()
