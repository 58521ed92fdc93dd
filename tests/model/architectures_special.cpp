// Rules that only a few architectures have: shared caches, indexers, drafts, skipped tensors, loops.
#include <boost/test/unit_test.hpp>
#include <string>

#include "model/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Model built(const GgufBuilder & builder) {
    auto model = modelOf(builder);
    BOOST_REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
    return std::move(*model);
}

bool skips(const Model & model, int32_t block, const std::string & name, bool load_mtp = false) {
    const auto rule = model.architecture->skips_tensor;
    return rule != nullptr && rule(model.hparams, block, "blk." + std::to_string(block) + "." + name, load_mtp);
}

GgufBuilder gemma4(uint32_t n_shared) {
    const std::vector<bool> slides = {true, true, false, true};
    return rmsDecoder("gemma4")
        .array("gemma4.attention.sliding_window_pattern", slides)
        .u32("gemma4.attention.shared_kv_layers", n_shared)
        .u32("gemma4.attention.sliding_window", 512)
        .u32("gemma4.embedding_length_per_layer_input", 16)
        .u32("gemma4.attention.key_length", 32)
        .u32("gemma4.attention.value_length", 32)
        .u32("gemma4.attention.key_length_swa", 16)
        .u32("gemma4.attention.value_length_swa", 16);
}

GgufBuilder deepseek4() {
    const std::string a = "deepseek4";
    return rmsDecoder(a)
        .u32(a + ".attention.q_lora_rank", 32)
        .u32(a + ".attention.sliding_window", 128)
        .u32(a + ".expert_count", 8)
        .u32(a + ".expert_used_count", 2)
        .u32(a + ".expert_feed_forward_length", 32)
        .u32(a + ".expert_shared_count", 1)
        .f32(a + ".expert_weights_scale", 1.5F)
        .boolean(a + ".expert_weights_norm", true)
        .u32(a + ".expert_gating_func", 4)
        .f32(a + ".swiglu_clamp_exp", 7.0F)
        .u32(a + ".attention.indexer.head_count", 4)
        .u32(a + ".attention.indexer.key_length", 16)
        .u32(a + ".attention.indexer.top_k", 64)
        .u32(a + ".attention.output_group_count", 2)
        .u32(a + ".attention.output_lora_rank", 16)
        .f32(a + ".attention.compress_rope_freq_base", 10000.0F)
        .u32(a + ".hyper_connection.count", 4)
        .u32(a + ".hyper_connection.sinkhorn_iterations", 20)
        .f32(a + ".hyper_connection.epsilon", 1e-6F)
        .u32(a + ".hash_layer_count", 1)
        .array(a + ".attention.compress_ratios", std::vector<uint32_t>{0, 4, 128, 4});
}

GgufBuilder glmDsa(uint32_t n_ctx_train) {
    const std::string a = "glm-dsa";
    return GgufBuilder()
        .string("general.architecture", a)
        .u32(a + ".context_length", n_ctx_train)
        .u32(a + ".embedding_length", 64)
        .u32(a + ".block_count", 8)
        .u32(a + ".attention.head_count", 8)
        .u32(a + ".attention.head_count_kv", 1)
        .f32(a + ".attention.layer_norm_rms_epsilon", 1e-5F)
        .u32(a + ".expert_count", 8)
        .u32(a + ".expert_used_count", 2)
        .u32(a + ".expert_feed_forward_length", 32)
        .u32(a + ".expert_shared_count", 1)
        .u32(a + ".attention.q_lora_rank", 32)
        .u32(a + ".attention.kv_lora_rank", 32)
        .u32(a + ".attention.key_length_mla", 24)
        .u32(a + ".attention.value_length_mla", 24)
        .u32(a + ".attention.indexer.head_count", 4)
        .u32(a + ".attention.indexer.key_length", 16)
        .u32(a + ".attention.indexer.top_k", 64)
        .u32(a + ".nextn_predict_layers", 1);
}

std::string indexers(const Model & model) {
    std::string marks;
    for (uint32_t il = 0; il < model.hparams.n_layer_all; ++il) {
        marks += model.architecture->caches_indexer(model.hparams, il) ? '1' : '0';
    }
    return marks;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(architectures_special)

BOOST_AUTO_TEST_CASE(gemma4s_last_layers_share_a_cache) {
    const Model model = built(gemma4(2));
    BOOST_TEST(layerKinds(model.hparams) == "ssfs");
    BOOST_TEST(model.hparams.has_kv(1));
    BOOST_TEST(!model.hparams.has_kv(2));
    BOOST_TEST(model.hparams.n_embd_k_gqa(0) == 2U * 16U);
    BOOST_TEST(model.hparams.n_embd_k_gqa(2) == 2U * 32U);
    const auto uses = model.architecture->layer_uses_rope_factors;
    BOOST_TEST(!uses(model.hparams, 1));
    BOOST_TEST(uses(model.hparams, 2));
    BOOST_TEST((refusalOf(gemma4(3)).find("gemma4.attention.shared_kv_layers") == 0));
    BOOST_TEST((refusalOf(gemma4(5)).find("gemma4.attention.shared_kv_layers") == 0));
    BOOST_TEST((refusalOf(gemma4(UINT32_MAX)).find("gemma4.attention.shared_kv_layers") == 0));
}

BOOST_AUTO_TEST_CASE(gemma3n_keeps_a_cache_in_its_first_twenty_layers) {
    const Model model = built(rmsDecoder("gemma3n").u32("gemma3n.attention.sliding_window", 512));
    BOOST_TEST(model.hparams.n_layer_kv_from_start == 20);
}

BOOST_AUTO_TEST_CASE(glm_5_2_shares_indexers_in_three_of_four_layers) {
    BOOST_TEST(indexers(built(glmDsa(202752))) == "11111110");  // a prediction layer has none
    BOOST_TEST(indexers(built(glmDsa(1048576))) == "11100010");
    const std::vector<int32_t> types = {0, 1, 0, 1, 0, 1, 0};
    BOOST_TEST(indexers(built(glmDsa(1048576).array("glm-dsa.attention.indexer.types", types))) == "01010100");
    BOOST_TEST((built(glmDsa(8)).architecture->cache == CacheKind::dsa));
}

BOOST_AUTO_TEST_CASE(latent_widths_come_in_pairs) {
    const auto deepseek2 = rmsDecoder("deepseek2")
                               .u32("deepseek2.attention.q_lora_rank", 32)
                               .u32("deepseek2.attention.kv_lora_rank", 32)
                               .u32("deepseek2.attention.key_length_mla", 24);
    BOOST_TEST((refusalOf(deepseek2).find("deepseek2.attention.key_length_mla") == 0));
}

BOOST_AUTO_TEST_CASE(deepseek4_slides_everywhere_and_widens_its_output) {
    const Model model = built(deepseek4());
    BOOST_TEST(layerKinds(model.hparams) == "ssss");
    BOOST_TEST(model.hparams.n_embd_out() == 4U * 64U);
    BOOST_TEST(model.hparams.dsv4_compress_ratios[2] == 128U);
    BOOST_TEST(model.hparams.swiglu_clamp_shexp[3] ==
               7.0F);  // as for the routed experts, unless the file says otherwise
    BOOST_TEST((model.architecture->cache == CacheKind::dsv4));
}

BOOST_AUTO_TEST_CASE(deepseek4_counts_prediction_layers_only_where_the_file_has_them) {
    const auto declared = [] { return deepseek4().u32("deepseek4.nextn_predict_layers", 1); };
    BOOST_TEST(built(declared()).hparams.n_layer_nextn == 0U);
    const Model model = built(declared().tensor("blk.3.nextn.eh_proj.weight", GgmlType::f16, {128, 64}));
    BOOST_TEST(model.hparams.n_layer_nextn == 1U);
    BOOST_TEST(skips(model, 3, "nextn.eh_proj.weight"));
    BOOST_TEST(!skips(model, 3, "nextn.eh_proj.weight", true));
}

BOOST_AUTO_TEST_CASE(prediction_layers_must_leave_layers_for_the_model) {
    const auto glm4 = [](uint32_t n) { return rmsDecoder("glm4").u32("glm4.nextn_predict_layers", n); };
    BOOST_TEST(built(glm4(3)).hparams.n_layer() == 1U);
    BOOST_TEST((refusalOf(glm4(4)).find("glm4.nextn_predict_layers") == 0));
    BOOST_TEST((refusalOf(glm4(UINT32_MAX)).find("glm4.nextn_predict_layers") == 0));
}

BOOST_AUTO_TEST_CASE(what_a_loader_takes_as_optional_is_loaded_even_in_a_skipped_layer) {
    const Model hy =
        built(rmsDecoder("hy_v3").u32("hy_v3.expert_feed_forward_length", 32).u32("hy_v3.nextn_predict_layers", 1));
    BOOST_TEST(skips(hy, 3, "attn_q.weight"));
    BOOST_TEST(skips(hy, 3, "attn_q_norm.weight"));
    BOOST_TEST(skips(hy, 3, "nextn.eh_proj.weight"));
    BOOST_TEST(!skips(hy, 3, "ffn_up_exps.weight"));
    BOOST_TEST(!skips(hy, 3, "nextn.shared_head_norm.weight"));
    BOOST_TEST(!skips(hy, 2, "attn_q.weight"));
    BOOST_TEST(!skips(hy, 3, "attn_q.weight", true));

    const Model dsa = built(glmDsa(8));
    BOOST_TEST(skips(dsa, 7, "ffn_up_exps.weight"));
    BOOST_TEST(!skips(dsa, 7, "exp_probs_b.bias"));
}

BOOST_AUTO_TEST_CASE(fused_experts_of_a_skipped_layer_are_loaded) {
    const std::string a = "qwen3next";
    const Model model = built(rmsDecoder(a)
                                  .u32(a + ".expert_count", 8)
                                  .u32(a + ".expert_used_count", 2)
                                  .u32(a + ".ssm.conv_kernel", 4)
                                  .u32(a + ".ssm.inner_size", 64)
                                  .u32(a + ".ssm.state_size", 8)
                                  .u32(a + ".ssm.time_step_rank", 8)
                                  .u32(a + ".ssm.group_count", 4)
                                  .u32(a + ".nextn_predict_layers", 1));
    BOOST_TEST(skips(model, 3, "ffn_gate_exps.weight"));
    BOOST_TEST(!skips(model, 3, "ffn_gate_up_exps.weight"));
}

BOOST_AUTO_TEST_CASE(tensors_without_an_operation_are_skipped) {
    const auto t5 = rmsDecoder("t5").u32("t5.attention.relative_buckets_count", 32);
    const Model model = built(t5);
    const auto rule = model.architecture->skips_tensor;
    BOOST_TEST(rule(model.hparams, 0, "dec.blk.0.cross_attn_rel_b.weight", false));
    BOOST_TEST(!rule(model.hparams, 0, "dec.blk.0.attn_rel_b.weight", false));
    BOOST_TEST(model.hparams.dec_n_layer == 4U);
    BOOST_TEST(
        (refusalOf(rmsDecoder("t5").u32("t5.attention.relative_buckets_count", 32).u32("t5.decoder_block_count", 5))
             .find("t5.decoder_block_count") == 0));
}

BOOST_AUTO_TEST_CASE(nanbeige_runs_its_layers_in_loops_with_a_cache_for_each_turn) {
    const Model model = built(rmsDecoder("nanbeige").u32("nanbeige.num_loops", 3));
    BOOST_TEST(model.hparams.n_layer_all == 12U);
    BOOST_TEST(model.hparams.n_layer_phys() == 4U);
    BOOST_TEST(model.hparams.n_head_kv(11) == 2U);
    BOOST_TEST(model.architecture->layer_uses_rope_factors(model.hparams, 3));
    BOOST_TEST(!model.architecture->layer_uses_rope_factors(model.hparams, 4));
    BOOST_TEST((refusalOf(rmsDecoder("nanbeige").u32("nanbeige.num_loops", 129)).find("nanbeige.num_loops") == 0));
    BOOST_TEST((refusalOf(rmsDecoder("nanbeige").u32("nanbeige.num_loops", 0)).find("nanbeige.num_loops") == 0));
    BOOST_TEST(
        (refusalOf(rmsDecoder("nanbeige").u32("nanbeige.num_loops", UINT32_MAX)).find("nanbeige.num_loops") == 0));
}

BOOST_AUTO_TEST_CASE(one_expert_of_hunyuan_counts_as_none) {
    const Model model = built(
        rmsDecoder("hunyuan-dense").u32("hunyuan-dense.expert_count", 1).u32("hunyuan-dense.expert_used_count", 1));
    BOOST_TEST(model.hparams.n_expert == 0U);
}

BOOST_AUTO_TEST_CASE(step35_turns_half_of_a_head_in_full_layers) {
    const std::vector<bool> slides = {false, true, true, true};
    const Model model = built(rmsDecoder("step35")
                                  .u32("step35.expert_feed_forward_length", 32)
                                  .u32("step35.attention.sliding_window", 512)
                                  .array("step35.attention.sliding_window_pattern", slides));
    BOOST_TEST(model.hparams.n_rot(0) == 4U);
    BOOST_TEST(model.hparams.n_rot(1) == 8U);
    BOOST_TEST((model.hparams.expert_gating_func == ExpertGating::sigmoid));
}

BOOST_AUTO_TEST_CASE(gating_functions_are_llama_cpps_five) {
    const auto dots = [](uint32_t gating) {
        return rmsDecoder("dots1")
            .u32("dots1.expert_count", 8)
            .u32("dots1.expert_used_count", 2)
            .u32("dots1.expert_feed_forward_length", 32)
            .u32("dots1.expert_shared_count", 1)
            .u32("dots1.expert_gating_func", gating);
    };
    BOOST_TEST((built(dots(3)).hparams.expert_gating_func == ExpertGating::softmax_weight));
    BOOST_TEST((refusalOf(dots(5)).find("dots1.expert_gating_func") == 0));
}

BOOST_AUTO_TEST_CASE(granites_vision_layers_name_their_inputs) {
    const auto granite = [](const std::vector<int32_t> & mapping) {
        return rmsDecoder("granite").f32("granite.logit_scale", 1.0F).array("granite.deepstack_mapping", mapping);
    };
    const Model model = built(granite({0, -1, 1, 1}));
    BOOST_TEST(model.hparams.n_deepstack_layers == 2U);
    BOOST_TEST(model.hparams.n_embd_inp() == 3U * 64U);
    BOOST_TEST(model.hparams.deepstack_mapping_arr[1] == -1);
    BOOST_TEST((refusalOf(granite({0, 9, -1, -1})).find("granite.deepstack_mapping") == 0));
}

BOOST_AUTO_TEST_SUITE_END()
