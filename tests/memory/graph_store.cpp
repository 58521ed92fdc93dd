// A store of graphs spares work and changes nothing: what llama.cpp reserved, placement after placement.
#include <boost/test/unit_test.hpp>

#include "memory/estimate.h"
#include "support/data.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// The cases of one model in a row, through one store.
void checkModel(const std::string & name, size_t & n_cases) {
    GraphStore graphs(truthModel(name));
    for (const TruthCase & truth : truthCases()) {
        if (truth.model != name || truth.zoo || truth.fit_on || !truth.error.empty()) continue;
        const Machine & machine = truthMachine(truth.machine);
        const auto estimate =
            estimateMemory(truthModel(name), machine, truthSettings(truth), Reserving::measured, &graphs);
        BOOST_REQUIRE_MESSAGE(estimate.ok(), truth.name());
        ++n_cases;
        for (const DeviceEstimate & device : estimate->devices) {
            const auto expected = truth.devices.find(device.name);
            if (expected != truth.devices.end()) {
                BOOST_TEST(device.compute_bytes == expected->second[2], truth.name() << " " << device.name);
            }
        }
        BOOST_TEST(estimate->host.compute_bytes == truth.host[2], truth.name());
        BOOST_TEST(estimate->graph.splits_prompt == truth.graph_splits[0], truth.name());
        BOOST_TEST(estimate->graph.splits_decode == truth.graph_splits[1], truth.name());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_store)

BOOST_AUTO_TEST_CASE(placements_through_one_store_get_the_figures_of_llama_cpp) {
    size_t n_cases = 0;
    for (const std::string & name : sampledModels()) checkModel(name, n_cases);
    BOOST_TEST(n_cases * kEveryNth > 300U);
}

BOOST_AUTO_TEST_SUITE_END()
