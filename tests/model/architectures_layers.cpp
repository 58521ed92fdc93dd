// Kinds of layers, caches and states, by published facts of models and by the rules of llama.cpp's loaders.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "model/support.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string repeated(const std::string & pattern, size_t times) {
    std::string text;
    for (size_t i = 0; i < times; ++i) text += pattern;
    return text;
}

using Filter = bool (*)(const Hparams &, uint32_t);

/// Layers for which a filter of the architecture holds.
std::vector<uint32_t> layersWhere(const Model & model, Filter filter) {
    BOOST_REQUIRE(filter != nullptr);
    std::vector<uint32_t> layers;
    for (uint32_t il = 0; il < model.hparams.n_layer_all; ++il) {
        if (filter(model.hparams, il)) layers.push_back(il);
    }
    return layers;
}

Model built(const GgufBuilder & builder) {
    auto model = modelOf(builder);
    BOOST_REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
    return std::move(*model);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(architectures_layers)

BOOST_AUTO_TEST_CASE(qwen3_next_attends_in_every_fourth_layer) {
    const Model model = modelNamed("qwen3-coder-next-q5_k_m");
    BOOST_TEST(layerKinds(model.hparams) == repeated("rrrf", 12));
    BOOST_TEST(layersWhere(model, model.architecture->caches_layer).size() == 12U);
    BOOST_TEST(layersWhere(model, model.architecture->keeps_state).size() == 36U);
    // a convolution of 4 over q and k of 16 heads and v of 32, all 128 wide; a state of 128 × 128 for each v head
    BOOST_TEST(model.hparams.n_embd_r() == 3U * (2U * 16U * 128U + 32U * 128U));
    BOOST_TEST(model.hparams.n_embd_s() == 32U * 128U * 128U);
    BOOST_TEST(model.hparams.n_expert_used == 10U);
}

BOOST_AUTO_TEST_CASE(an_interval_of_its_own_or_a_list_places_qwens_full_layers) {
    const auto ssm = [] {
        return rmsDecoder("qwen35")
            .u32("qwen35.ssm.conv_kernel", 4)
            .u32("qwen35.ssm.inner_size", 64)
            .u32("qwen35.ssm.state_size", 8)
            .u32("qwen35.ssm.time_step_rank", 8)
            .u32("qwen35.ssm.group_count", 4)
            .array("qwen35.rope.dimension_sections", std::vector<int32_t>{1, 1, 2, 0});
    };
    BOOST_TEST(layerKinds(built(ssm()).hparams) == "rrrf");
    BOOST_TEST(layerKinds(built(ssm().u32("qwen35.full_attention_interval", 2)).hparams) == "rfrf");
    BOOST_TEST(layerKinds(built(ssm().u32("qwen35.nextn_predict_layers", 1)).hparams) == "rrrn");
    const std::vector<bool> list = {false, true, true, false};
    BOOST_TEST(layerKinds(built(ssm().array("qwen35.attention.recurrent_layers", list)).hparams) == "frrf");
    BOOST_TEST(!refusalOf(ssm().u32("qwen35.full_attention_interval", 0)).empty());
}

BOOST_AUTO_TEST_CASE(gemma3_has_a_full_layer_after_five_that_slide) {
    const Model model = modelNamed("gemma-3-27b-q4_k_m");
    BOOST_TEST(layerKinds(model.hparams) == repeated("sssssf", 10) + "ss");
    BOOST_TEST(model.hparams.n_swa == 1024U);
    BOOST_TEST((model.hparams.swa_type == SwaType::standard));
    BOOST_TEST(layerKinds(built(rmsDecoder("gemma3")).hparams) == "ffff");  // no window in the file
    BOOST_TEST(layerKinds(built(rmsDecoder("gemma3")
                                    .u32("gemma3.attention.sliding_window", 8)
                                    .u32("gemma3.attention.sliding_window_pattern", 2))
                              .hparams) == "sfsf");
}

BOOST_AUTO_TEST_CASE(gpt_oss_alternates) {
    const Model model = modelNamed("gpt-oss-120b-f16");
    BOOST_TEST(layerKinds(model.hparams) == repeated("sf", 18));
    BOOST_TEST(model.hparams.n_swa == 128U);
}

BOOST_AUTO_TEST_CASE(llama4_attends_in_chunks_of_8192_in_three_layers_of_four) {
    const auto llama4 = [] {
        return rmsDecoder("llama4")
            .u32("llama4.expert_count", 16)
            .u32("llama4.expert_used_count", 1)
            .u32("llama4.expert_feed_forward_length", 64)
            .u32("llama4.interleave_moe_layer_step", 1);
    };
    const Model model = built(llama4());
    BOOST_TEST(layerKinds(model.hparams) == "sssf");
    BOOST_TEST((model.hparams.swa_type == SwaType::chunked));
    BOOST_TEST(model.hparams.n_swa == 8192U);
    BOOST_TEST(model.hparams.use_kq_norm);
    const Model full = built(llama4().u32("llama4.attention.sliding_window", 0));
    BOOST_TEST(layerKinds(full.hparams) == "ffff");
    BOOST_TEST(full.hparams.n_no_rope_layer_step == 4U);
}

BOOST_AUTO_TEST_CASE(sliding_patterns_of_other_families) {
    const auto kinds = [](const std::string & name, GgufBuilder builder) {
        return layerKinds(built(builder.u32(name + ".attention.sliding_window", 16)).hparams);
    };
    BOOST_TEST(kinds("gemma2", rmsDecoder("gemma2")) == "sfsf");
    BOOST_TEST(kinds("gemma3n", rmsDecoder("gemma3n")) == "ssss");  // the fifth would be full
    BOOST_TEST(kinds("olmo2", rmsDecoder("olmo2")) == "sssf");
    BOOST_TEST(kinds("plamo3", rmsDecoder("plamo3")) == "ssss");
    BOOST_TEST(kinds("phi3", rmsDecoder("phi3")) == "ffff");
    BOOST_TEST(kinds("modern-bert", decoder("modern-bert").f32("modern-bert.attention.layer_norm_epsilon", 1e-5F)) ==
               "fssf");
    BOOST_TEST(
        kinds("cohere2",
              decoder("cohere2").f32("cohere2.attention.layer_norm_epsilon", 1e-5F).f32("cohere2.logit_scale", 1.0F)) ==
        "sssf");
    const auto small =
        rmsDecoder("smallthinker").u32("smallthinker.expert_count", 8).u32("smallthinker.expert_used_count", 2);
    BOOST_TEST(kinds("smallthinker", small) == "fsss");
}

BOOST_AUTO_TEST_CASE(exaone4_slides_only_with_64_layers) {
    const auto layers = [](uint32_t n) {
        return GgufBuilder()
            .string("general.architecture", "exaone4")
            .u32("exaone4.context_length", 1024)
            .u32("exaone4.embedding_length", 64)
            .u32("exaone4.block_count", n)
            .u32("exaone4.attention.head_count", 8)
            .u32("exaone4.attention.sliding_window", 4096)
            .f32("exaone4.attention.layer_norm_rms_epsilon", 1e-5F);
    };
    BOOST_TEST(layerKinds(built(layers(30)).hparams) == repeated("f", 30));
    BOOST_TEST(layerKinds(built(layers(64)).hparams) == repeated("sssf", 16));
}

BOOST_AUTO_TEST_CASE(a_window_that_no_layer_uses_is_refused_as_llama_cpp_asserts) {
    const auto gemma2 = rmsDecoder("gemma2").u32("gemma2.attention.sliding_window_pattern", 1);
    BOOST_TEST((refusalOf(gemma2).find("gemma2.attention.sliding_window_pattern") == 0));
}

BOOST_AUTO_TEST_CASE(glm_4_7_flash_is_latent_attention_with_one_narrow_cache) {
    const Model model = modelNamed("glm-4.7-flash-q8_0");
    const Hparams & hparams = model.hparams;
    BOOST_TEST(hparams.is_mla());
    BOOST_TEST(hparams.n_layer() == 47U);
    BOOST_TEST(hparams.n_layer_dense_lead == 1U);
    BOOST_TEST(hparams.n_lora_q == 768U);
    BOOST_TEST(hparams.n_lora_kv == 512U);
    BOOST_TEST(hparams.n_embd_k_gqa() == 512U + 64U);  // the compressed keys and values, and what rope turns
    BOOST_TEST(hparams.n_embd_head_k_mla() == 192U + 64U);
    BOOST_TEST(hparams.n_embd_head_v_mla() == 256U);
    BOOST_TEST((hparams.expert_gating_func == ExpertGating::sigmoid));
}

BOOST_AUTO_TEST_CASE(deepseek_v3_picks_4_of_8_groups_of_experts) {
    const Model model = modelNamed("deepseek-v3.1-q4_k_m");
    BOOST_TEST(model.hparams.n_expert_groups == 8U);
    BOOST_TEST(model.hparams.n_group_used == 4U);
    BOOST_TEST(model.hparams.n_layer_dense_lead == 3U);
    BOOST_TEST(model.hparams.n_lora_q == 1536U);
    BOOST_TEST(model.hparams.n_embd_head_k_mla() == 192U);
    BOOST_TEST(model.hparams.n_embd_head_v_mla() == 128U);
    BOOST_TEST(model.hparams.expert_weights_norm);
}

BOOST_AUTO_TEST_CASE(glm_4_5_air_has_a_prediction_layer_that_is_never_loaded) {
    const Model model = modelNamed("glm-4.5-air-q4_k_m");
    const auto skips = model.architecture->skips_tensor;
    BOOST_TEST(model.hparams.n_layer() == 46U);
    BOOST_TEST(model.hparams.n_layer_nextn == 1U);
    BOOST_TEST(skips(model.hparams, 46, "blk.46.attn_q.weight", false));
    BOOST_TEST(skips(model.hparams, 46, "blk.46.attn_q.weight", true));
    BOOST_TEST(!skips(model.hparams, 45, "blk.45.attn_q.weight", false));
    BOOST_TEST(!skips(model.hparams, -1, "output.weight", false));
    BOOST_TEST((model.architecture->caches_layer == nullptr));  // and yet it has a cache
}

BOOST_AUTO_TEST_CASE(lfm2_attends_in_six_of_sixteen_layers) {
    const Model model = modelNamed("lfm2-1.2b-q8_0");
    BOOST_TEST(layerKinds(model.hparams) == "rrfrrfrrfrfrfrfr");  // full_attn_idxs 2, 5, 8, 10, 12, 14
    BOOST_TEST(model.hparams.n_embd_r() == 2048U * 2U);
}

BOOST_AUTO_TEST_CASE(mamba_2_8b_keeps_states_only) {
    const Model model = modelNamed("mamba-2.8b-f16");
    BOOST_TEST((model.architecture->cache == CacheKind::recurrent));
    BOOST_TEST(layerKinds(model.hparams) == repeated("r", 64));
    BOOST_TEST(model.hparams.n_embd_r() == 3U * 2U * 2560U);
    BOOST_TEST(model.hparams.n_embd_s() == 16U * 2U * 2560U);
}

BOOST_AUTO_TEST_CASE(nemotron_3_nano_mixes_states_attention_and_experts) {
    const Model model = modelNamed("nemotron-3-nano-30b-a3b-q4_k_m");
    const auto attends = layersWhere(model, model.architecture->caches_layer);
    const auto recurs = layersWhere(model, model.architecture->keeps_state);
    BOOST_TEST(model.hparams.n_layer() == 52U);
    BOOST_TEST(attends == (std::vector<uint32_t>{5, 12, 19, 26, 33, 42}), boost::test_tools::per_element());
    BOOST_TEST(recurs.size() == 23U);  // the other 23 layers are experts, with neither
}

BOOST_AUTO_TEST_CASE(layers_without_kv_heads_recur) {
    const std::vector<int32_t> kv = {0, 2, 0, 0};
    const auto jamba = GgufBuilder()
                           .string("general.architecture", "jamba")
                           .u32("jamba.context_length", 1024)
                           .u32("jamba.embedding_length", 64)
                           .u32("jamba.block_count", 4)
                           .u32("jamba.attention.head_count", 8)
                           .array("jamba.attention.head_count_kv", kv)
                           .f32("jamba.attention.layer_norm_rms_epsilon", 1e-5F)
                           .u32("jamba.ssm.conv_kernel", 4)
                           .u32("jamba.ssm.inner_size", 128)
                           .u32("jamba.ssm.state_size", 16)
                           .u32("jamba.ssm.time_step_rank", 4);
    BOOST_TEST(layerKinds(built(jamba).hparams) == "rfrr");
    BOOST_TEST(layerKinds(modelNamed("granitehybrid-dense").hparams) == "fr");
    BOOST_TEST(layerKinds(modelNamed("falcon-h1-dense").hparams) == "rr");
    const Model falcon = modelNamed("falcon-h1-dense");  // and attends in the same layers
    BOOST_TEST(layersWhere(falcon, falcon.architecture->caches_layer).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
