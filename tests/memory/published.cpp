// Figures that were published from runs on real cards.
#include <boost/test/unit_test.hpp>
#include <span>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "memory/estimate.h"
#include "settings/arguments.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// Splits, as a start prints them, of GLM-4.7-Flash Q8_0 on an RTX 4090 with an RTX 5070 Ti, layers placed by -ot, with
/// so much free on the second.
uint32_t glmSplits(const std::string & override_tensors, uint64_t free_mib) {
    Machine machine = truthMachine("4090+5070ti");
    machine.devices[1].free_mib = free_mib;
    const std::vector<std::string> words = {"-c",   "10240", "-ctk",  "q8_0", "-ctv", "q8_0",
                                            "-b",   "512",   "-ub",   "512",  "-fa",  "on",
                                            "-ngl", "99",    "--fit", "off",  "-ot",  override_tensors};
    const auto parsed = parseArguments(std::span<const std::string>(words));
    BOOST_REQUIRE(parsed.ok());
    Settings settings = parsed->settings;
    settings.outputs = Outputs::all;
    const auto estimate = estimateMemory(truthModel("glm-4.7-flash-q8_0"), machine, settings, Reserving::started);
    BOOST_REQUIRE(estimate.ok());
    // One figure was published: llama.cpp prints one where prompt and decode have as many (llama-context.cpp).
    BOOST_TEST(estimate->graph.splits_prompt == estimate->graph.splits_decode);
    return estimate->graph.splits_decode;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(published)

// -ot moves weights; the cache follows the free memory of the cards, and a layer whose cache lies on the other card
// than its weights costs splits. So the free memory decides at which layer the cache changes card: of 48 places (47
// layers and the output) the first card holds those with place / 48 < 24,090 / (24,090 + free). From 12,046 to 13,210
// MiB free that is 32 layers; with less the cache changes card a layer later and both figures are 10 lower, with more a
// layer earlier and both are 10 higher.
BOOST_AUTO_TEST_CASE(published_splits_of_glm_4_7_flash) {
    const std::string split_at_35 = R"(blk\.([0-9]|[12][0-9]|3[0-4])\.=CUDA0,blk\.(3[5-9]|4[0-6])\.=CUDA1)";
    const std::string split_at_37 = R"(blk\.([0-9]|[12][0-9]|3[0-6])\.=CUDA0,blk\.(3[7-9]|4[0-6])\.=CUDA1)";
    for (const uint64_t free_mib : {12800U, 13200U}) {
        BOOST_TEST_CONTEXT(free_mib << " MiB free") {
            BOOST_TEST(glmSplits(split_at_35, free_mib) == 33U);
            BOOST_TEST(glmSplits(split_at_37, free_mib) == 53U);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
