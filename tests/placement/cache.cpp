// Context, slots and the tensors of every kind of cache, by arithmetic written out.
#include "placement/cache.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "placement/flash_attention.h"
#include "placement/small_model.h"
#include "placement/weights.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Architecture kPlain = {.name = "plain"};

CachePlan planned(const Model & model, const Machine & machine, const Settings & settings) {
    const auto devices = layerDevices(model, machine, settings);
    BOOST_REQUIRE(devices.ok());
    auto plan = planCache(model, machine, settings, *devices);
    BOOST_REQUIRE_MESSAGE(plan.ok(), (plan.ok() ? "" : plan.error().text()));
    return *plan;
}

std::string refusal(const Model & model, const Settings & settings) {
    const auto shape = contextShape(model, cudaMachine({1}), settings);
    BOOST_REQUIRE(!shape.ok());
    return shape.error().text();
}

Settings withContext(uint32_t n_ctx, int32_t n_parallel = 1) {
    Settings settings = oneSlot();
    settings.n_ctx = n_ctx;
    settings.n_parallel = n_parallel;
    return settings;
}

bool has(const std::string & text, const char * what) { return text.find(what) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(context)

BOOST_AUTO_TEST_CASE(the_context_is_padded_and_shared_out_to_the_slots) {
    const Model model = smallModel(kPlain, 1);
    const auto shapeOf = [&](const Settings & settings) {
        const auto shape = contextShape(model, cudaMachine({1}), settings);
        BOOST_REQUIRE(shape.ok());
        return *shape;
    };
    BOOST_TEST(shapeOf(withContext(0)).n_ctx == 4096U);  // as trained
    BOOST_TEST(shapeOf(withContext(1000)).n_ctx == 1024U);
    // 1024 / 3 = 341, padded to 512 for each of 3 slots.
    const ContextShape three = shapeOf(withContext(1000, 3));
    BOOST_TEST((three.n_ctx_seq == 512U && three.n_ctx == 1536U && three.n_stream == 3U));
    Settings settings = withContext(1000, 3);
    settings.kv_unified = true;
    const ContextShape unified = shapeOf(settings);
    BOOST_TEST((unified.n_ctx_seq == 1024U && unified.n_ctx == 1024U && unified.n_stream == 1U));
    const ContextShape server = shapeOf(withContext(1000, -1));
    BOOST_TEST((server.n_seq_max == 4U && server.kv_unified));
    // The batch is limited by the context as it was given.
    BOOST_TEST(shapeOf(withContext(300)).n_ubatch == 300U);
    BOOST_TEST(shapeOf(withContext(4096)).n_batch == 2048U);
    settings = withContext(4096);
    settings.embeddings = true;
    BOOST_TEST(shapeOf(settings).n_batch == 512U);
}

BOOST_AUTO_TEST_CASE(what_llama_cpp_refuses_is_refused_with_what_to_do) {
    Model model = smallModel(kPlain, 1);
    BOOST_TEST(has(refusal(model, withContext(4096, 257)), "256 slots"));
    BOOST_TEST(has(refusal(model, withContext(0xFFFFFFFF)), "2^31"));
    Settings settings = withContext(4096);
    settings.n_batch = settings.n_ubatch = 0;
    BOOST_TEST(has(refusal(model, settings), "at least one token"));
    settings = withContext(4096);
    settings.type_v = GgmlType::q8_0;
    settings.flash_attn = FlashAttention::off;
    BOOST_TEST(has(refusal(model, settings), "flash attention"));
    model.hparams.n_embd_head_k_full = 40;
    settings.type_v = GgmlType::f16;
    settings.type_k = GgmlType::q8_0;
    settings.flash_attn = FlashAttention::on;
    BOOST_TEST(has(refusal(model, settings), "heads of 40"));
    model.hparams.n_embd_head_k_mla_impl = model.hparams.n_embd_head_v_mla_impl = 64;
    BOOST_TEST(has(refusal(model, settings), "same type"));
    model.hparams.n_ctx_train = 0;
    BOOST_TEST(has(refusal(model, oneSlot()), "-c"));
}

BOOST_AUTO_TEST_CASE(flash_attention_is_given_up_where_a_layer_has_no_kernel) {
    Model model = smallModel(kPlain, 2);
    Settings settings = oneSlot();
    const auto on = [&] { return *flashAttentionOn(model, cudaMachine({1}), settings); };
    BOOST_TEST(on());
    settings.kv_offload = false;  // the operation stays with its layer
    BOOST_TEST(on());
    settings.kv_offload = true;
    settings.type_k = GgmlType::q8_0;  // K and V of different types
    BOOST_TEST(!on());
    settings.type_v = GgmlType::q8_0;
    BOOST_TEST(on());
    settings = oneSlot();
    model.hparams.n_embd_head_k_full = model.hparams.n_embd_head_v_full = 48;
    BOOST_TEST(!on());
    settings.n_gpu_layers = 0;
    BOOST_TEST(on());  // the CPU runs any head
    settings.n_gpu_layers = kGpuLayersAll;
    settings.flash_attn = FlashAttention::on;
    BOOST_TEST(on());
    // MLA: keys of 576, values of 512, heads in groups.
    model.hparams.n_embd_head_k_full = 576;
    model.hparams.n_embd_head_v_full = 512;
    BOOST_TEST(hasFlashAttentionKernel(BackendKind::cuda, model.hparams, 0, GgmlType::f16, GgmlType::f16));
    model.hparams.n_head_kv_arr.fill(4);
    BOOST_TEST(!hasFlashAttentionKernel(BackendKind::cuda, model.hparams, 0, GgmlType::f16, GgmlType::f16));
}

BOOST_AUTO_TEST_CASE(cuda_has_the_flash_attention_kernels_of_its_build) {
    // fattn.cu at the commits of these pull requests, and the build before each
    struct Row {
        uint32_t build;
        FlashShape shape;
    };
    const Row rows[] = {
        {7836, {.head_k = 576, .head_v = 512, .gqa_ratio = 20, .grouped = true}},  // 19092
        {7836, {.head_k = 576, .head_v = 512, .gqa_ratio = 5, .grouped = true}},   // 19092
        {8470, {128, 128, 4, true, GgmlType::bf16, GgmlType::bf16}},               // 20525
        {8609, {.head_k = 512, .head_v = 512, .gqa_ratio = 2, .grouped = true}},   // 20998
        {8966, {.head_k = 320, .head_v = 256, .gqa_ratio = 32, .grouped = true}},  // 22286
        {9085, {.head_k = 192, .head_v = 128, .gqa_ratio = 8, .grouped = true}},   // 22812
    };
    for (const Row & row : rows) {
        BOOST_TEST(!hasFlashAttentionKernel(BackendKind::cuda, row.shape, {.build = row.build - 1}), row.build);
        BOOST_TEST(hasFlashAttentionKernel(BackendKind::cuda, row.shape, {.build = row.build}), row.build);
        BOOST_TEST(hasFlashAttentionKernel(BackendKind::cuda, row.shape), row.build);
    }
    const FlashShape even = {.head_k = 576, .head_v = 512, .gqa_ratio = 128, .grouped = true};  // DeepSeek V3
    BOOST_TEST(hasFlashAttentionKernel(BackendKind::cuda, even, {.build = 7835}));
    BOOST_TEST(hasFlashAttentionKernel(BackendKind::metal, rows[2].shape, {.build = 8469}));  // not CUDA's table
}

BOOST_AUTO_TEST_CASE(a_quantized_v_cache_without_flash_attention_ends_builds_that_do_not_switch_it_on) {
    Model model = smallModel(kPlain, 2);
    model.hparams.n_embd_head_k_full = model.hparams.n_embd_head_v_full = 96;
    Settings settings = oneSlot();
    settings.type_k = settings.type_v = GgmlType::q5_1;  // which no kernel of CUDA reads
    BOOST_TEST(contextShape(model, cudaMachine({1}), settings).ok());
    settings.llama_cpp = {.build = 10106};
    const auto refused = contextShape(model, cudaMachine({1}), settings);
    BOOST_REQUIRE(!refused.ok());
    BOOST_TEST(refused.error().text().find("-ctv q5_1") != std::string::npos, refused.error().text());
    BOOST_TEST(refused.error().text().find("llama.cpp b10106") != std::string::npos, refused.error().text());
    settings.n_gpu_layers = 0;
    BOOST_TEST(contextShape(model, cudaMachine({1}), settings).ok());  // the CPU runs it
}

BOOST_AUTO_TEST_CASE(flash_attention_is_given_up_where_sinks_lie_apart_from_the_cache) {
    const Model model = smallModel(kPlain, 2, {{"blk.0.attn_sinks.weight", GgmlType::f32, {4}}});
    Settings settings = oneSlot();
    settings.override_tensors = {{"blk\\.0\\.", "CUDA0"}};
    BOOST_TEST(*flashAttentionOn(model, cudaMachine({1}), settings));
    settings.override_tensors = {{"blk\\.0\\.", "CPU"}};
    BOOST_TEST(!*flashAttentionOn(model, cudaMachine({1}), settings));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cache)

BOOST_AUTO_TEST_CASE(keys_and_values_are_width_times_cells) {
    // 2 heads of 64 are 128 values of 2 bytes; 1024 cells.
    const CachePlan plan = planned(smallModel(kPlain, 2), cudaMachine({1}), withContext(1000));
    BOOST_REQUIRE(plan.tensors.size() == 4U);
    for (const CacheTensor & tensor : plan.tensors) BOOST_TEST(tensor.bytes == 128U * 2 * 1024);
    BOOST_TEST(plan.tensors[2].name == "cache_k_l1");
    BOOST_TEST(plan.tensors[2].device == 0);
    const CachePlan slots = planned(smallModel(kPlain, 1), cudaMachine({1}), withContext(2048, 4));
    BOOST_TEST(slots.tensors[0].ne == (std::array<uint64_t, 3>{128, 512, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_layer_caches_where_it_lies_unless_the_cache_is_kept_in_system_memory) {
    Settings settings = withContext(256);
    settings.n_gpu_layers = 2;
    const CachePlan plan = planned(smallModel(kPlain, 2), cudaMachine({1}), settings);
    BOOST_TEST((plan.tensors[0].device == kHost && plan.tensors[2].device == 0));
    settings.n_gpu_layers = kGpuLayersAll;
    settings.kv_offload = false;
    for (const auto & tensor : planned(smallModel(kPlain, 2), cudaMachine({1}), settings).tensors) {
        BOOST_TEST(tensor.device == kHost);
    }
}

BOOST_AUTO_TEST_CASE(quantized_caches_are_blocks_with_a_padded_last_row_on_the_gpu) {
    Settings settings = withContext(256);
    settings.type_k = settings.type_v = GgmlType::q8_0;
    // 128 values are 4 blocks of 34 bytes; the row is filled up to 512 by 12 more; 256 * 136 + 408 = 35224 → 276 * 128.
    BOOST_TEST(planned(smallModel(kPlain, 1), cudaMachine({1}), settings).tensors[0].bytes == 35328U);
    // 256 * 136 = 34816 is a multiple of 32.
    BOOST_TEST(planned(smallModel(kPlain, 1), Machine{}, settings).tensors[0].bytes == 34816U);
}

BOOST_AUTO_TEST_CASE(a_transposed_v_is_as_wide_as_the_widest_layer) {
    Model model = smallModel(kPlain, 2);
    model.hparams.n_head_kv_arr[1] = 4;
    Settings settings = withContext(256);
    BOOST_TEST(planned(model, cudaMachine({1}), settings).tensors[1].ne[0] == 128U);
    settings.flash_attn = FlashAttention::off;
    const CachePlan plan = planned(model, cudaMachine({1}), settings);
    BOOST_TEST((plan.tensors[0].ne[0] == 128U && plan.tensors[1].ne[0] == 256U));
    BOOST_TEST((plan.tensors[2].ne[0] == 256U && plan.tensors[3].ne[0] == 256U));
    // The cache is made before `auto` is given up: V keeps its width.
    settings.flash_attn = FlashAttention::automatic;
    settings.type_k = GgmlType::q8_0;
    const CachePlan given_up = planned(model, cudaMachine({1}), settings);
    BOOST_TEST((!given_up.shape.flash_attn && given_up.tensors[1].ne[0] == 128U));
}

BOOST_AUTO_TEST_CASE(sliding_layers_keep_their_window_and_a_micro_batch) {
    Model model = smallModel(kPlain, 2);
    model.hparams.swa_type = SwaType::standard;
    model.hparams.n_swa = 700;
    model.hparams.is_swa_impl[0] = 1;
    const auto cells = [&](const Settings & settings) {
        const CachePlan plan = planned(model, cudaMachine({1}), settings);
        BOOST_TEST(plan.tensors[0].name == "cache_k_l1");  // the full layers' cache is made first
        BOOST_TEST(plan.tensors[0].ne[1] == plan.shape.n_ctx_seq);
        BOOST_TEST(plan.tensors[2].ne[1] == plan.n_swa_cells);
        return plan.n_swa_cells;
    };
    BOOST_TEST(cells(withContext(8192)) == 1280U);     // 700 + 512, padded to 256
    BOOST_TEST(cells(withContext(1024)) == 1024U);     // never more than the context
    BOOST_TEST(cells(withContext(8192, 4)) == 1280U);  // each slot by itself
    Settings settings = withContext(8192, 4);
    settings.kv_unified = true;
    BOOST_TEST(cells(settings) == 3328U);  // 4 * 700 + 512
    settings.swa_full = true;
    BOOST_TEST(cells(settings) == 8192U);
}

BOOST_AUTO_TEST_CASE(sliding_layers_of_older_builds_keep_more) {
    Model model = smallModel(kPlain, 2);
    model.hparams.swa_type = SwaType::standard;
    model.hparams.n_swa = 700;
    model.hparams.is_swa_impl[0] = 1;
    Settings settings = withContext(8192);
    const auto cells = [&](uint32_t build) {
        settings.llama_cpp.build = build;
        return planned(model, cudaMachine({1}), settings).n_swa_cells;
    };
    BOOST_TEST(cells(5554) == 1280U);  // 700 + 512, padded to 256
    BOOST_TEST(cells(5553) == 2816U);  // 700 + 2048, a whole batch
    BOOST_TEST(cells(5428) == 8192U);  // all of the context
}

BOOST_AUTO_TEST_CASE(mla_keeps_no_values) {
    Model model = smallModel(kPlain, 1);
    model.hparams.n_embd_head_k_mla_impl = model.hparams.n_embd_head_v_mla_impl = 64;
    BOOST_TEST(planned(model, cudaMachine({1}), withContext(256)).tensors.size() == 1U);
    Settings older = withContext(256);
    older.llama_cpp.build = 7811;
    BOOST_TEST(planned(model, cudaMachine({1}), older).tensors.size() == 2U);
}

BOOST_AUTO_TEST_CASE(recurrent_states_are_f32_rows_one_for_each_slot) {
    const Architecture recurrent = {.name = "mamba", .cache = CacheKind::recurrent};
    Model model = smallModel(recurrent, 1);
    model.hparams.ssm_d_conv = 4;
    model.hparams.ssm_d_inner = 512;
    model.hparams.ssm_d_state = 16;
    Settings settings = withContext(4096, 3);
    settings.type_k = settings.type_v = GgmlType::q8_0;
    const CachePlan plan = planned(model, cudaMachine({1}), settings);
    BOOST_REQUIRE(plan.tensors.size() == 2U);
    BOOST_TEST(plan.tensors[0].bytes == (4U - 1) * 512 * 4 * 3);
    BOOST_TEST(plan.tensors[1].bytes == 16U * 512 * 4 * 3);
}

BOOST_AUTO_TEST_CASE(a_hybrid_keeps_states_for_some_layers_and_keys_for_the_others) {
    const Architecture hybrid = {.name = "hybrid", .cache = CacheKind::hybrid, .supports_rs_rollback = true};
    Model model = smallModel(hybrid, 2);
    model.hparams.is_recr_impl[0] = 1;
    model.hparams.ssm_d_conv = 4;
    model.hparams.ssm_d_inner = 128;
    model.hparams.ssm_d_state = 16;
    Settings settings = withContext(256, 2);
    const CachePlan plan = planned(model, cudaMachine({1}), settings);
    BOOST_REQUIRE(plan.tensors.size() == 4U);
    BOOST_TEST((plan.tensors[0].layer == 1U && plan.tensors[2].name == "cache_r_l0"));
    settings.load_mtp = true;  // drafts of 3 tokens may be rejected: their states are kept as well
    BOOST_TEST(planned(model, cudaMachine({1}), settings).tensors[2].ne[1] == 2U * 4);
}

BOOST_AUTO_TEST_CASE(an_encoder_keeps_nothing) {
    const Architecture encoder = {.name = "bert", .cache = CacheKind::none};
    BOOST_TEST(planned(smallModel(encoder, 2), cudaMachine({1}), oneSlot()).tensors.empty());
}

BOOST_AUTO_TEST_CASE(sparse_attention_adds_an_indexers_keys) {
    Architecture sparse = {.name = "dsa", .cache = CacheKind::dsa};
    sparse.caches_indexer = [](const Hparams &, uint32_t il) { return il == 1; };
    Model model = smallModel(sparse, 2);
    model.hparams.n_embd_head_k_mla_impl = model.hparams.n_embd_head_v_mla_impl = 64;
    model.hparams.indexer_head_size = 32;
    const CachePlan plan = planned(model, cudaMachine({1}), withContext(256));
    BOOST_REQUIRE(plan.tensors.size() == 3U);
    BOOST_TEST(plan.tensors[2].name == "indexer_cache_k_l1");
    BOOST_TEST(plan.tensors[2].bytes == 32U * 2 * 256);
    model.hparams.n_embd_head_k_mla_impl = model.hparams.n_embd_head_v_mla_impl = 0;
    BOOST_TEST(planned(model, cudaMachine({1}), withContext(256)).tensors.size() == 6U);  // values there too
}

BOOST_AUTO_TEST_CASE(deepseek_v4_keeps_raw_and_compressed_keys_and_their_states_for_each_slot) {
    const Architecture dsv4 = {.name = "deepseek4", .cache = CacheKind::dsv4};
    Model model = smallModel(dsv4, 3);
    model.hparams.swa_type = SwaType::standard;
    model.hparams.n_swa = 128;
    model.hparams.is_swa_impl = filledPerLayer<uint8_t>(1);
    model.hparams.n_head_kv_arr.fill(1);
    model.hparams.indexer_head_size = 32;
    model.hparams.dsv4_compress_ratios[1] = 4;
    model.hparams.dsv4_compress_ratios[2] = 128;
    Settings settings = withContext(8192, 2);
    settings.kv_unified = true;
    const CachePlan plan = planned(model, cudaMachine({1}), settings);
    uint64_t bytes = 0;
    for (const CacheTensor & tensor : plan.tensors) bytes += tensor.bytes;
    const uint64_t n_seq = 2;
    const uint64_t raw = 3 * 64 * 2 * (640 + 128) * n_seq;  // 128 + 512 cells are 640, padded to 768
    const uint64_t csa = 64 * 2 * (8192 / 4) * n_seq, lid = 32 * 2 * (8192 / 4) * n_seq;
    const uint64_t hca = 64 * 2 * 256 * n_seq;  // 64 cells, padded to 256
    const uint64_t states = (2 * (2 * 64) * 8 + 2 * 64 * 128 + 2 * (2 * 32) * 8) * 4 * n_seq;
    BOOST_TEST(bytes == raw + csa + lid + hca + states);
}

BOOST_AUTO_TEST_SUITE_END()
