// Gemma's generations of which no measured graph is at hand: their operations by llama.cpp's own source.
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
constexpr uint32_t kPerLayer = 32;  // width of a layer's own embeddings
const std::vector<std::string> kNone;
constexpr std::array kPhases = {Phase::prompt, Phase::decode};

void sandwichedLayer(SmallDecoder & model, uint32_t il) {
    model.attention(il).headNorms(il).norm(il, "post_attention_norm");
    model.norm(il, "ffn_norm").dense(il).norm(il, "post_ffw_norm");
}

void perLayerTable(SmallDecoder & model, uint64_t width) {
    model.whole("per_layer_token_embd.weight", {width * kLayers, 512});
    model.whole("per_layer_model_proj.weight", {kWidth, width * kLayers});
    model.whole("per_layer_proj_norm.weight", {width});
}

void perLayerWeights(SmallDecoder & model, uint32_t il, uint64_t width) {
    model.tensor(il, "inp_gate.weight", {kWidth, width}).tensor(il, "proj.weight", {width, kWidth});
    model.norm(il, "post_norm");
}

/// Layers 0 and 2 slide with heads of 128, 1 and 3 are full with heads of 64; layers 2 and 3 read the caches of 0
/// and 1.
SmallDecoder gemma4(bool experts, uint32_t per_layer) {
    SmallDecoder model("gemma4");
    model.flags("attention.sliding_window_pattern", {true, false, true, false}).u32("attention.sliding_window", 512);
    model.u32("attention.shared_kv_layers", 2).u32("embedding_length_per_layer_input", per_layer);
    model.u32("attention.key_length_swa", 128).u32("attention.value_length_swa", 128);
    if (experts) model.u32("expert_count", kExperts).u32("expert_used_count", 2).u32("expert_feed_forward_length", kFf);
    for (uint32_t il = 0; il < kLayers; ++il) {
        const uint64_t head = il % 2 == 0 ? 128 : 64;
        model.norm(il, "attn_norm").tensor(il, "attn_q.weight", {kWidth, 4 * head});
        if (il < 2) model.tensor(il, "attn_k.weight", {kWidth, 2 * head}).norm(il, "attn_k_norm", head);
        if (il == 0) model.tensor(il, "attn_v.weight", {kWidth, 2 * head});  // layer 1 reads its K as V
        model.tensor(il, "attn_output.weight", {4 * head, kWidth}).norm(il, "attn_q_norm", head);
        model.norm(il, "post_attention_norm").norm(il, "ffn_norm").dense(il).norm(il, "post_ffw_norm");
        model.tensor(il, "layer_output_scale.weight", {1});
        if (per_layer > 0) perLayerWeights(model, il, per_layer);
        if (!experts) continue;
        model.experts(il).tensor(il, "ffn_gate_inp.scale", {kWidth}).norm(il, "pre_ffw_norm_2");
        model.norm(il, "post_ffw_norm_1").norm(il, "post_ffw_norm_2");
    }
    if (per_layer > 0) perLayerTable(model, per_layer);
    model.whole("rope_freqs.weight", {32}).whole("token_embd.weight", {kWidth, 512});
    model.whole("output_norm.weight", {kWidth});
    return model;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_gemma)

BOOST_AUTO_TEST_CASE(gemma4_reads_all_its_weights) {
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(gemma4(false, kPerLayer), phase) == kNone, boost::test_tools::per_element());
        BOOST_TEST(unreadWeights(gemma4(true, 0), phase) == kNone, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(gemma4_stores_only_where_a_layer_has_a_cache_of_its_own) {
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(gemma4(false, kPerLayer), phase);
        BOOST_TEST(countOf(graph, Op::set_rows) == 2U * 2U);   // k and v of layers 0 and 1
        BOOST_TEST(countOf(graph, Op::rope) == kLayers + 2U);  // q everywhere, k where there is one
        BOOST_TEST(countOf(graph, Op::flash_attn_ext) == kLayers);
        // q, k, v, o; gate, up, down; gate and projection of the layer's own embedding; their table's, and the head
        BOOST_TEST(countOf(graph, Op::mul_mat) == 4U + 3U + 2U + 2U + 4U * 3U + 4U * 2U + 2U);
        BOOST_TEST(countOf(graph, UnaryOp::tanh) == 1U);  // llama.cpp caps the logits at 30 where the file says nothing
    }
}

BOOST_AUTO_TEST_CASE(gemma4_runs_experts_beside_the_dense_feed_forward) {
    const Graph graph = graphOf(gemma4(true, 0), Phase::decode);
    BOOST_TEST(countOf(graph, Op::mul_mat_id) == 3U * kLayers);
    BOOST_TEST(countOf(graph, Op::glu) == 2U * kLayers);
}

BOOST_AUTO_TEST_CASE(gemma3n_reads_all_its_weights_and_predicts_four_versions_of_each_token) {
    SmallDecoder model("gemma3n");
    model.u32("attention.sliding_window", 512);
    for (uint32_t il = 0; il < kLayers; ++il) {
        sandwichedLayer(model, il);
        perLayerWeights(model, il, 256);
        model.tensor(il, "altup_correct_coef.weight", {4, 4}).norm(il, "altup_correct_scale");
        model.tensor(il, "altup_predict_coef.weight", {4, 16}).tensor(il, "altup_router.weight", {kWidth, 4});
        model.norm(il, "altup_router_norm").tensor(il, "laurel_l.weight", {kWidth, 64});
        model.tensor(il, "laurel_r.weight", {64, kWidth}).norm(il, "laurel_post_norm");
    }
    perLayerTable(model, 256);
    model.whole("altup_proj.weight", {kWidth, kWidth, 3}).whole("altup_unembd_proj.weight", {kWidth, kWidth, 3});
    model.whole("token_embd.weight", {kWidth, 512}).whole("output_norm.weight", {kWidth});
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::mean) == kLayers);                 // sparse gates in the first ten layers
        BOOST_TEST(countOf(graph, Op::concat) == 1U + kLayers);          // the versions, stacked at first and by layers
        BOOST_TEST(countOf(graph, UnaryOp::tanh) == 2U * kLayers + 1U);  // two routers a layer, and the logits' cap
    }
}

BOOST_AUTO_TEST_CASE(embedding_gemma_caches_nothing_and_has_no_logits) {
    SmallDecoder model("gemma-embedding");
    model.u32("attention.sliding_window", 512);
    for (uint32_t il = 0; il < kLayers; ++il) sandwichedLayer(model, il);
    model.whole("token_embd.weight", {kWidth, 512}).whole("output_norm.weight", {kWidth});
    // llama.cpp loads the embedding once more for an output that this graph does not have
    BOOST_TEST(unreadWeights(model, Phase::prompt) == std::vector<std::string>{"token_embd.weight"},
               boost::test_tools::per_element());
    const Graph graph = graphOf(model, Phase::prompt);
    BOOST_TEST(countOf(graph, Op::mul_mat) == 7U * kLayers);
    BOOST_TEST(countOf(graph, Op::set_rows) == 0U);         // nothing is cached
    BOOST_TEST(countOf(graph, Op::scale) == 1U + kLayers);  // the embeddings, and Q of each layer
}

BOOST_AUTO_TEST_SUITE_END()
