// Weights, context, compute buffers, nodes and splits of every measured case: all equal to llama.cpp's, to the byte.
#include "support/truth.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "memory/estimate.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// The tiny DeepSeek 3.2 and GLM-DSA have an indexer of one head of 64. The stand-in device that they were measured
/// with runs it fused; a CUDA card takes heads of 128 alone (lightning-indexer.cu), and so do we: their graphs differ.
bool standsIn(const TruthCase & truth) { return truth.model == "deepseek32-moe" || truth.model == "glm-dsa-moe"; }

/// What is equal of their figures all the same: that must not become less.
struct StandInTally {
    size_t n_compute = 0, n_splits = 0, n_cases = 0;
};
StandInTally stand_ins;

void compare(const TruthCase & truth, const std::string & device, const Figures & expected,
             const DeviceEstimate & got) {
    BOOST_CHECK_MESSAGE(got.model_bytes == expected[0], truth.name() << " model " << device << ": llama.cpp "
                                                                     << expected[0] << ", ours " << got.model_bytes);
    BOOST_CHECK_MESSAGE(got.context_bytes == expected[1], truth.name()
                                                              << " context " << device << ": llama.cpp " << expected[1]
                                                              << ", ours " << got.context_bytes);
    if (standsIn(truth)) {
        stand_ins.n_compute += got.compute_bytes == expected[2] ? 1U : 0U;
        return;
    }
    BOOST_CHECK_MESSAGE(got.compute_bytes == expected[2], truth.name()
                                                              << " compute " << device << ": llama.cpp " << expected[2]
                                                              << ", ours " << got.compute_bytes);
}

/// The settings that --fit arrived at, as llama.cpp says them.
Settings fittedSettings(const TruthCase & truth) {
    Settings settings = truthSettings(truth);
    settings.fit = false;
    settings.n_ctx = truth.fit.n_ctx;
    settings.n_gpu_layers = truth.fit.n_gpu_layers;
    settings.tensor_split.assign(truth.fit.tensor_split.begin(), truth.fit.tensor_split.end());
    for (const std::string & rule : truth.fit.override_tensors) {
        const size_t equals = rule.rfind('=');
        settings.override_tensors.push_back({rule.substr(0, equals), rule.substr(equals + 1)});
    }
    return settings;
}

void compareCase(const TruthCase & truth, const Settings & settings) {
    const auto estimate = estimateMemory(truthModel(truth.model), truthMachine(truth.machine), settings);
    BOOST_REQUIRE_MESSAGE(estimate.ok(), truth.name() << ": " << (estimate.ok() ? "" : estimate.error().text()));
    BOOST_CHECK_MESSAGE(estimate->context.n_ctx == truth.n_ctx, truth.name() << " n_ctx");
    compare(truth, "host", truth.host, estimate->host);
    const GraphFigures & graph = estimate->graph;
    if (standsIn(truth)) {
        stand_ins.n_cases++;
        stand_ins.n_splits +=
            graph.splits_prompt == truth.graph_splits[0] && graph.splits_decode == truth.graph_splits[1];
    } else {
        BOOST_TEST(!estimate->approximate, truth.name() << ": " << estimate->approximate_because);
        BOOST_TEST(graph.nodes_prompt == truth.graph_nodes[0], truth.name());
        BOOST_TEST(graph.nodes_decode == truth.graph_nodes[1], truth.name());
        BOOST_TEST(graph.splits_prompt == truth.graph_splits[0], truth.name());
        BOOST_TEST(graph.splits_decode == truth.graph_splits[1], truth.name());
    }
    for (const DeviceEstimate & device : estimate->devices) {
        const auto expected = truth.devices.find(device.name);
        compare(truth, device.name, expected == truth.devices.end() ? Figures{} : expected->second, device);
    }
}

/// Compares all cases without --fit, of the real models or of the zoo.
size_t compareAll(bool zoo) {
    size_t n_compared = 0;
    for (const TruthCase & truth : truthCases()) {
        if (truth.zoo != zoo || truth.fit_on || !truth.error.empty()) continue;
        compareCase(truth, truthSettings(truth));
        ++n_compared;
    }
    return n_compared;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truth)

BOOST_AUTO_TEST_CASE(the_memory_of_real_models_is_llama_cpps) { BOOST_TEST(compareAll(false) == 393U); }

// Of the two whose indexer the measuring device ran, 28 of 32 compute buffers and the splits of 2 of 16 cases differ.
BOOST_AUTO_TEST_CASE(the_memory_of_every_architecture_is_llama_cpps) {
    stand_ins = {};
    BOOST_TEST(compareAll(true) == 767U);
    BOOST_TEST(stand_ins.n_cases == 16U);
    BOOST_TEST(stand_ins.n_compute >= 4U);
    BOOST_TEST(stand_ins.n_splits >= 14U);
}

BOOST_AUTO_TEST_CASE(what_fit_chose_takes_what_llama_cpp_says) {
    size_t n_compared = 0;
    for (const TruthCase & truth : truthCases()) {
        if (!truth.fit_on) continue;
        compareCase(truth, fittedSettings(truth));
        ++n_compared;
    }
    BOOST_TEST(n_compared == 120U);
}

BOOST_AUTO_TEST_CASE(refuses_what_llama_cpp_refuses) {
    for (const TruthCase & truth : truthCases()) {
        if (truth.error.empty()) continue;
        const auto estimate =
            estimateMemory(truthModel(truth.model), truthMachine(truth.machine), truthSettings(truth));
        BOOST_REQUIRE_MESSAGE(!estimate.ok(), truth.name());
        BOOST_TEST(estimate.error().detail.find("flash attention") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
