// Widths and patterns by hand, against the arithmetic of llama-hparams.cpp written out.
#include "model/hparams.h"

#include <boost/test/unit_test.hpp>

#include "model/support.h"

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(hparams)

BOOST_AUTO_TEST_CASE(every_nth_layer_is_dense_from_either_end) {
    Hparams hparams;
    hparams.n_layer_all = 7;
    hparams.set_swa_pattern(3);
    BOOST_TEST(test::layerKinds(hparams) == "ssfssfs");
    hparams.set_swa_pattern(2, true);
    BOOST_TEST(test::layerKinds(hparams) == "fsfsfsf");
    hparams.set_swa_pattern(0);
    BOOST_TEST(test::layerKinds(hparams) == "sssssss");
    hparams.set_swa_pattern(1);
    BOOST_TEST(test::layerKinds(hparams) == "fffffff");
    BOOST_TEST(!hparams.is_swa_any());
}

BOOST_AUTO_TEST_CASE(prediction_layers_never_slide_nor_recur) {
    Hparams hparams;
    hparams.n_layer_all = 5;
    hparams.n_layer_nextn = 2;
    hparams.set_swa_pattern(0);
    hparams.set_recr_pattern(0);
    BOOST_TEST(hparams.n_layer() == 3U);
    for (uint32_t il = 3; il < 5; ++il) {
        BOOST_TEST(!hparams.is_swa(il));
        BOOST_TEST(!hparams.is_recr(il));
    }
}

BOOST_AUTO_TEST_CASE(mamba_keeps_all_but_one_input_of_its_convolution) {
    Hparams hparams;  // Mamba 2.8B: 2560 wide, expanded twice
    hparams.ssm_d_conv = 4;
    hparams.ssm_d_inner = 5120;
    hparams.ssm_d_state = 16;
    BOOST_TEST(hparams.n_embd_r() == 3U * 5120U);
    BOOST_TEST(hparams.n_embd_s() == 16U * 5120U);
    hparams.ssm_n_group = 8;  // as Mamba 2 has them: b and c of each group go through the convolution too
    BOOST_TEST(hparams.n_embd_r() == 3U * (5120U + 2U * 8U * 16U));
}

BOOST_AUTO_TEST_CASE(kimi_keeps_q_k_and_v) {
    Hparams hparams;  // Kimi Linear 48B: 32 heads of 128
    hparams.n_layer_all = 1;
    hparams.n_head_arr[0] = 32;
    hparams.n_embd_head_kda = 128;
    hparams.ssm_d_conv = 4;
    BOOST_TEST(hparams.n_embd_r() == 3U * 3U * 4096U);
    BOOST_TEST(hparams.n_embd_s() == 128U * 128U * 32U);
    hparams.ssm_d_conv = 0;
    BOOST_TEST(hparams.n_embd_r() == 3U * 3U * 4096U);
}

BOOST_AUTO_TEST_CASE(short_convolutions_and_rwkv_have_widths_of_their_own) {
    Hparams lfm2;
    lfm2.n_embd = 2048;
    lfm2.n_shortconv_l_cache = 3;
    BOOST_TEST(lfm2.n_embd_r() == 2U * 2048U);
    BOOST_TEST(lfm2.n_embd_s() == 0U);

    Hparams rwkv;
    rwkv.n_embd = 2048;
    rwkv.wkv_head_size = 64;
    BOOST_TEST(rwkv.n_embd_r() == 2U * 2048U);
    BOOST_TEST(rwkv.n_embd_s() == 2048U * 64U);
}

BOOST_AUTO_TEST_CASE(sliding_layers_have_heads_of_their_own_width) {
    Hparams hparams;
    hparams.n_layer_all = 2;
    hparams.n_head_kv_arr = {4, 8};
    hparams.n_embd_head_k_full = 512;
    hparams.n_embd_head_v_full = 512;
    hparams.n_embd_head_k_swa = 256;
    hparams.n_embd_head_v_swa = 128;
    hparams.is_swa_impl[1] = 1;
    BOOST_TEST(hparams.n_embd_k_gqa(0) == 4U * 512U);
    BOOST_TEST(hparams.n_embd_k_gqa(1) == 8U * 256U);
    BOOST_TEST(hparams.n_embd_v_gqa_max() == 4U * 512U);
}

BOOST_AUTO_TEST_CASE(deepstack_inputs_widen_the_embedding_and_saturate) {
    Hparams hparams;
    hparams.n_embd = 4096;
    hparams.n_deepstack_layers = 3;
    BOOST_TEST(hparams.n_embd_inp() == 4U * 4096U);
    BOOST_TEST(hparams.n_embd_inp_enc() == 4U * 4096U);
    hparams.n_deepstack_layers = UINT32_MAX;
    BOOST_TEST(hparams.n_embd_inp() == UINT32_MAX);
}

BOOST_AUTO_TEST_CASE(layers_after_the_last_with_a_cache_have_none) {
    Hparams hparams;
    BOOST_TEST(hparams.has_kv(400));
    hparams.n_layer_kv_from_start = 20;
    BOOST_TEST(hparams.has_kv(19));
    BOOST_TEST(!hparams.has_kv(20));
}

BOOST_AUTO_TEST_SUITE_END()
