// The scheduled graphs of tests/data/truth, node by node against those that llama.cpp itself reserves.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "placement/cache.h"
#include "placement/weights.h"
#include "sched/reserve.h"
#include "support/data.h"
#include "support/graph_text.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

namespace fs = std::filesystem;

/// A stored graph, FOLDER/MODEL.SETTING.PHASE.graph.
struct StoredGraph {
    fs::path file;
    std::string model_setting;  // "llama-3.1-8b-q4_k_m.full-8k": both parts may hold dots
    Phase phase = Phase::prompt;
};

std::vector<StoredGraph> storedGraphs(const std::string & folder) {
    std::vector<StoredGraph> graphs;
    for (const auto & entry : fs::directory_iterator(fs::path(GGUFIT_TEST_GRAPHS) / folder)) {
        const fs::path name = entry.path().stem();
        BOOST_REQUIRE_MESSAGE(name.extension() == ".prompt" || name.extension() == ".decode", entry.path());
        graphs.push_back(
            {entry.path(), name.stem().string(), name.extension() == ".prompt" ? Phase::prompt : Phase::decode});
    }
    std::sort(graphs.begin(), graphs.end(), [](const auto & a, const auto & b) { return a.file < b.file; });
    return graphs;
}

std::string textOf(const fs::path & file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const TruthCase & caseOf(const StoredGraph & graph) {
    const auto & cases = truthCases();
    const auto found = std::find_if(cases.begin(), cases.end(), [&](const TruthCase & truth) {
        return truth.model + "." + truth.setting == graph.model_setting && truth.outputs == Outputs::server;
    });
    BOOST_REQUIRE_MESSAGE(found != cases.end(), graph.file << " belongs to no case");
    return *found;
}

/// The text that `ggufit graph` prints for a case, or why there is none.
std::string ourText(const TruthCase & truth, Phase phase) {
    const Model & model = truthModel(truth.model);
    const Machine & machine = truthMachine(truth.machine);
    const Settings settings = truthSettings(truth);
    const auto weights = placeWeights(model, machine, settings);
    if (!weights) return weights.error().text();
    const auto cache = planCache(model, machine, settings, weights->layer_devices);
    if (!cache) return cache.error().text();
    const auto scheduled = scheduledGraph(model, machine, settings, *weights, *cache, phase);
    return scheduled ? graphText(*scheduled, machine) : scheduled.error().text();
}

/// Compares the stored graphs of a folder whose setting starts with these words, every kEveryNth of them; returns how
/// many there are.
size_t compareGraphs(const std::string & folder, std::string_view setting) {
    size_t n_stored = 0;
    for (const StoredGraph & graph : storedGraphs(folder)) {
        const TruthCase & truth = caseOf(graph);
        if (!truth.setting.starts_with(setting)) continue;
        if (n_stored++ % kEveryNth != 0) continue;
        const std::string difference = firstDifference(textOf(graph.file), ourText(truth, graph.phase));
        BOOST_CHECK_MESSAGE(difference.empty(), graph.file.filename().string() << ": " << difference);
    }
    return n_stored;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truth)

// All graphs that were measured but six, those of two tiny models whose indexer has a shape that no CUDA kernel takes:
// the measuring device ran it all the same. Those of every architecture are with flash attention and without.
BOOST_AUTO_TEST_CASE(graphs_of_every_family_are_llama_cpps) { BOOST_TEST(compareGraphs("zoo", "full-8k") == 306U); }

BOOST_AUTO_TEST_CASE(graphs_of_real_models_on_one_gpu_are_llama_cpps) {
    BOOST_TEST(compareGraphs("models", "full-8k") == 53U);
}

BOOST_AUTO_TEST_CASE(graphs_of_models_half_in_system_memory_are_llama_cpps) {
    BOOST_TEST(compareGraphs("models", "half-") == 5U);
}

BOOST_AUTO_TEST_CASE(graphs_with_experts_in_system_memory_are_llama_cpps) {
    BOOST_TEST(compareGraphs("models", "cmoe-") == 22U);
}

BOOST_AUTO_TEST_CASE(graphs_split_over_two_gpus_are_llama_cpps) {
    BOOST_TEST(compareGraphs("models", "two-32k") == 5U);
}

BOOST_AUTO_TEST_CASE(graphs_with_tensors_placed_by_pattern_are_llama_cpps) {
    BOOST_TEST(compareGraphs("models", "two-ot-") == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
