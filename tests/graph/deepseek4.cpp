// DeepSeek V4, of which no measured graph is at hand: its operations by llama.cpp's own source.
#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "graph/support.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "support/models.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kLayers = SmallDecoder::kLayers;
constexpr uint32_t kWidth = SmallDecoder::kWidth;
constexpr uint32_t kHead = SmallDecoder::kHead;
constexpr std::array kPhases = {Phase::prompt, Phase::decode};
constexpr uint64_t kLowRank = 32, kIndexer = 128, kIndexerHeads = 4;

/// "blk.IL.START_kv", _gate, _ape, _norm: keys of `width`, of which blocks that overlap have two a row.
void compressor(SmallDecoder & model, uint32_t il, const std::string & start, uint64_t width, uint64_t ratio) {
    const uint64_t row = ratio == 4 ? 2 * width : width;
    model.tensor(il, start + "_kv.weight", {kWidth, row}).tensor(il, start + "_gate.weight", {kWidth, row});
    model.tensor(il, start + "_ape.weight", {row, ratio}).norm(il, start + "_norm", width);
}

void attention(SmallDecoder & model, uint32_t il, uint64_t ratio) {
    model.norm(il, "attn_norm").tensor(il, "attn_sinks.weight", {4}).norm(il, "attn_q_a_norm", kLowRank);
    model.tensor(il, "attn_q_a.weight", {kWidth, kLowRank}).tensor(il, "attn_q_b.weight", {kLowRank, 4 * kHead});
    model.tensor(il, "attn_kv.weight", {kWidth, kHead}).norm(il, "attn_kv_a_norm", kHead);
    // two groups of two heads, each to 16 values
    model.tensor(il, "attn_output_a.weight", {2 * kHead, 2 * 16}).tensor(il, "attn_output_b.weight", {2 * 16, kWidth});
    if (ratio != 0) compressor(model, il, "attn_compressor", kHead, ratio);
    if (ratio != 4) return;
    model.tensor(il, "indexer.proj.weight", {kWidth, kIndexerHeads});
    model.tensor(il, "indexer.attn_q_b.weight", {kLowRank, kIndexerHeads * kIndexer});
    compressor(model, il, "indexer_compressor", kIndexer, ratio);
}

/// Layers without compression, by 4, by 128 and by 4; the first one picks experts by the token.
SmallDecoder deepseek4(uint32_t n_sinkhorn = 20) {
    const std::vector<uint32_t> ratios = {0, 4, 128, 4};
    SmallDecoder model("deepseek4", {1, kHead, kHead});
    model.u32("attention.q_lora_rank", kLowRank).u32("attention.sliding_window", 128).u32("rope.dimension_count", 32);
    model.u32("expert_count", SmallDecoder::kExperts).u32("expert_used_count", 2).u32("expert_shared_count", 1);
    model.u32("expert_feed_forward_length", SmallDecoder::kFf).f32("expert_weights_scale", 1.5F);
    model.flag("expert_weights_norm", true).u32("expert_gating_func", 4).f32("swiglu_clamp_exp", 7.0F);
    model.u32("attention.indexer.head_count", kIndexerHeads).u32("attention.indexer.key_length", kIndexer);
    model.u32("attention.indexer.top_k", 64).u32("attention.output_group_count", 2);
    model.u32("attention.output_lora_rank", 16).f32("attention.compress_rope_freq_base", 10000.0F);
    model.u32("hyper_connection.count", 4).u32("hyper_connection.sinkhorn_iterations", n_sinkhorn);
    model.f32("hyper_connection.epsilon", 1e-6F).u32("hash_layer_count", 1);
    model.numbers("attention.compress_ratios", ratios);
    for (uint32_t il = 0; il < kLayers; ++il) {
        attention(model, il, ratios[il]);
        for (const std::string part : {"hc_attn", "hc_ffn"}) {
            model.tensor(il, part + "_fn.weight", {4 * kWidth, 24}).norm(il, part + "_base", 24);
            model.norm(il, part + "_scale", 3);
        }
        model.norm(il, "ffn_norm").experts(il).dense(il, "_shexp");
        if (il > 0) model.tensor(il, "exp_probs_b.bias", {SmallDecoder::kExperts});
        if (il == 0) model.integers(il, "ffn_gate_tid2eid.weight", {2, 512});
    }
    model.whole("output_hc_fn.weight", {4 * kWidth, 4}).whole("output_hc_base.weight", {4});
    return model.whole("output_hc_scale.weight", {1}).finish();
}

Result<Graph> unfused(const SmallDecoder & decoder) {
    const Model model = builtModel(decoder.builder());
    Settings settings;
    settings.n_ctx = 1024;
    const auto weights = placeWeights(model, truthMachine("4090"), settings);
    BOOST_REQUIRE(weights.ok());
    const auto cache = planCache(model, truthMachine("4090"), settings, weights->layer_devices);
    BOOST_REQUIRE(cache.ok());
    GraphRequest request;
    request.n_tokens = 8;
    request.n_seqs = cache->shape.n_seq_max;
    request.fused_hyper_connections = request.fused_lightning_indexer = false;
    return buildGraph(model, *weights, *cache, request);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_deepseek4)

BOOST_AUTO_TEST_CASE(deepseek4_reads_all_its_weights) {
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(deepseek4(), phase) == std::vector<std::string>{}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(deepseek4_mixes_its_streams_with_fused_operations_on_cuda) {
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(deepseek4(), phase);
        BOOST_TEST(countOf(graph, Op::dsv4_hc_comb) == 2U * kLayers);  // before attention and feed-forward
        BOOST_TEST(countOf(graph, Op::dsv4_hc_pre) == 2U * kLayers);
        BOOST_TEST(countOf(graph, Op::dsv4_hc_post) == 2U * kLayers);
    }
}

BOOST_AUTO_TEST_CASE(deepseek4_stores_keys_states_and_blocks) {
    for (const std::string slots : {"-ngl 99 -np 1", "-ngl 99 -np 4"}) {
        for (const Phase phase : kPhases) {
            const Graph graph = graphOf(deepseek4(), phase, slots);
            // The window's keys; a block and two states for each compressor, of which the layers by 4 have two and
            // the layer by 128 one; and the masks of the layers that look at picked cells.
            BOOST_TEST(countOf(graph, Op::set_rows) == kLayers + 3U * (2U + 2U + 1U) + 2U);
            BOOST_TEST(countOf(graph, Op::top_k) == 2U);
        }
    }
}

BOOST_AUTO_TEST_CASE(deepseek4_fits_every_way_to_attend) {
    for (const std::string way : {"-ngl 99 -fa off", "-ngl 99 -ctk q8_0 -ctv q8_0", "-ngl 2", "-ngl 0 -np 3"}) {
        for (const Phase phase : kPhases) {
            const Graph graph = graphOf(deepseek4(), phase, way);
            BOOST_TEST(countOf(graph, Op::top_k) == 2U, way);
        }
    }
}

BOOST_AUTO_TEST_CASE(deepseek4_mixes_its_streams_step_by_step_where_nothing_is_fused) {
    const auto graph = unfused(deepseek4());
    BOOST_REQUIRE_MESSAGE(graph.ok(), (graph.ok() ? "" : graph.error().text()));
    BOOST_TEST(countOf(*graph, Op::dsv4_hc_pre) + countOf(*graph, Op::dsv4_hc_comb) == 0U);
    // Twice a layer one soft maximum and 20 normalizations of columns, 19 of rows between them; and the experts'
    // weights, normalized in each layer.
    BOOST_TEST(countOf(*graph, Op::div) == 2U * kLayers * (20U + 19U) + kLayers);
}

BOOST_AUTO_TEST_CASE(deepseek4_with_endless_iterations_is_refused) {
    BOOST_TEST(!unfused(deepseek4(4000000000U)).ok());
}

BOOST_AUTO_TEST_SUITE_END()
