// The compute formula: what it claims of llama.cpp's own reservations, and how it moves with the settings.
#include "memory/compute.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "memory/estimate.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Estimate estimated(const std::string & model, const std::string & machine, const Settings & settings) {
    const auto estimate = estimateMemory(truthModel(model), truthMachine(machine), settings);
    BOOST_REQUIRE_MESSAGE(estimate.ok(), (estimate.ok() ? "" : estimate.error().text()));
    return *estimate;
}

Settings oneSlotOf(uint32_t n_ctx) {
    Settings settings;
    settings.n_ctx = n_ctx;
    settings.n_parallel = 1;
    settings.fit = false;
    return settings;
}

void checkNear(uint64_t got, double expected, double share) {
    BOOST_TEST(std::abs(static_cast<double>(got) - expected) <= share * expected, got << " against " << expected);
}

constexpr double kTokens = 512;
constexpr double kFloat = 4;

}  // namespace

BOOST_AUTO_TEST_SUITE(compute)

BOOST_AUTO_TEST_CASE(holds_for_most_of_what_llama_cpp_reserved) {
    std::vector<double> off;
    for (const TruthCase & truth : truthCases()) {
        if (truth.zoo || truth.fit_on || !truth.error.empty()) continue;
        const Estimate estimate = estimated(truth.model, truth.machine, truthSettings(truth));
        const auto add = [&](uint64_t got, uint64_t expected) {
            off.push_back(std::abs(static_cast<double>(got) / static_cast<double>(expected) - 1));
        };
        add(estimate.host.compute_bytes, truth.host[2]);
        for (const DeviceEstimate & device : estimate.devices) {
            const auto expected = truth.devices.find(device.name);
            if (expected != truth.devices.end() && expected->second[2] != 0) {
                add(device.compute_bytes, expected->second[2]);
            }
        }
    }
    std::sort(off.begin(), off.end());
    BOOST_REQUIRE(off.size() > 800U);
    BOOST_TEST(off[off.size() / 2] < 0.01);  // the median figure
    BOOST_TEST(off[off.size() * 85 / 100] < 0.10);
    BOOST_TEST(off[off.size() * 90 / 100] < 0.25);
}

BOOST_AUTO_TEST_CASE(a_dense_model_holds_up_gate_and_their_product) {
    // Llama 3.1 8B, n_ff 14,336, n_embd 4,096: three of the former, three of the latter, a mask of 8,192 cells as f16.
    const Estimate estimate = estimated("llama-3.1-8b-q4_k_m", "4090", oneSlotOf(8192));
    const double expected = kTokens * kFloat * (3 * 14336 + 3 * 4096) + kTokens * 8192 * 2;
    checkNear(estimate.devices[0].compute_bytes, expected, 0.001);
    checkNear(estimate.host.compute_bytes, kTokens * kFloat * 2 * 4096 + kTokens * 8192 * 2, 0.001);
}

BOOST_AUTO_TEST_CASE(without_flash_attention_every_cell_meets_every_token_in_every_head) {
    Settings settings = oneSlotOf(8192);
    settings.flash_attn = FlashAttention::off;
    const Estimate estimate = estimated("llama-3.1-8b-q4_k_m", "4090", settings);
    BOOST_TEST(static_cast<double>(estimate.devices[0].compute_bytes) > kTokens * kFloat * 8192 * 32);
}

BOOST_AUTO_TEST_CASE(logits_of_every_token_are_counted_where_every_token_has_them) {
    Settings settings = oneSlotOf(8192);
    settings.outputs = Outputs::all;
    const Estimate estimate = estimated("llama-3.1-8b-q4_k_m", "4090", settings);
    checkNear(estimate.devices[0].compute_bytes, kTokens * kFloat * (128256 + 4096), 0.001);
}

BOOST_AUTO_TEST_CASE(several_devices_that_hold_all_layers_keep_four_copies_of_their_inputs) {
    const Estimate one = estimated("llama-3.1-8b-q4_k_m", "4090", oneSlotOf(32768));
    const Estimate two = estimated("llama-3.1-8b-q4_k_m", "4090+5070ti", oneSlotOf(32768));
    const double mask = kTokens * 32768 * 2;
    BOOST_TEST(static_cast<double>(two.host.compute_bytes - one.host.compute_bytes) >= 3 * mask);
    BOOST_TEST(static_cast<double>(two.devices[0].compute_bytes - one.devices[0].compute_bytes) >= 3 * mask);

    Settings placed = oneSlotOf(32768);
    placed.override_tensors = {{"blk\\.0\\.", "CUDA0"}};  // llama.cpp then does without the pipeline
    const Estimate by_hand = estimated("llama-3.1-8b-q4_k_m", "4090+5070ti", placed);
    BOOST_TEST(by_hand.host.compute_bytes == one.host.compute_bytes);
}

BOOST_AUTO_TEST_CASE(a_device_computes_on_experts_in_system_memory_unless_that_is_switched_off) {
    Settings settings = oneSlotOf(8192);
    settings.override_tensors = {{"exps", "CPU"}};
    const Estimate offloaded = estimated("qwen3-30b-a3b-q4_k_m", "4090", settings);
    settings.op_offload = false;
    const Estimate on_host = estimated("qwen3-30b-a3b-q4_k_m", "4090", settings);
    // An expert tensor of Q6_K, 128 × 768 × 2,048 elements, is copied.
    const double down = 128.0 * 768 * 2048 * 210 / 256;
    BOOST_TEST(static_cast<double>(offloaded.devices[0].compute_bytes) > down);
    BOOST_TEST(static_cast<double>(on_host.devices[0].compute_bytes) < down);
    BOOST_TEST(on_host.host.compute_bytes > offloaded.host.compute_bytes);
}

BOOST_AUTO_TEST_CASE(a_quantized_cache_is_read_as_f16) {
    Settings settings = oneSlotOf(131072);
    const Estimate half = estimated("llama-3.1-8b-q4_k_m", "4090", settings);
    settings.type_k = settings.type_v = GgmlType::q8_0;
    const Estimate quantized = estimated("llama-3.1-8b-q4_k_m", "4090", settings);
    // K and V of one layer: 8 heads of 128, two bytes each.
    const uint64_t cache = 131072ULL * 8 * 128 * 2 * 2;
    BOOST_TEST(quantized.devices[0].compute_bytes > cache);
    BOOST_TEST(half.devices[0].compute_bytes < cache);
}

BOOST_AUTO_TEST_CASE(does_not_shrink_when_context_or_batch_grow) {
    for (const char * model : {"qwen3-next-80b-a3b-q4_k_m", "gemma-3-27b-q4_k_m", "mamba-2.8b-f16"}) {
        uint64_t last = 0;
        for (const uint32_t n_ctx : {4096U, 8192U, 65536U, 131072U}) {
            const uint64_t bytes = estimated(model, "4090", oneSlotOf(n_ctx)).devices[0].compute_bytes;
            BOOST_TEST(bytes >= last, model << " at " << n_ctx);
            last = bytes;
        }
        Settings wide = oneSlotOf(131072);
        wide.n_ubatch = 2048;
        BOOST_TEST(estimated(model, "4090", wide).devices[0].compute_bytes > last, model);
    }
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_used_reserves_nothing) {
    Settings settings = oneSlotOf(8192);
    settings.split_mode = SplitMode::none;
    const Estimate estimate = estimated("qwen3-0.6b-q8_0", "4090+5070ti", settings);
    BOOST_TEST(estimate.devices[0].compute_bytes > 0U);
    BOOST_TEST(estimate.devices[1].compute_bytes == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
