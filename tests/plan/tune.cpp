// Placements by hand: they keep the margins, move nothing but experts, and read less from slow memory.
#include "plan/tune.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "placement/weights.h"
#include "plan/choose.h"
#include "plan/token_reads.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Machine fastAndSlow() {
    Machine machine;
    machine.devices = {gpu("CUDA0", 23580, 1008), gpu("CUDA1", 11800, 360)};
    machine.host.total_mib = 128 * 1024;
    machine.host.memory = "DDR5-6000 2ch";
    return machine;
}

Machine threeCards() {
    Machine machine;
    machine.devices = {gpu("CUDA0", 23580, 1008), gpu("CUDA1", 23580, 936), gpu("CUDA2", 15300, 896)};
    machine.host.total_mib = 512 * 1024;
    return machine;
}

Settings wrapped(uint32_t n_ctx) {
    Settings settings = wrapperDefaults();
    settings.n_ctx = n_ctx;
    markGiven(settings);
    return settings;
}

struct Found {
    Placement plan;
    std::optional<Tuned> tuned;
};

Found tuneOver(const Model & model, const Machine & machine, const Settings & settings) {
    auto choice = choose(model, machine, settings, Explain::no);
    BOOST_REQUIRE(choice.ok());
    auto tuned = tunePlacement(model, machine, settings, choice->placement);
    BOOST_REQUIRE(tuned.ok());
    return {std::move(choice->placement), std::move(*tuned)};
}

uint64_t hostReads(const Model & model, const Machine & machine, const Placement & placement) {
    const auto reads = tokenReads(model, machine, placement.placed);
    BOOST_REQUIRE(reads.ok());
    return reads->host_bytes;
}

/// Everything but routed experts lies on the device of its layer, where that is a device.
void movesExpertsOnly(const Model & model, const Machine & machine, const Settings & settings,
                      const std::string & name) {
    const auto weights = placeWeights(model, machine, settings);
    BOOST_REQUIRE(weights.ok());
    BOOST_TEST(weights->warnings.empty(), name);  // a pattern that matches nothing
    for (const PlacedWeight & weight : weights->weights) {
        const TensorRole & role = model.roles[weight.tensor];
        if (role.block < 0 || role.expert) continue;
        const int32_t layer = weights->layer_devices[static_cast<size_t>(role.block)];
        BOOST_TEST(weight.device == layer, name << " " << model.file.tensors[weight.tensor].name);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tune)

BOOST_AUTO_TEST_CASE(a_token_reads_every_byte_of_a_dense_model_once_but_the_embeddings) {
    const Model & model = truthModel("llama-3.1-8b-q4_k_m");
    Settings settings = wrapped(8192);
    settings.fit = false;
    const auto placement = measure(model, fastAndSlow(), settings, Strategy::given);
    BOOST_REQUIRE(placement.ok());
    uint64_t expected = 0;
    for (const DeviceEstimate & device : placement->estimate.devices) {
        expected += device.model_bytes + device.context_bytes;
    }
    const auto reads = tokenReads(model, fastAndSlow(), settings);
    BOOST_REQUIRE(reads.ok());
    BOOST_TEST(std::accumulate(reads->device_bytes.begin(), reads->device_bytes.end(), uint64_t{0}) == expected);
    BOOST_TEST(reads->host_bytes == 0U);
}

BOOST_AUTO_TEST_CASE(of_experts_a_token_reads_those_that_are_used) {
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");  // 8 of 128
    Settings settings = wrapped(8192);
    settings.fit = false;
    settings.override_tensors = {{"ffn_.*_exps", "CPU"}};
    uint64_t experts = 0;
    for (size_t i = 0; i < model.roles.size(); ++i) {
        if (model.roles[i].expert) experts += model.file.tensors[i].n_bytes;
    }
    const auto reads = tokenReads(model, fastAndSlow(), settings);
    BOOST_REQUIRE(reads.ok());
    const auto expected = static_cast<double>(experts) * 8 / 128;
    BOOST_TEST(static_cast<double>(reads->host_bytes) == expected, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(what_is_tuned_keeps_every_margin_and_moves_experts_only) {
    size_t n_found = 0;
    for (const char * name : {"deepseek-v3.1-q4_k_m", "glm-4.5-air-q4_k_m", "gpt-oss-120b-f16", "llama-3.3-70b-q4_k_m",
                              "qwen3-next-80b-a3b-q4_k_m", "qwen3-32b-iq4_xs", "gemma-3-27b-q4_k_m",
                              "nemotron-3-nano-30b-a3b-q4_k_m", "qwen3-30b-a3b-q4_k_m"}) {
        const Model & model = truthModel(name);
        for (const Machine & machine : {seedMachine(), fastAndSlow(), threeCards()}) {
            const Settings settings = wrapped(32768);
            const Found found = tuneOver(model, machine, settings);
            if (!found.tuned) continue;
            ++n_found;
            const Placement & placement = found.tuned->placement;
            for (size_t i = 0; i < machine.devices.size(); ++i) {
                if (!placement.used[i]) continue;
                const auto margin = static_cast<int64_t>(marginBytes(settings, i));
                BOOST_TEST(placement.headroom_bytes[i] >= margin, name << " CUDA" << i);
            }
            BOOST_TEST(placement.host_headroom_bytes >= 0, name);
            BOOST_TEST(!placement.placed.fit, name);
            movesExpertsOnly(model, machine, placement.placed, name);
        }
    }
    BOOST_TEST(n_found > 15U);
}

BOOST_AUTO_TEST_CASE(more_experts_than_fit_keeps_come_to_the_gpus) {
    const Model & model = truthModel("glm-4.5-air-q4_k_m");
    const Machine machine = seedMachine();
    const Found found = tuneOver(model, machine, wrapped(131072));
    BOOST_REQUIRE(found.tuned.has_value());
    BOOST_TEST(found.tuned->gain > 0);
    BOOST_TEST(hostReads(model, machine, found.tuned->placement) < hostReads(model, machine, found.plan));
}

BOOST_AUTO_TEST_CASE(the_fast_card_gets_the_layers_that_it_has_room_for) {
    // --fit splits by free memory, 2 to 1; a token then waits for a card that reads a third as fast.
    const Model & model = truthModel("qwen3-32b-iq4_xs");
    Machine machine;
    machine.devices = {gpu("CUDA0", 20000, 1008), gpu("CUDA1", 11800, 360)};
    const Found found = tuneOver(model, machine, wrapped(32768));
    BOOST_REQUIRE(found.tuned.has_value());
    BOOST_REQUIRE(allOnDevices(found.plan));
    const auto layersOn = [](const Placement & placement, int32_t device) {
        return std::count_if(placement.estimate.layers.begin(), placement.estimate.layers.end(),
                             [&](const LayerPlacement & layer) { return layer.device == device; });
    };
    BOOST_TEST(layersOn(found.tuned->placement, 0) > layersOn(found.plan, 0));
    BOOST_TEST(layersOn(found.tuned->placement, 0) + layersOn(found.tuned->placement, 1) == 64);
    BOOST_TEST(found.tuned->gain >= kLeastGain);
}

BOOST_AUTO_TEST_CASE(where_layers_are_not_what_is_split_nothing_is_tuned) {
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");
    const Settings settings = wrapped(32768);
    auto choice = choose(model, seedMachine(), settings, Explain::no);
    BOOST_REQUIRE(choice.ok());
    Settings rows = settings;
    rows.split_mode = SplitMode::row;
    Settings none = settings;
    none.devices = {"none"};
    for (const Settings & other : {rows, none}) {
        const auto tuned = tunePlacement(model, seedMachine(), other, choice->placement);
        BOOST_REQUIRE(tuned.ok());
        BOOST_TEST(!tuned->has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
