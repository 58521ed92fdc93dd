// Gated delta nets beside the fused operation, and the variants of hybrid models that no truth case shows.
#include "graph/recurrent.h"
#include "support/models.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

GraphRequest unfused(uint32_t n_tokens) {
    GraphRequest request = requestOf(n_tokens);
    request.fused_delta_net_decode = request.fused_delta_net_prompt = false;
    return request;
}

Tensor & tensorOf(Model & model, const std::string & name) {
    for (Tensor & tensor : model.file.tensors) {
        if (tensor.name == name) return tensor;
    }
    BOOST_FAIL("no tensor " + name);
    return model.file.tensors.front();
}

void rename(Model & model, const std::string & from, const std::string & to, std::array<uint64_t, 4> ne) {
    Tensor & tensor = tensorOf(model, from);
    tensor.name = to;
    tensor.ne = ne;
    tensor.type = GgmlType::f32;
    tensor.n_bytes = ne[0] * ne[1] * ne[2] * ne[3] * sizeof(float);
}

/// Chunks of `chunk` tokens, each written into the layer's output; one triangular system solved for all of a layer.
void checkUnfused(const std::string & name, uint32_t chunk) {
    const Model model = realModel(name);
    const int64_t layers = recurrentLayers(model);
    for (const uint32_t tokens : {chunk, 512U, 100U}) {
        const Graph prompt = graphOf(model, unfused(tokens));
        BOOST_TEST(count(prompt, Op::gated_delta_net) == 0);
        BOOST_TEST(count(prompt, Op::solve_tri) == layers);
        BOOST_TEST(count(prompt, Op::set) == layers * ((tokens + chunk - 1) / chunk));
    }
    const Graph decode = graphOf(model, unfused(1));
    BOOST_TEST(count(decode, Op::gated_delta_net) == 0);
    BOOST_TEST(count(decode, Op::solve_tri) == 0);
    BOOST_TEST(count(graphOf(model, requestOf(512)), Op::gated_delta_net) == layers);
    BOOST_TEST(count(graphOf(model, requestOf(1)), Op::gated_delta_net) == layers);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delta_net)

BOOST_AUTO_TEST_CASE(chunks_of_64_tokens_stand_in_for_the_fused_operation) {
    checkUnfused("qwen3next-moe", 64);
    checkUnfused("qwen35moe-moe", 64);
    checkUnfused("qwen35-dense", 64);
}

BOOST_AUTO_TEST_CASE(chunks_of_16_tokens_stand_in_where_each_channel_has_a_gate) {
    checkUnfused("kimi-linear-moe", 16);
}

BOOST_AUTO_TEST_CASE(keeps_the_states_after_the_last_tokens_where_drafts_may_be_rejected) {
    const Model model = realModel("qwen35-dense");
    const Placed placed = place(model, 2, 999, true);
    const int64_t slots = placed.cache.shape.n_rs_seq + 1;
    BOOST_TEST(slots > 1);
    for (const uint32_t tokens : {2U, 512U}) {
        GraphRequest request = requestOf(tokens, 2);
        request.fused_delta_net_decode = request.fused_delta_net_prompt = false;  // fused all the same
        const auto graph = buildGraph(model, placed.weights, placed.cache, request);
        BOOST_REQUIRE(graph);
        // Two copies of unused states, one of the new matrices, and a convolution's history for each slot.
        BOOST_TEST(count(*graph, Op::cpy) == recurrentLayers(model) * (3 + slots));
        for (const NodeId id : graph->nodes) {
            const Node & node = (*graph)[id];
            if (node.op != Op::gated_delta_net) continue;
            BOOST_TEST(node.ne[1] == tokens + slots * int64_t{model.hparams.ssm_d_state} * 2);
        }
    }
}

BOOST_AUTO_TEST_CASE(builds_the_older_files_of_qwen3_next_with_one_input_matrix) {
    Model model = realModel("qwen3next-moe");
    const Hparams & h = model.hparams;
    const uint64_t inputs = 2ULL * h.ssm_d_state * h.ssm_n_group + 2ULL * h.ssm_d_inner;
    for (uint32_t il = 0; il < h.n_layer(); ++il) {
        if (!h.is_recr(il)) continue;
        const std::string blk = "blk." + std::to_string(il) + ".";
        rename(model, blk + "attn_qkv.weight", blk + "ssm_in.weight", {h.n_embd, inputs, 1, 1});
        rename(model, blk + "attn_gate.weight", blk + "unused.weight", {1, 1, 1, 1});
    }
    indexFile(model.file);
    const Graph graph = graphOf(model, requestOf(512));
    // q, k and v are put together again, then behind the history: three concatenations for one.
    BOOST_TEST(count(graph, Op::concat) == 3 * recurrentLayers(model));
}

BOOST_AUTO_TEST_CASE(builds_kimi_linear_whose_cache_holds_decompressed_heads) {
    Model model = realModel("kimi-linear-moe");
    Hparams & h = model.hparams;
    const uint32_t k_head = h.n_embd_head_k_mla();
    const uint32_t v_head = h.n_embd_head_v_mla();
    h.n_embd_head_k_mla_impl = h.n_embd_head_v_mla_impl = 0;
    h.n_embd_head_k_full = k_head;
    h.n_embd_head_v_full = v_head;
    const uint64_t heads = h.n_head();
    int64_t attends = 0;
    for (uint32_t il = 0; il < h.n_layer(); ++il) {
        if (h.is_recr(il)) continue;
        ++attends;
        h.n_head_kv_arr[il] = static_cast<uint32_t>(heads);
        const std::string blk = "blk." + std::to_string(il) + ".";
        rename(model, blk + "attn_k_b.weight", blk + "attn_kv_b.weight",
               {h.n_lora_kv, heads * (k_head - h.n_rot() + v_head), 1, 1});
        rename(model, blk + "attn_v_b.weight", blk + "unused.weight", {1, 1, 1, 1});
    }
    indexFile(model.file);
    const Graph graph = graphOf(model, requestOf(512));
    BOOST_TEST(count(graph, Op::flash_attn_ext) == attends);
    BOOST_TEST(count(graph, Op::repeat) >= attends);  // the part of the keys that all heads share
}

BOOST_AUTO_TEST_CASE(builds_lfm2_with_a_sliding_window_and_without_causality) {
    Model model = realModel("lfm2-dense");
    Hparams & h = model.hparams;
    const int64_t attends = h.n_layer() - recurrentLayers(model);
    h.swa_type = SwaType::standard;
    h.n_swa = 1024;
    for (uint32_t il = 0; il < h.n_layer(); ++il) h.is_swa_impl[il] = h.is_recr(il) ? 0 : 1;
    h.n_embd_head_k_swa = h.n_embd_head_k_full;
    h.n_embd_head_v_swa = h.n_embd_head_v_full;
    h.n_rot_swa = h.n_rot_full;
    const Graph sliding = graphOf(model, requestOf(512));
    BOOST_TEST(count(sliding, Op::flash_attn_ext) == attends);

    h.causal_attn = false;
    const Graph centred = graphOf(model, requestOf(512));
    BOOST_TEST(count(centred, Op::pad) == recurrentLayers(model));  // behind the tokens, half a window
}

BOOST_AUTO_TEST_SUITE_END()
