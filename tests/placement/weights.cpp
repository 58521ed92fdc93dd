// Where weights go, and what they take there.
#include "placement/weights.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "placement/backend_support.h"
#include "placement/small_model.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Architecture kPlain = {.name = "plain"};

WeightPlan placed(const Model & model, const Machine & machine, const Settings & settings) {
    auto plan = placeWeights(model, machine, settings);
    BOOST_REQUIRE_MESSAGE(plan.ok(), (plan.ok() ? "" : plan.error().text()));
    return *plan;
}

uint64_t bytesOn(const WeightPlan & plan, int32_t device) {
    uint64_t sum = 0;
    for (const PlacedWeight & weight : plan.weights) sum += weight.device == device ? weight.bytes : 0;
    return sum;
}

Settings overriding(std::vector<TensorOverride> rules) {
    Settings settings = oneSlot();
    settings.override_tensors = std::move(rules);
    settings.given_override_tensors = true;
    return settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weights)

BOOST_AUTO_TEST_CASE(embeddings_stay_in_system_memory_and_a_tied_output_is_a_copy) {
    const Model model = smallModel(kPlain, 1, {{"token_embd.weight", GgmlType::f16, {256, 1000}}});
    const WeightPlan plan = placed(model, cudaMachine({1000}), oneSlot());
    BOOST_TEST(bytesOn(plan, kHost) == 256U * 1000 * 2);
    BOOST_TEST(bytesOn(plan, 0) == 256U * 1000 * 2);
    BOOST_REQUIRE(plan.weights.size() == 2U);
    BOOST_TEST(plan.weights[1].duplicate);
    BOOST_CHECK(plan.weights[0].part == WeightPart::embeddings && plan.weights[1].part == WeightPart::output);
    Settings settings = oneSlot();
    settings.n_gpu_layers = 0;
    BOOST_TEST(placed(model, cudaMachine({1000}), settings).weights.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_output_of_its_own_is_not_copied) {
    const Model model = smallModel(
        kPlain, 1, {{"token_embd.weight", GgmlType::f16, {256, 10}}, {"output.weight", GgmlType::f16, {256, 10}}});
    BOOST_TEST(placed(model, cudaMachine({1000}), oneSlot()).weights.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_missing_embedding_is_a_second_output_where_the_architecture_says_so) {
    const Architecture tied = {.name = "plain", .tied_output = false, .tied_input = true};
    const Model model = smallModel(tied, 1, {{"output.weight", GgmlType::f16, {256, 64}}});
    BOOST_TEST(bytesOn(placed(model, cudaMachine({1000}), oneSlot()), 0) == 2U * 256 * 64 * 2);
}

BOOST_AUTO_TEST_CASE(quantized_rows_are_padded_on_the_device_and_nowhere_else) {
    // Rows of 288 are 9 blocks of 34 bytes; up to 512 are 7 blocks more; 10 * 306 + 7 * 34 = 3298, and 26 * 128 = 3328.
    const Model model = smallModel(kPlain, 1, {{"blk.0.ffn_up.weight", GgmlType::q8_0, {288, 10}}});
    BOOST_TEST(bytesOn(placed(model, cudaMachine({1000}), oneSlot()), 0) == 3328U);
    // In system memory 10 * 306 = 3060, and 96 * 32 = 3072.
    BOOST_TEST(bytesOn(placed(model, Machine{}, oneSlot()), kHost) == 3072U);
    const Model whole = smallModel(kPlain, 1, {{"blk.0.ffn_up.weight", GgmlType::q8_0, {1024, 4}}});
    BOOST_TEST(bytesOn(placed(whole, cudaMachine({1000}), oneSlot()), 0) == 1024U / 32 * 34 * 4);
    const Model floats = smallModel(kPlain, 1, {{"blk.0.attn_norm.weight", GgmlType::f32, {33}}});
    BOOST_TEST(bytesOn(placed(floats, cudaMachine({1000}), oneSlot()), 0) == 256U);  // 132 bytes
}

BOOST_AUTO_TEST_CASE(a_weight_that_the_gpu_cannot_use_stays_in_system_memory_with_a_warning) {
    const Model model = smallModel(kPlain, 1,
                                   {{"blk.0.attn_norm.weight", GgmlType::bf16, {256}},
                                    {"blk.0.attn_q.weight", GgmlType::tq1_0, {256, 256}},
                                    {"blk.0.ssm_conv1d.weight", GgmlType::f32, {4, 100}},
                                    {"blk.0.attn_k.weight", GgmlType::bf16, {256, 256}}});
    const WeightPlan plan = placed(model, cudaMachine({1000}), oneSlot());
    for (size_t i = 0; i < 3; ++i) BOOST_TEST(plan.weights[i].device == kHost);
    BOOST_TEST(plan.weights[3].device == 0);
    BOOST_REQUIRE(plan.warnings.size() == 1U);
    BOOST_TEST(plan.warnings[0].text.find("there: 3, the first is blk.0.attn_norm.weight") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rope_factors_have_a_copy_in_every_buffer_that_holds_a_layer_using_them) {
    const std::vector<SmallTensor> tensors = {{"rope_freqs.weight", GgmlType::f32, {32}}};
    Settings settings = oneSlot();
    settings.tensor_split = {1, 1};
    const WeightPlan plan = placed(smallModel(kPlain, 5, tensors), cudaMachine({1, 1}), settings);
    BOOST_TEST(bytesOn(plan, 0) == 128U);
    BOOST_TEST(bytesOn(plan, 1) == 128U);
    // Of 4 offloaded, layers 2 and 3 are on the first device, 4 and the output on the second.
    settings.n_gpu_layers = 4;
    BOOST_TEST(placed(smallModel(kPlain, 5, tensors), cudaMachine({1, 1}), settings).weights.size() == 3U);
    settings.n_gpu_layers = 1;  // the output layer has no rope
    BOOST_TEST(placed(smallModel(kPlain, 5, tensors), cudaMachine({1, 1}), settings).weights.size() == 1U);
    Architecture even = kPlain;
    even.layer_uses_rope_factors = [](const Hparams &, uint32_t il) { return il == 0; };
    settings.n_gpu_layers = kGpuLayersAll;
    BOOST_TEST(placed(smallModel(even, 5, tensors), cudaMachine({1, 1}), settings).weights.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_first_pattern_that_matches_decides) {
    const Model model = smallModel(kPlain, 2,
                                   {{"blk.0.ffn_up_exps.weight", GgmlType::f16, {256, 64, 4}},
                                    {"blk.1.ffn_up_exps.weight", GgmlType::f16, {256, 64, 4}}});
    const Machine machine = cudaMachine({1000, 1000});
    WeightPlan plan = placed(model, machine, overriding({{"blk\\.1\\.", "CUDA1"}, {"exps", "CPU"}}));
    BOOST_TEST(plan.weights[0].device == kHost);
    BOOST_CHECK(plan.weights[0].host_buffer == HostBuffer::pinned);
    BOOST_TEST(plan.weights[1].device == 1);
    plan = placed(model, machine, overriding({{"exps", "CPU"}, {"blk\\.1\\.", "CUDA1"}}));
    BOOST_TEST(bytesOn(plan, kHost) == 2U * 256 * 64 * 4 * 2);
    BOOST_REQUIRE(plan.warnings.size() == 1U);
    BOOST_TEST(plan.warnings[0].text.find("blk\\.1\\.=CUDA1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pattern_reaches_the_copy_of_a_tied_output_under_its_own_name) {
    const Model model = smallModel(kPlain, 1, {{"token_embd.weight", GgmlType::f16, {256, 10}}});
    BOOST_TEST(placed(model, cudaMachine({1}), overriding({{"token_embd", "CPU"}})).weights.size() == 1U);
    BOOST_TEST(placed(model, cudaMachine({1}), overriding({{"^output", "CPU"}})).weights.size() == 2U);
}

BOOST_AUTO_TEST_CASE(unknown_buffers_and_broken_patterns_are_named) {
    const Model model = smallModel(kPlain, 1);
    const auto buffer = placeWeights(model, cudaMachine({1}), overriding({{"exps", "CUDA_Host"}}));
    BOOST_REQUIRE(!buffer.ok());
    BOOST_TEST(buffer.error().text().find("exps=CUDA_Host") != std::string::npos);
    BOOST_TEST(buffer.error().text().find("CPU, CUDA0") != std::string::npos);
    const auto pattern = placeWeights(model, cudaMachine({1}), overriding({{"blk.(", "CPU"}}));
    BOOST_REQUIRE(!pattern.ok());
    BOOST_CHECK(pattern.error().code == ErrorCode::usage);
    BOOST_TEST(pattern.error().text().find("blk.(") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_cpu_rearranges_matrices_so_a_tied_output_is_a_copy_there_too) {
    const Model model = smallModel(kPlain, 1, {{"token_embd.weight", GgmlType::q4_0, {256, 64}}});
    const WeightPlan plan = placed(model, Machine{}, oneSlot());
    BOOST_REQUIRE(plan.weights.size() == 2U);
    BOOST_CHECK(plan.weights[0].host_buffer == HostBuffer::cpu && plan.weights[1].host_buffer == HostBuffer::repack);
    Settings settings = oneSlot();
    settings.repack = false;
    BOOST_TEST(placed(model, Machine{}, settings).weights.size() == 1U);
    // The pinned memory of a GPU comes first in the CPU's list, and --no-host takes it out.
    settings = oneSlot();
    settings.n_gpu_layers = 0;
    BOOST_TEST(placed(model, cudaMachine({1}), settings).weights.size() == 1U);
    settings.no_host = true;
    BOOST_TEST(placed(model, cudaMachine({1}), settings).weights.size() == 2U);
    const Model odd = smallModel(kPlain, 1, {{"token_embd.weight", GgmlType::q4_0, {256, 63}}});
    BOOST_TEST(placed(odd, Machine{}, oneSlot()).weights.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_the_architecture_skips_takes_nothing) {
    Architecture skipping = kPlain;
    skipping.skips_tensor = [](const Hparams &, int32_t block, std::string_view, bool load_mtp) {
        return block == 1 && !load_mtp;
    };
    const Model model = smallModel(
        skipping, 2,
        {{"blk.0.attn_q.weight", GgmlType::f16, {256, 4}}, {"blk.1.attn_q.weight", GgmlType::f16, {256, 4}}});
    Settings settings = oneSlot();
    BOOST_TEST(placed(model, cudaMachine({1}), settings).skipped == std::vector<uint32_t>{1},
               boost::test_tools::per_element());
    settings.load_mtp = true;
    BOOST_TEST(placed(model, cudaMachine({1}), settings).weights.size() == 2U);
}

BOOST_AUTO_TEST_CASE(splitting_single_tensors_is_said_to_be_unsupported) {
    Settings settings = oneSlot();
    settings.split_mode = SplitMode::row;
    const WeightPlan plan = placed(smallModel(kPlain, 1), cudaMachine({1}), settings);
    BOOST_REQUIRE(plan.warnings.size() == 1U);
    BOOST_TEST(plan.warnings[0].text.find("-sm row") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(each_processor_rearranges_what_it_has_kernels_for) {
    using enum GgmlType;
    const auto repacks = [](CpuKind cpu, GgmlType type, uint64_t rows) {
        return cpuRepacks(cpu, WeightOp::mul_mat, type, {256, rows, 1, 1});
    };
    // ggml-cpu/repack.cpp, ggml_repack_get_optimal_repack_type.
    BOOST_TEST((repacks(CpuKind::x86, q4_K, 64) && repacks(CpuKind::apple, q4_K, 64)));
    BOOST_TEST((!repacks(CpuKind::x86, q6_K, 64) && repacks(CpuKind::apple, q6_K, 64)));
    BOOST_TEST((!repacks(CpuKind::x86, q8_0, 64) && repacks(CpuKind::apple, q8_0, 64)));
    BOOST_TEST((!repacks(CpuKind::x86, q4_0, 12) && repacks(CpuKind::apple, q4_0, 12)));
    BOOST_TEST((!repacks(CpuKind::x86, iq2_xs, 64) && !repacks(CpuKind::apple, iq2_xs, 64)));
}

BOOST_AUTO_TEST_SUITE_END()
