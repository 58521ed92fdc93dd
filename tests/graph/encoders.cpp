// Encoders and T5, of which no measured graph is at hand: their operations by llama.cpp's own source.
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
constexpr SmallDecoder::Cell kFullCell = {SmallDecoder::kHeads, SmallDecoder::kHead, SmallDecoder::kHead};
constexpr std::array kPhases = {Phase::prompt, Phase::decode};
const std::vector<std::string> kNone;

/// The encoders' fused projections: Q, K and V of 4, 2 and 2 heads of 64, gate and up in one.
void fusedLayer(SmallDecoder & model, uint32_t il, uint64_t n_qkv) {
    model.tensor(il, "attn_qkv.weight", {kWidth, n_qkv}).tensor(il, "attn_output.weight", {kWidth, kWidth});
    model.norm(il, "ffn_norm").tensor(il, "ffn_up.weight", {kWidth, 2 * kFf});
    model.tensor(il, "ffn_down.weight", {kFf, kWidth});
}

SmallDecoder modernBert() {
    SmallDecoder model("modern-bert", kFullCell);
    model.u32("attention.sliding_window", 128);
    model.f32("attention.layer_norm_epsilon", 1e-5F);
    for (uint32_t il = 0; il < kLayers; ++il) {
        if (il > 0) model.norm(il, "attn_norm");
        fusedLayer(model, il, 3 * kWidth);
    }
    return model.whole("token_embd.weight", {kWidth, 512})
        .whole("token_embd_norm.weight", {kWidth})
        .whole("output_norm.weight", {kWidth});
}

void t5Stack(SmallDecoder & model, const std::string & stack, bool gated, bool cross) {
    const auto matrix = [&](uint32_t il, const std::string & name, uint64_t in, uint64_t out) {
        model.whole(stack + ".blk." + std::to_string(il) + "." + name + ".weight", {in, out});
    };
    const auto norm = [&](uint32_t il, const std::string & name) {
        model.whole(stack + ".blk." + std::to_string(il) + "." + name + ".weight", {kWidth});
    };
    for (uint32_t il = 0; il < kLayers; ++il) {
        for (const std::string kind : {"attn", "cross_attn"}) {
            if (kind == "cross_attn" && !cross) continue;
            norm(il, kind + "_norm");
            for (const char * part : {"_q", "_k", "_v", "_o"}) matrix(il, kind + part, kWidth, kWidth);
        }
        if (il == 0) matrix(il, "attn_rel_b", SmallDecoder::kHeads, 32);
        norm(il, "ffn_norm");
        matrix(il, "ffn_up", kWidth, kFf);
        if (gated) matrix(il, "ffn_gate", kWidth, kFf);
        matrix(il, "ffn_down", kFf, kWidth);
    }
    model.whole(stack + ".output_norm.weight", {kWidth});
}

SmallDecoder t5(const std::string & architecture, bool gated) {
    SmallDecoder model(architecture, kFullCell);
    model.u32("attention.relative_buckets_count", 32);
    t5Stack(model, "enc", gated, false);
    if (architecture == "t5") t5Stack(model, "dec", gated, true);
    return model.whole("token_embd.weight", {kWidth, 512});
}

/// Weights of a stack, whose names start alike.
size_t countStarting(const std::vector<std::string> & names, const std::string & start) {
    size_t n = 0;
    for (const std::string & name : names) n += name.rfind(start, 0) == 0 ? 1U : 0U;
    return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_encoders)

BOOST_AUTO_TEST_CASE(modern_bert_reads_all_its_weights) {
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(modernBert(), phase) == kNone, boost::test_tools::per_element());
        const Graph graph = graphOf(modernBert(), phase);
        // the embeddings' norm, one before attention but in the first layer, one before feed-forward, the last one
        BOOST_TEST(countOf(graph, Op::norm) == 1U + 3U + 4U + 1U);
        BOOST_TEST(countOf(graph, Op::glu) == kLayers);
    }
}

BOOST_AUTO_TEST_CASE(neo_bert_reads_all_its_weights) {
    SmallDecoder model("neo-bert");
    for (uint32_t il = 0; il < kLayers; ++il) {
        model.norm(il, "attn_norm");
        fusedLayer(model, il, kWidth + 2 * 128);
    }
    model.whole("token_embd.weight", {kWidth, 512}).whole("enc.output_norm.weight", {kWidth});
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        BOOST_TEST(countOf(graphOf(model, phase), Op::rms_norm) == 2U * kLayers + 1U);
    }
}

BOOST_AUTO_TEST_CASE(eurobert_reads_all_its_weights) {
    SmallDecoder model("eurobert");
    for (uint32_t il = 0; il < kLayers; ++il) model.attention(il).norm(il, "ffn_norm").dense(il);
    model.whole("token_embd.weight", {kWidth, 512}).whole("output_norm.weight", {kWidth});
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        BOOST_TEST(countOf(graphOf(model, phase), Op::mul_mat) == 7U * kLayers);
    }
}

BOOST_AUTO_TEST_CASE(t5_reserves_its_decoder_and_leaves_the_encoder_unread) {
    for (const Phase phase : kPhases) {
        const SmallDecoder model = t5("t5", true);
        const std::vector<std::string> unread = unreadWeights(model, phase);
        BOOST_TEST(countStarting(unread, "enc.") == unread.size());
        // 9 weights a layer, the first layer's bias, and the norm at the end
        BOOST_TEST(unread.size() == 9U * kLayers + 1U + 1U);
        const Graph graph = graphOf(model, phase);
        BOOST_TEST(countOf(graph, Op::set_rows) == 2U * kLayers);   // cross attention caches nothing
        BOOST_TEST(countOf(graph, Op::flash_attn_ext) == kLayers);  // self attention adds a bias and can't
        BOOST_TEST(countOf(graph, Op::soft_max) == kLayers);
        BOOST_TEST(countOf(graph, Op::mul_mat) == (4U + 2U + 4U + 3U) * kLayers + 1U);
    }
}

BOOST_AUTO_TEST_CASE(t5_without_gates_squashes_with_relu) {
    const Graph graph = graphOf(t5("t5", false), Phase::decode);
    BOOST_TEST(countOf(graph, UnaryOp::relu) == kLayers);
    BOOST_TEST(countOf(graph, Op::glu) == 0U);
}

BOOST_AUTO_TEST_CASE(t5_encoder_alone_reads_all_but_the_output_and_caches_nothing) {
    for (const Phase phase : kPhases) {
        const SmallDecoder model = t5("t5encoder", true);
        // llama.cpp loads the embedding once more for an output that encoders do not have
        BOOST_TEST(unreadWeights(model, phase) == std::vector<std::string>{"token_embd.weight"},
                   boost::test_tools::per_element());
        BOOST_TEST(countOf(graphOf(model, phase), Op::set_rows) == 0U);
    }
}

BOOST_AUTO_TEST_CASE(wavtokenizer_reads_all_its_weights) {
    constexpr uint64_t kNet = 64;
    SmallDecoder model("wavtokenizer-dec");
    model.u32("features_length", 32).u32("posnet.embedding_length", kNet).u32("posnet.block_count", 6);
    model.u32("convnext.embedding_length", kNet).u32("convnext.block_count", 2);
    model.u32("attention.group_norm_groups", 8).f32("attention.group_norm_epsilon", 1e-6F);
    model.f32("attention.layer_norm_epsilon", 1e-6F);
    const auto both = [&](const std::string & name, const std::vector<uint64_t> & ne,
                          const std::vector<uint64_t> & bias) {
        model.whole(name + ".weight", ne).whole(name + ".bias", bias);
    };
    both("conv1d", {7, 32, kNet}, {1, kNet});
    for (const uint32_t il : {0U, 1U, 3U, 4U}) {
        for (const std::string n : {"1", "2"}) {
            both("posnet." + std::to_string(il) + ".norm" + n, {1, kNet}, {1, kNet});
            both("posnet." + std::to_string(il) + ".conv" + n, {3, kNet, kNet}, {1, kNet});
        }
    }
    for (const std::string name : {"q", "k", "v", "output"}) both("posnet.2.attn_" + name, {1, kNet, kNet}, {1, kNet});
    for (const std::string il : {"2", "5"}) both("posnet." + il + ".attn_norm", {1, kNet}, {1, kNet});
    for (const std::string il : {"0", "1"}) {
        both("convnext." + il + ".dw", {7, 1, kNet}, {1, kNet});
        both("convnext." + il + ".norm", {kNet}, {kNet});
        both("convnext." + il + ".pw1", {kNet, kFf}, {kFf});
        both("convnext." + il + ".pw2", {kFf, kNet}, {kNet});
        model.whole("convnext." + il + ".gamma.weight", {kNet});
    }
    both("token_embd_norm", {kNet}, {kNet});
    both("output_norm", {kNet}, {kNet});
    both("output", {kNet, kWidth}, {kWidth});
    model.whole("token_embd.weight", {32, 512});
    for (const Phase phase : kPhases) {
        BOOST_TEST(unreadWeights(model, phase) == kNone, boost::test_tools::per_element());
        // one at the start, two in each of four blocks, four of attention, two depth-wise ones
        BOOST_TEST(countOf(graphOf(model, phase), Op::im2col) == 1U + 8U + 4U + 2U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
