// Totals by device and the parts that they are made of.
#include "memory/estimate.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "placement/small_model.h"
#include "support/data.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

void checkParts(const DeviceEstimate & device, const std::string & name) {
    uint64_t sum = 0, weights = 0;
    for (const Part & part : device.parts) {
        BOOST_TEST(part.bytes > 0U, name);
        sum += part.bytes;
        if (part.name != "cache" && part.name != "compute") weights += part.bytes;
    }
    BOOST_TEST(sum == device.total_bytes(), name << " " << device.name);
    BOOST_TEST(weights == device.model_bytes, name << " " << device.name);
}

std::vector<Settings> manySettings() {
    std::vector<Settings> all;
    for (const int32_t n_gpu_layers : {0, 1, 7, kGpuLayersAll}) {
        Settings settings = oneSlot();
        settings.n_gpu_layers = n_gpu_layers;
        settings.n_ctx = 4096;
        all.push_back(settings);
        settings.kv_offload = false;
        settings.override_tensors = {{"blk\\.0\\.ffn", "CUDA1"}, {"exps", "CPU"}};
        all.push_back(settings);
        settings.n_parallel = -1;
        settings.no_host = true;
        settings.split_mode = SplitMode::none;
        settings.main_gpu = 1;
        all.push_back(settings);
    }
    return all;
}

/// Each tensor is placed once and maybe copied, or skipped.
void checkPlacement(const Model & model, const Machine & machine, const Settings & settings, const std::string & name) {
    const auto plan = placeWeights(model, machine, settings);
    BOOST_REQUIRE(plan.ok());
    std::vector<int> times(model.file.tensors.size(), 0);
    for (const PlacedWeight & weight : plan->weights) {
        times[weight.tensor] += weight.duplicate ? 0 : 1;
        BOOST_TEST(weight.bytes >= model.file.tensors[weight.tensor].n_bytes, name);
    }
    for (const uint32_t tensor : plan->skipped) times[tensor] += 1;
    for (size_t i = 0; i < times.size(); ++i) BOOST_TEST(times[i] == 1, name << " " << model.file.tensors[i].name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(estimate)

BOOST_AUTO_TEST_CASE(parts_sum_to_the_totals_for_every_model_and_many_settings) {
    const Machine & two = truthMachine("4090+5070ti");
    for (const std::string & name : sampledModels()) {
        for (const Settings & settings : manySettings()) {
            const auto memory = estimateMemory(truthModel(name), two, settings);
            BOOST_REQUIRE_MESSAGE(memory.ok(), name << ": " << (memory.ok() ? "" : memory.error().text()));
            BOOST_TEST(memory->devices.size() == 2U);
            for (const DeviceEstimate & device : memory->devices) checkParts(device, name);
            checkParts(memory->host, name);
            uint64_t cache = 0, total = memory->host.context_bytes;
            for (const LayerPlacement & layer : memory->layers) cache += layer.cache_bytes;
            for (const DeviceEstimate & device : memory->devices) total += device.context_bytes;
            BOOST_TEST(cache == total, name);
            BOOST_TEST(memory->layers.size() == truthModel(name).hparams.n_layer_all);
            checkPlacement(truthModel(name), two, settings, name);
        }
    }
}

BOOST_AUTO_TEST_CASE(layers_say_what_they_take_and_where_their_experts_are) {
    const Architecture plain = {.name = "plain"};
    const Model model = smallModel(plain, 2,
                                   {{"blk.0.attn_q.weight", GgmlType::f16, {256, 256}},
                                    {"blk.1.attn_q.weight", GgmlType::f16, {256, 256}},
                                    {"blk.1.ffn_up_exps.weight", GgmlType::f16, {256, 64, 8}}});
    Settings settings = oneSlot();
    settings.n_ctx = 256;
    settings.override_tensors = {{"exps", "CPU"}};
    const auto memory = estimateMemory(model, cudaMachine({1000}), settings);
    BOOST_REQUIRE(memory.ok());
    BOOST_REQUIRE(memory->layers.size() == 2U);
    const LayerPlacement & dense = memory->layers[0];
    BOOST_TEST((dense.device == 0 && dense.expert_device == 0 && dense.expert_bytes == 0U));
    BOOST_TEST(dense.weight_bytes == 256U * 256 * 2);
    BOOST_TEST(dense.cache_bytes == 2U * 128 * 2 * 256);
    const LayerPlacement & experts = memory->layers[1];
    BOOST_TEST((experts.device == 0 && experts.expert_device == kHost));
    BOOST_TEST(experts.expert_bytes == 256U * 64 * 8 * 2);
    BOOST_TEST(experts.weight_bytes == 256U * 256 * 2 + 256U * 64 * 8 * 2);
    BOOST_TEST(memory->output_device == 0);
}

BOOST_AUTO_TEST_CASE(what_is_approximate_is_said) {
    const Architecture plain = {.name = "plain"};
    Machine machine = cudaMachine({1000});
    machine.devices[0].backend = "Vulkan";
    const auto memory = estimateMemory(smallModel(plain, 1), machine, oneSlot());
    BOOST_REQUIRE(memory.ok());
    BOOST_TEST(memory->approximate);
    BOOST_TEST(memory->approximate_because.find("compute") != std::string::npos);
    BOOST_TEST(memory->approximate_because.find("and CUDA0: its driver is taken to align") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(proportions_for_cards_that_are_not_there_are_pointed_out) {
    const Machine & machine = truthMachine("4090+5070ti");
    Settings settings = oneSlot();
    const auto warnings = [&] {
        const auto estimate = estimateMemory(truthModel("llama-3.1-8b-q4_k_m"), machine, settings);
        BOOST_REQUIRE(estimate.ok());
        return estimate->warnings;
    };
    settings.tensor_split = {3, 1};
    BOOST_TEST(warnings().empty());
    settings.tensor_split = {3, 1, 1};
    BOOST_REQUIRE(warnings().size() == 1U);
    BOOST_TEST(warnings()[0].text.find("3 proportions for 2 devices") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_draft_that_needs_its_target_is_refused) {
    const Architecture draft = {.name = "draft", .needs_other_model = "it shares the embeddings of its target"};
    Model model = smallModel(draft, 1);
    model.needs_other_model = true;
    const auto memory = estimateMemory(model, cudaMachine({1000}), oneSlot());
    BOOST_REQUIRE(!memory.ok());
    BOOST_CHECK(memory.error().code == ErrorCode::unsupported);
    BOOST_TEST(memory.error().detail.find("embeddings of its target") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(absurd_hyperparameters_saturate_instead_of_wrapping) {
    const Architecture plain = {.name = "plain"};
    Model model = smallModel(plain, kMaxLayers);
    model.hparams.n_embd_head_k_full = model.hparams.n_embd_head_v_full = 0xFFFFFFFF;
    model.hparams.n_head_kv_arr.fill(0xFFFFFFFF);
    Settings settings = oneSlot();
    settings.n_ctx = 0x7FFF0000;
    const auto memory = estimateMemory(model, cudaMachine({1000}), settings);
    BOOST_REQUIRE(memory.ok());
    BOOST_TEST(memory->devices[0].context_bytes == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(a_start_that_llama_cpp_aborts_is_a_warning) {
    // llama.cpp's own run of these: "-np 8" ends in ggml_hash_find_or_insert, "-np 1" reserves 1,646 nodes. Without
    // flash attention (K and V of different types), eight caches and their rotations, phi-4 has 2,058 tensors in a
    // graph; the scheduler's set for its 243 weights holds 2,053.
    const Model & model = truthModel("phi-4-q4_k_m");
    Settings settings = oneSlot();
    settings.n_ctx = 8192;
    settings.type_k = GgmlType::q4_1;
    settings.type_v = GgmlType::q4_0;
    const auto warningsOf = [&](int32_t n_parallel) {
        settings.n_parallel = n_parallel;
        const auto estimate = estimateMemory(model, truthMachine("4090+5070ti"), settings);
        BOOST_REQUIRE(estimate.ok());
        BOOST_TEST(!estimate->approximate);
        return estimate->warnings;
    };
    BOOST_TEST(warningsOf(1).empty());
    const auto warnings = warningsOf(8);
    BOOST_REQUIRE(warnings.size() == 1U);
    BOOST_TEST(warnings[0].text == "llama.cpp aborts when it starts: a graph of 2058 tensors, with room for 2053");
}

BOOST_AUTO_TEST_CASE(a_tensor_placed_where_nothing_can_use_it_is_a_warning) {
    // llama.cpp: "pre-allocated tensor (token_embd.weight) in a buffer (CUDA0) that cannot run the operation (NONE)".
    Settings settings = oneSlot();
    settings.n_ctx = 4096;
    settings.split_mode = SplitMode::none;
    settings.main_gpu = 1;
    settings.override_tensors = {{"token_embd", "CUDA0"}};
    const auto estimate = estimateMemory(truthModel("llama-3.1-8b-q4_k_m"), truthMachine("4090+5070ti"), settings);
    BOOST_REQUIRE(estimate.ok());
    BOOST_TEST(estimate->approximate);
    BOOST_REQUIRE(estimate->warnings.size() == 1U);
    BOOST_TEST(
        estimate->warnings[0].whole() ==
        "llama.cpp aborts when it starts: an operation of its graph runs on no device that holds its memory; take "
        "out the -ot that puts a tensor there");
    BOOST_TEST((Warning{"A sentence.", "Do this."}.whole()) == "A sentence. Do this.");
}

BOOST_AUTO_TEST_SUITE_END()
