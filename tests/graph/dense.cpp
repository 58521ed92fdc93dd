// Dense decoders in the shapes that no measured graph covers: their operations by llama.cpp's own source.
#include <array>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "graph/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

constexpr uint32_t kLayers = SmallDecoder::kLayers;
constexpr uint32_t kWidth = SmallDecoder::kWidth;
constexpr uint32_t kHeadsWidth = SmallDecoder::kHeads * SmallDecoder::kHead;
constexpr uint32_t kHeadsWidthKv = SmallDecoder::kHeadsKv * SmallDecoder::kHead;
constexpr uint32_t kFf = SmallDecoder::kFf;
constexpr std::array kPhases = {Phase::prompt, Phase::decode};

/// The four matrices of attention without its norm.
SmallDecoder & projections(SmallDecoder & model, uint32_t il) {
    model.tensor(il, "attn_q.weight", {kWidth, kHeadsWidth}).tensor(il, "attn_k.weight", {kWidth, kHeadsWidthKv});
    model.tensor(il, "attn_v.weight", {kWidth, kHeadsWidthKv});
    return model.tensor(il, "attn_output.weight", {kHeadsWidth, kWidth});
}

SmallDecoder & upAndDown(SmallDecoder & model, uint32_t il) {
    return model.tensor(il, "ffn_up.weight", {kWidth, kFf}).tensor(il, "ffn_down.weight", {kFf, kWidth});
}

/// Llama's layers, all alike.
SmallDecoder llamaLike(const std::string & architecture) {
    SmallDecoder model(architecture);
    model.f32("attention.layer_norm_epsilon", 1e-5F);
    for (uint32_t il = 0; il < kLayers; ++il) model.attention(il).norm(il, "ffn_norm").dense(il);
    return model.finish();
}

/// Layers of one norm that attention and feed-forward share.
SmallDecoder parallel(const std::string & architecture) {
    SmallDecoder model(architecture);
    model.f32("attention.layer_norm_epsilon", 1e-5F).f32("logit_scale", 0.25F);
    for (uint32_t il = 0; il < kLayers; ++il) model.attention(il).dense(il);
    return model.finish();
}

/// Norms behind attention and feed-forward alone.
SmallDecoder postNormed(SmallDecoder model, uint32_t n_layer, uint32_t head_norm_q, uint32_t head_norm_k) {
    for (uint32_t il = 0; il < n_layer; ++il) {
        projections(model, il).norm(il, "post_attention_norm").norm(il, "post_ffw_norm").dense(il);
        model.norm(il, "attn_q_norm", head_norm_q).norm(il, "attn_k_norm", head_norm_k);
    }
    return model.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_dense)

BOOST_AUTO_TEST_CASE(bitnet_norms_inside_attention_and_feed_forward_and_reads_its_embeddings_as_output) {
    SmallDecoder model("bitnet");
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.attention(il).norm(il, "attn_sub_norm").norm(il, "ffn_norm").dense(il).norm(il, "ffn_sub_norm", kFf);
        model.tensor(il, "attn_output.scale", {1}).tensor(il, "ffn_down.scale", {1});
    }
    model.tensor("token_embd.weight", {kWidth, 512}).tensor("output_norm.weight", {kWidth});
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rms_norm) == 4U * kLayers + 1U);
        BOOST_TEST(countOf(graph, Op::mul) == 4U * kLayers + 1U + 2U * kLayers);  // norms; scales of two matrices
        BOOST_TEST(countOf(graph, Op::mul_mat) == 7U * kLayers + 1U);
    }
}

BOOST_AUTO_TEST_CASE(chameleon_norms_before_or_behind_and_blanks_the_logits_of_images) {
    for (const bool swin : {false, true}) {
        SmallDecoder model("chameleon");
        model.boolean("swin_norm", swin);
        for (uint32_t il = 0; il < kLayers; ++il) {
            model.attention(il).norm(il, "ffn_norm").dense(il).headNorms(il);
        }
        model.tensor("token_embd.weight", {kWidth, 16384}).tensor("output_norm.weight", {kWidth});
        model.tensor("output.weight", {kWidth, 16384});
        for (const Phase phase : kPhases) {
            const Graph graph = graphOf(model, phase);
            BOOST_TEST(countOf(graph, Op::rms_norm) == 2U * kLayers + 1U);
            BOOST_TEST(countOf(graph, Op::norm) == 2U * kLayers);  // of q and k
            BOOST_TEST(countOf(graph, Op::set) == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(llama_as_an_embedding_model_neither_reads_its_cache_nor_makes_logits) {
    const Graph graph = graphOf(llamaLike("llama-embed"), Phase::prompt, "-ngl 99 --embeddings --pooling none");
    BOOST_TEST(countOf(graph, Op::set_rows) == 0U);
    BOOST_TEST(countOf(graph, Op::flash_attn_ext) == kLayers);
    BOOST_TEST(countOf(graph, Op::mul_mat) == 7U * kLayers);
}

BOOST_AUTO_TEST_CASE(olmo2_norms_whole_rows_of_q_and_k_and_slides_where_the_file_has_a_window) {
    for (const bool slides : {false, true}) {
        SmallDecoder model = postNormed(SmallDecoder("olmo2"), kLayers, kHeadsWidth, kHeadsWidthKv);
        if (slides) model.u32("attention.sliding_window", 512);
        for (const Phase phase : kPhases) {
            const Graph graph = graphOf(model, phase);
            BOOST_TEST(countOf(graph, Op::rms_norm) == 4U * kLayers + 1U);
            BOOST_TEST(countOf(graph, Op::rope) == 2U * kLayers);
        }
    }
}

BOOST_AUTO_TEST_CASE(exaone4_turns_sliding_layers_alone_in_the_size_that_has_a_window) {
    const Graph small = graphOf(postNormed(SmallDecoder("exaone4"), kLayers, 64, 64), Phase::decode);
    BOOST_TEST(countOf(small, Op::rope) == 2U * kLayers);
    constexpr uint32_t kLarge = 64;
    const std::vector<uint32_t> heads(kLarge, SmallDecoder::kHeads);
    const std::vector<uint32_t> heads_kv(kLarge, SmallDecoder::kHeadsKv);
    const SmallDecoder large("exaone4", heads, heads_kv, std::vector<uint32_t>(kLarge, kFf));
    const Graph graph = graphOf(postNormed(large, kLarge, 64, 64), Phase::decode);
    BOOST_TEST(countOf(graph, Op::rope) == 2U * kLarge * 3U / 4U);  // every fourth layer is full
}

BOOST_AUTO_TEST_CASE(plamo3_cuts_one_projection_into_heads_and_norms_on_both_sides) {
    SmallDecoder model("plamo3");
    model.u32("attention.sliding_window", 512);
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.norm(il, "attn_norm").tensor(il, "attn_qkv.weight", {kWidth, kHeadsWidth + 2 * kHeadsWidthKv});
        model.tensor(il, "attn_output.weight", {kHeadsWidth, kWidth}).headNorms(il);
        model.norm(il, "post_attention_norm").norm(il, "ffn_norm").norm(il, "post_ffw_norm");
        model.tensor(il, "ffn_up.weight", {kWidth, 2 * kFf}).tensor(il, "ffn_down.weight", {kFf, kWidth});
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rms_norm) == 6U * kLayers + 1U);
        BOOST_TEST(countOf(graph, Op::mul_mat) == 4U * kLayers + 1U);
        BOOST_TEST(countOf(graph, Op::glu) == kLayers);
    }
}

BOOST_AUTO_TEST_CASE(plm_decompresses_keys_and_values_before_the_cache) {
    constexpr uint32_t kTurned = 16, kRank = 32;
    const std::vector<uint32_t> heads(kLayers, SmallDecoder::kHeads);
    SmallDecoder model("plm", heads, heads, std::vector<uint32_t>(kLayers, kFf));
    model.u32("attention.kv_lora_rank", kRank).u32("rope.dimension_count", kTurned);
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.norm(il, "attn_norm").tensor(il, "attn_q.weight", {kWidth, kHeadsWidth});
        model.tensor(il, "attn_kv_a_mqa.weight", {kWidth, kRank + kTurned}).norm(il, "attn_kv_a_norm", kRank);
        model.tensor(il, "attn_kv_b.weight", {kRank, SmallDecoder::kHeads * (64 - kTurned + 64)});
        model.tensor(il, "attn_output.weight", {kHeadsWidth, kWidth}).norm(il, "ffn_norm");
        upAndDown(model, il);
    }
    model.finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::concat) == 2U * kLayers);
        BOOST_TEST(countOf(graph, Op::rope) == 2U * kLayers);
        BOOST_TEST(countOf(graph, Op::sqr) == kLayers);
    }
}

BOOST_AUTO_TEST_CASE(cohere2_turns_sliding_layers_alone_and_scales_its_logits) {
    SmallDecoder model = parallel("cohere2");
    model.u32("attention.sliding_window", 512);
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::rope) == 2U * 3U);
        BOOST_TEST(countOf(graph, Op::norm) == kLayers + 1U);
        BOOST_TEST(countOf(graph, Op::scale) == 1U);
    }
}

BOOST_AUTO_TEST_CASE(stablelm_shares_its_norm_where_the_feed_forward_has_none) {
    for (const Phase phase : kPhases) {
        const Graph alone = graphOf(parallel("stablelm"), phase);
        BOOST_TEST(countOf(alone, Op::norm) == kLayers + 1U);
        const Graph sequential = graphOf(llamaLike("stablelm"), phase);
        BOOST_TEST(countOf(sequential, Op::norm) == 2U * kLayers + 1U);
        BOOST_TEST(countOf(alone, Op::get_rows) == countOf(sequential, Op::get_rows) + 1U);  // the shared norm's rows
    }
}

BOOST_AUTO_TEST_CASE(falcon_norms_twice_where_the_file_has_a_second_norm) {
    for (const bool second : {false, true}) {
        SmallDecoder model("falcon");
        model.f32("attention.layer_norm_epsilon", 1e-5F);
        for (uint32_t il = 0; il < kLayers; ++il) {
            upAndDown(model.attention(il), il);
            if (second) model.norm(il, "attn_norm_2");
        }
        model.finish();
        BOOST_TEST(countOf(graphOf(model, Phase::prompt), Op::norm) == (second ? 2U : 1U) * kLayers + 1U);
    }
}

BOOST_AUTO_TEST_CASE(gptneox_runs_side_by_side_or_in_turn_as_the_file_says) {
    for (const bool side_by_side : {false, true}) {
        SmallDecoder model("gptneox");
        model.f32("attention.layer_norm_epsilon", 1e-5F).boolean("use_parallel_residual", side_by_side);
        for (uint32_t il = 0; il < kLayers; ++il) upAndDown(model.attention(il).norm(il, "ffn_norm"), il);
        model.finish();
        const Graph graph = graphOf(model, Phase::prompt);
        BOOST_TEST(countOf(graph, Op::norm) == 2U * kLayers + 1U);
        BOOST_TEST(countOf(graph, Op::add) == 2U * kLayers);
    }
}

BOOST_AUTO_TEST_CASE(mpt_adds_learned_positions_and_scales_its_activations_where_the_file_has_them) {
    SmallDecoder model("mpt");
    model.f32("attention.layer_norm_epsilon", 1e-5F).f32("attention.max_alibi_bias", 8.0F);
    for (uint32_t il = 0; il < kLayers; ++il) {
        upAndDown(model.attention(il).norm(il, "ffn_norm"), il).tensor(il, "ffn.act.scales", {kFf});
        model.norm(il, "attn_q_norm", kHeadsWidth).norm(il, "attn_k_norm", kHeadsWidthKv);
    }
    model.tensor("position_embd.weight", {kWidth, 4096}).finish();
    const Graph graph = graphOf(model, Phase::prompt);
    BOOST_TEST(countOf(graph, Op::div) == kLayers);
    BOOST_TEST(countOf(graph, Op::norm) == 4U * kLayers + 1U);
    BOOST_TEST(countOf(graph, Op::get_rows) == 2U + 2U);  // embeddings, positions; two at the end
    BOOST_TEST(countOf(graph, Op::rope) == 0U);
}

BOOST_AUTO_TEST_CASE(codeshell_reads_its_output_matrix_as_embeddings_where_it_has_none) {
    SmallDecoder model("codeshell");
    model.f32("attention.layer_norm_epsilon", 1e-5F);
    for (uint32_t il = 0; il < kLayers; ++il) upAndDown(model.attention(il).norm(il, "ffn_norm"), il);
    model.tensor("output_norm.weight", {kWidth}).tensor("output.weight", {kWidth, 512});
    BOOST_TEST(countOf(graphOf(model, Phase::prompt), Op::get_rows) == 3U);
}

BOOST_AUTO_TEST_CASE(nanbeige_runs_its_blocks_again_with_a_norm_between) {
    SmallDecoder model = llamaLike("nanbeige");
    model.u32("num_loops", 3);
    const Graph graph = graphOf(model, Phase::decode);
    BOOST_TEST(countOf(graph, Op::rms_norm) == 3U * 2U * kLayers + 2U + 1U);
    BOOST_TEST(countOf(graph, Op::flash_attn_ext) == 3U * kLayers);
}

BOOST_AUTO_TEST_CASE(qwen3vl_adds_a_further_input_to_each_of_the_first_layers) {
    SmallDecoder model("qwen3vl");
    model.u32("n_deepstack_layers", 2).counts("rope.dimension_sections", {8, 12, 12, 0});
    for (uint32_t il = 0; il < kLayers; ++il) model.attention(il).headNorms(il).norm(il, "ffn_norm").dense(il);
    model.finish();
    const Graph graph = graphOf(model, Phase::prompt);
    BOOST_TEST(countOf(graph, Op::pad) == 1U);
    BOOST_TEST(countOf(graph, Op::add) == 2U * kLayers + 2U);
}

BOOST_AUTO_TEST_CASE(deci_leaves_out_what_a_layer_lacks) {
    SmallDecoder model("deci", {4, 0, 4, 4}, {2, 0, 0, 2}, {kFf, kFf, kFf, 0});
    model.attention(0).norm(0, "ffn_norm").dense(0);
    model.norm(1, "ffn_norm").dense(1);
    model.norm(2, "attn_norm").tensor(2, "attn_output.weight", {kWidth, kWidth}).norm(2, "ffn_norm").dense(2);
    model.attention(3).finish();
    for (const Phase phase : kPhases) {
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::flash_attn_ext) == 2U);  // the last layer's is built and left aside
        BOOST_TEST(countOf(graph, Op::glu) == 3U);
        BOOST_TEST(countOf(graph, Op::mul_mat) == 4U + 3U + 3U + 4U + 3U + 1U);
    }
}

BOOST_AUTO_TEST_CASE(mistral3_scales_its_queries_where_the_file_asks_for_it) {
    SmallDecoder model = llamaLike("mistral3");
    const size_t plain = countOf(graphOf(model, Phase::prompt), Op::mul);
    model.f32("attention.temperature_scale", 0.1F).u32("rope.scaling.original_context_length", 2048);
    BOOST_TEST(countOf(graphOf(model, Phase::prompt), Op::mul) == plain + kLayers);
}

BOOST_AUTO_TEST_SUITE_END()
