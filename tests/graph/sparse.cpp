// Sparse attention with an indexer: which operations it takes where CUDA has the fused one and where it has not.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "graph/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kLayers = SmallDecoder::kLayers;
constexpr uint64_t kWidth = SmallDecoder::kWidth;
constexpr uint64_t kHeads = SmallDecoder::kHeads;
constexpr uint64_t kKey = 192, kValue = 128;
constexpr uint32_t kRank = 512, kRope = 64;

/// A dense model with latent attention in all layers, and an indexer in those whose flag is set.
SmallDecoder sparse(const std::string & architecture, uint32_t index_heads, uint32_t index_width,
                    const std::vector<bool> & full) {
    SmallDecoder model(architecture, {1, kRank + kRope, kRank});
    model.u32("leading_dense_block_count", kLayers).u32("expert_feed_forward_length", 128);
    model.u32("expert_count", 4).u32("expert_used_count", 2).u32("expert_shared_count", 1);
    model.u32("expert_gating_func", 2);
    model.u32("attention.q_lora_rank", 256).u32("attention.kv_lora_rank", kRank).u32("rope.dimension_count", kRope);
    model.u32("attention.key_length_mla", kKey).u32("attention.value_length_mla", kValue);
    model.u32("attention.indexer.head_count", index_heads).u32("attention.indexer.key_length", index_width);
    model.u32("attention.indexer.top_k", 2048);
    if (architecture == "glm-dsa") model.flags("attention.indexer.types", full);
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.norm(il, "attn_norm").tensor(il, "attn_q_a.weight", {kWidth, 256}).norm(il, "attn_q_a_norm", 256);
        model.tensor(il, "attn_q_b.weight", {256, kHeads * kKey}).norm(il, "attn_kv_a_norm", kRank);
        model.tensor(il, "attn_kv_a_mqa.weight", {kWidth, kRank + kRope});
        model.tensor(il, "attn_k_b.weight", {kKey - kRope, kRank, kHeads});
        model.tensor(il, "attn_v_b.weight", {kRank, kValue, kHeads});
        model.tensor(il, "attn_output.weight", {kHeads * kValue, kWidth}).norm(il, "ffn_norm").dense(il);
        if (!full[il]) continue;
        model.tensor(il, "indexer.attn_q_b.weight", {256, uint64_t{index_heads} * index_width});
        model.tensor(il, "indexer.attn_k.weight", {kWidth, index_width});
        model.tensor(il, "indexer.proj.weight", {kWidth, index_heads});
        model.norm(il, "indexer.k_norm", index_width).tensor(il, "indexer.k_norm.bias", {index_width});
    }
    return model.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_sparse)

BOOST_AUTO_TEST_CASE(the_indexer_is_one_operation_where_cuda_has_it_for_its_heads) {
    // ggml-cuda takes heads of 128, 32 or 64 of them (lightning-indexer.cu)
    for (const uint32_t heads : {32U, 64U}) {
        const auto model = sparse("deepseek32", heads, 128, {true, true, true, true});
        for (const Phase phase : {Phase::prompt, Phase::decode}) {
            const Graph graph = graphOf(model, phase);
            BOOST_TEST(countOf(graph, Op::lightning_indexer) == kLayers);
            BOOST_TEST(countOf(graph, Op::top_k) == kLayers);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_indexers_are_written_out) {
    const auto model = sparse("deepseek32", 16, 128, {true, true, true, true});
    for (const Phase phase : {Phase::prompt, Phase::decode}) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::lightning_indexer) == 0U);
        BOOST_TEST(countOf(graph, UnaryOp::relu) == kLayers);  // of the scores of each head
        BOOST_TEST(countOf(graph, Op::sum_rows) == kLayers);   // over the heads
    }
}

BOOST_AUTO_TEST_CASE(layers_without_an_indexer_read_what_the_last_one_picked) {
    const auto model = sparse("glm-dsa", 32, 128, {true, false, true, false});
    for (const Phase phase : {Phase::prompt, Phase::decode}) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::top_k) == 2U);
        BOOST_TEST(countOf(graph, Op::fill) == 2U * kLayers);  // a hidden mask and the zeros that show cells
    }
}

BOOST_AUTO_TEST_SUITE_END()
