// What a start reserves beside what --fit measures: one graph, but operations set by hand to a device stay there.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>
#include <string>

#include "memory/compute_peak.h"
#include "memory/estimate.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// Lines "S …" of a graph that llama.cpp reserved for a context of its own: the splits that its log then prints.
uint32_t splitsOf(const std::string & graph) {
    std::ifstream in(std::string(GGUFIT_TEST_GRAPHS) + "/models/" + graph);
    BOOST_REQUIRE_MESSAGE(in.good(), graph);
    uint32_t n = 0;
    for (std::string line; std::getline(in, line);) n += line.starts_with("S ") ? 1 : 0;
    return n;
}

const TruthCase & caseOf(const std::string & name) {
    for (const TruthCase & truth : truthCases()) {
        if (truth.name() == name) return truth;
    }
    throw std::runtime_error("no case " + name);
}

Estimate estimateOf(const TruthCase & truth, Reserving reserving) {
    auto estimate =
        estimateMemory(truthModel(truth.model), truthMachine(truth.machine), truthSettings(truth), reserving);
    BOOST_REQUIRE(estimate.ok());
    return std::move(*estimate);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reserving)

BOOST_AUTO_TEST_CASE(a_start_hands_one_tensor_less_to_each_further_card) {
    // Measured, the first norm of the second card runs on the first: it crosses beside the layer's input. A start keeps
    // it where it was set, and one tensor of n_embd × n_ubatch floats crosses, in the four copies of a pipeline.
    const TruthCase & truth = caseOf("llama-3.1-8b-q4_k_m/two-32k");
    const Estimate measured = estimateOf(truth, Reserving::measured);
    const Estimate started = estimateOf(truth, Reserving::started);
    BOOST_REQUIRE(measured.graph.pipeline);
    BOOST_TEST(measured.devices[1].compute_bytes == truth.devices.at("CUDA1")[2]);
    BOOST_TEST(measured.devices[1].compute_bytes - started.devices[1].compute_bytes == 4096U * 512U * 4U * 4U);
    BOOST_TEST(measured.devices[0].compute_bytes == started.devices[0].compute_bytes);
}

BOOST_AUTO_TEST_CASE(a_start_prints_the_splits_of_the_graph_that_llama_cpp_reserved) {
    const TruthCase & truth = caseOf("gpt-oss-120b-f16/two-ot-32k");
    const uint32_t printed = splitsOf("gpt-oss-120b-f16.two-ot-32k.prompt.graph");
    BOOST_TEST(printed != truth.graph_splits[0]);  // those of --fit
    BOOST_TEST(estimateOf(truth, Reserving::started).graph.splits_prompt == printed);
    BOOST_TEST(estimateOf(truth, Reserving::measured).graph.splits_prompt == truth.graph_splits[0]);
}

BOOST_AUTO_TEST_CASE(on_one_card_both_are_the_same) {
    size_t n_compared = 0;
    for (const TruthCase & truth : truthCases()) {
        const bool one = truthMachine(truth.machine).devices.size() == 1;
        if (!one || truth.zoo || truth.fit_on || !truth.error.empty() || n_compared++ % 8 != 0) continue;
        const Estimate measured = estimateOf(truth, Reserving::measured);
        const Estimate started = estimateOf(truth, Reserving::started);
        BOOST_TEST(measured.devices[0].compute_bytes == started.devices[0].compute_bytes, truth.name());
        BOOST_TEST(measured.host.compute_bytes == started.host.compute_bytes, truth.name());
        BOOST_TEST(measured.graph.splits_prompt == started.graph.splits_prompt, truth.name());
    }
    BOOST_TEST(n_compared > 100U);
}

BOOST_AUTO_TEST_CASE(a_start_grows_a_buffer_to_what_decoding_needs) {
    // llama.cpp's own figures. Layers in system memory run on the card for a batch of 32, but on the processor for the
    // 16 tokens of 16 slots, whose graph then needs more of system memory than that of the prompt.
    Settings settings;
    settings.n_gpu_layers = 5;
    settings.n_ctx = 1024;
    settings.n_ubatch = 32;
    settings.n_parallel = 16;
    const Model & model = truthModel("qwen3-30b-a3b-q4_k_m");
    const Machine machine = truthMachine("4090");
    const auto measured = estimateMemory(model, machine, settings, Reserving::measured);
    const auto started = estimateMemory(model, machine, settings, Reserving::started);
    BOOST_REQUIRE((measured.ok() && started.ok()));
    BOOST_TEST(measured->host.compute_bytes == 541'504U);
    BOOST_TEST(started->host.compute_bytes == 2'646'464U);
    BOOST_TEST(started->devices[0].compute_bytes == 171'180'928U);
    BOOST_TEST(measured->devices[0].compute_bytes == 171'180'928U);

    // What the buffer is made of is then that of decoding, and adds up to it.
    const auto explained = explainCompute(model, machine, settings, Reserving::started);
    BOOST_REQUIRE(explained.ok());
    const ComputePeak & host = explained->peaks.back();
    BOOST_TEST(host.device == "host");
    uint64_t sum = host.others_bytes + host.gaps_bytes;
    for (const AliveTensor & tensor : host.alive) sum += tensor.bytes;
    BOOST_TEST(sum == started->host.compute_bytes);
}

BOOST_AUTO_TEST_SUITE_END()
