// Decoders with experts of which no measured graph is at hand: their operations by llama.cpp's own source.
#include <array>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "graph/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kLayers = SmallDecoder::kLayers;
constexpr uint32_t kWidth = SmallDecoder::kWidth;
constexpr std::array kPhases = {Phase::prompt, Phase::decode};

/// Keys of a model with experts from its second layer on, and a window.
SmallDecoder sliding(const std::string & architecture) {
    SmallDecoder model(architecture);
    model.u32("expert_count", SmallDecoder::kExperts).u32("expert_used_count", 2);
    model.u32("expert_feed_forward_length", SmallDecoder::kFf).u32("leading_dense_block_count", 1);
    model.u32("expert_shared_count", 1).u32("expert_shared_feed_forward_length", SmallDecoder::kFf);
    model.u32("expert_gating_func", 2).u32("attention.sliding_window", 512);
    return model;
}

/// The layers of such a model: dense, then experts with a shared one and a selection bias.
void feedForward(SmallDecoder & model, uint32_t il, bool shared = true) {
    if (il == 0) {
        model.dense(il);
        return;
    }
    model.experts(il).tensor(il, "exp_probs_b.bias", {SmallDecoder::kExperts});
    if (shared) model.dense(il, "_shexp");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_experts)

BOOST_AUTO_TEST_CASE(afmoe_gates_every_value_and_turns_all_but_every_fourth_layer) {
    SmallDecoder model = sliding("afmoe");
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).headNorms(il).tensor(il, "attn_gate.weight", {kWidth, 256});
        model.norm(il, "post_attention_norm").norm(il, "ffn_norm").norm(il, "post_ffw_norm");
        feedForward(model, il);
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rope) == 2U * 3U);           // q and k of layers 0, 1, 2
        BOOST_TEST(countOf(graph, UnaryOp::sigmoid) == 4U + 3U);   // gates, and routers of three layers
        BOOST_TEST(countOf(graph, Op::rms_norm) == 4U * 6U + 1U);  // 4 on the stream, q, k; output
        BOOST_TEST(countOf(graph, Op::mul_mat_id) == 3U * 3U);     // gate, up, down of three layers
        BOOST_TEST(countOf(graph, Op::flash_attn_ext) == kLayers);
        BOOST_TEST(countOf(graph, Op::mul_mat) ==
                   4U * 5U + 3U + 3U * 4U + 1U);  // attention, dense, router and shared, head
    }
}

BOOST_AUTO_TEST_CASE(laguna_gates_heads_with_a_soft_plus) {
    SmallDecoder model = sliding("laguna");
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).headNorms(il).tensor(il, "attn_gate.weight", {kWidth, SmallDecoder::kHeads});
        model.norm(il, "ffn_norm");
        feedForward(model, il);
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, UnaryOp::softplus) == kLayers);
        BOOST_TEST(countOf(graph, Op::rope) == 2U * kLayers);
        BOOST_TEST(countOf(graph, Op::mul_mat_id) == 3U * 3U);
    }
}

BOOST_AUTO_TEST_CASE(step35_runs_every_token_through_its_last_layer) {
    SmallDecoder model = sliding("step35");
    model.flags("attention.sliding_window_pattern", {true, true, true, false});
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).headNorms(il).tensor(il, "attn_gate.weight", {kWidth, SmallDecoder::kHeads});
        model.norm(il, "ffn_norm");
        feedForward(model, il);
    }
    model.finish();
    const Graph graph = graphOf(model, Phase::prompt);
    BOOST_TEST(countOf(graph, UnaryOp::sigmoid) == 4U + 3U);
    // rows: the embedding, the weights of three layers' experts, and the outputs once, behind the last layer
    BOOST_TEST(countOf(graph, Op::get_rows) == 1U + 3U + 1U);
    BOOST_TEST(countOf(graphOf(model, Phase::decode), Op::get_rows) == 1U + 3U + 1U);
}

BOOST_AUTO_TEST_CASE(mimo2_cuts_keys_and_narrower_values_from_one_projection) {
    SmallDecoder model("mimo2");
    model.u32("expert_count", SmallDecoder::kExperts).u32("expert_used_count", 2);
    model.u32("expert_feed_forward_length", SmallDecoder::kFf).u32("attention.sliding_window", 512);
    model.f32("attention.value_scale", 0.5F);
    model.flags("attention.sliding_window_pattern", {false, true, true, true});
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.norm(il, "attn_norm").tensor(il, "attn_qkv.weight", {kWidth, (4 + 2 + 2) * 64});
        model.tensor(il, "attn_output.weight", {256, kWidth}).norm(il, "ffn_norm");
        if (il > 0) model.tensor(il, "attn_sinks.weight", {SmallDecoder::kHeads});
        feedForward(model, il, false);
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::scale) == kLayers);                   // values are scaled behind attention
        BOOST_TEST(countOf(graph, Op::mul_mat) == 4U * 2U + 3U + 3U + 1U);  // qkv and output, dense, routers, head
        BOOST_TEST(countOf(graph, Op::flash_attn_ext) == kLayers);
    }
}

BOOST_AUTO_TEST_CASE(exaone_moe_turns_sliding_layers_alone) {
    SmallDecoder model = sliding("exaone-moe");
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).headNorms(il).norm(il, "ffn_norm");
        feedForward(model, il);
    }
    model.finish();
    for (const Phase phase : kPhases) BOOST_TEST(countOf(graphOf(model, phase), Op::rope) == 2U * 3U);
}

BOOST_AUTO_TEST_CASE(cohere2moe_adds_attention_and_experts_side_by_side) {
    SmallDecoder model = sliding("cohere2moe");
    model.f32("logit_scale", 0.25F).u32("attention.sliding_window_pattern", 4);
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il);
        if (il == 0) {
            model.dense(il);
        } else {
            model.experts(il).dense(il, "_shexp");
        }
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rms_norm) == kLayers + 1U);  // one norm a layer
        BOOST_TEST(countOf(graph, Op::scale) == 3U + 1U);          // routed and shared experts halved; logits
        BOOST_TEST(countOf(graph, Op::get_rows) == 1U + 3U + 1U);
    }
}

BOOST_AUTO_TEST_CASE(mellum_builds_with_and_without_a_window) {
    for (const uint32_t window : {0U, 512U}) {
        SmallDecoder model("mellum");
        model.u32("expert_count", SmallDecoder::kExperts).u32("expert_used_count", 2);
        model.u32("expert_feed_forward_length", SmallDecoder::kFf);
        if (window > 0) {
            model.u32("attention.sliding_window", window).u32("attention.sliding_window_pattern", 4);
        }
        for (uint32_t il = 0; il < kLayers; ++il) model.attention(il).headNorms(il).norm(il, "ffn_norm").experts(il);
        model.finish();
        for (const Phase phase : kPhases) BOOST_TEST(countOf(graphOf(model, phase), Op::mul_mat_id) == 3U * kLayers);
    }
}

BOOST_AUTO_TEST_CASE(apertus_activates_with_one_unary_operation) {
    SmallDecoder model("apertus");
    for (const char * key : {"xielu.alpha_n", "xielu.alpha_p", "xielu.beta", "xielu.eps"}) {
        model.floats(key, std::vector<float>(kLayers, 1.0F));
    }
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).headNorms(il).norm(il, "ffn_norm");
        model.tensor(il, "ffn_up.weight", {kWidth, 128}).tensor(il, "ffn_down.weight", {128, kWidth});
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, UnaryOp::xielu) == kLayers);
        BOOST_TEST(countOf(graph, Op::mul_mat) == 4U * 6U + 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
