// What a compute buffer is made of at its peak: sums that add up, names and remedies that people can use.
#include "memory/compute_peak.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "memory/estimate.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const ComputePeak & peakOf(const ComputeExplanation & explanation, const std::string & device) {
    const auto found = std::find_if(explanation.peaks.begin(), explanation.peaks.end(),
                                    [&](const ComputePeak & peak) { return peak.device == device; });
    BOOST_REQUIRE_MESSAGE(found != explanation.peaks.end(), device << " has no peak");
    return *found;
}

const ComputeLever * leverOf(const ComputeExplanation & explanation, const std::string & argument) {
    const auto found = std::find_if(explanation.levers.begin(), explanation.levers.end(),
                                    [&](const ComputeLever & lever) { return lever.argument == argument; });
    return found == explanation.levers.end() ? nullptr : &*found;
}

Settings shortContext() {
    Settings settings;
    settings.fit = false;
    settings.n_ctx = 8192;
    settings.n_parallel = 1;
    return settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compute_peak)

BOOST_AUTO_TEST_CASE(logits_of_a_whole_batch_are_named_and_a_smaller_batch_is_offered) {
    Settings settings = shortContext();
    settings.outputs = Outputs::all;
    const auto explained = explainCompute(truthModel("llama-3.1-8b-q4_k_m"), truthMachine("4090"), settings);
    BOOST_REQUIRE(explained.ok());
    const ComputePeak & peak = peakOf(*explained, "CUDA0");
    BOOST_REQUIRE(!peak.alive.empty());
    BOOST_TEST(peak.alive[0].name == "result_output");
    BOOST_TEST(peak.alive[0].meaning == "512 tokens × 128,256 logits");
    BOOST_TEST(peak.alive[0].bytes == 512U * 128256U * 4U);
    const ComputeLever * lever = leverOf(*explained, "-ub 256");
    BOOST_REQUIRE(lever != nullptr);
    BOOST_TEST(lever->saved_bytes.at(0) >= 256 * 128256 * 4);
}

BOOST_AUTO_TEST_CASE(attention_scores_are_what_flash_attention_would_save) {
    Settings settings = shortContext();
    settings.flash_attn = FlashAttention::off;
    const auto explained = explainCompute(truthModel("llama-3.1-8b-q4_k_m"), truthMachine("4090"), settings);
    BOOST_REQUIRE(explained.ok());
    const AliveTensor & largest = peakOf(*explained, "CUDA0").alive.at(0);
    BOOST_TEST(largest.meaning == "512 tokens × 8,192 cells × 32 heads");
    BOOST_TEST(largest.bytes == 512U * 8192U * 32U * 4U);
    const ComputeLever * lever = leverOf(*explained, "-fa on");
    BOOST_REQUIRE(lever != nullptr);
    BOOST_TEST(lever->saved_bytes.at(0) >= 512 * 8192 * 32 * 4 - 512 * 14336 * 4 * 3);  // the feed-forward stays
    BOOST_TEST(leverOf(*explained, "-c 4096") != nullptr);
}

BOOST_AUTO_TEST_CASE(experts_in_system_memory_show_as_weights_copied_to_the_gpu) {
    Settings settings = shortContext();
    settings.override_tensors.push_back({"exps", "CPU"});
    const auto explained = explainCompute(truthModel("qwen3-30b-a3b-q4_k_m"), truthMachine("4090"), settings);
    BOOST_REQUIRE(explained.ok());
    const ComputePeak & peak = peakOf(*explained, "CUDA0");
    BOOST_TEST(std::any_of(peak.alive.begin(), peak.alive.end(), [](const AliveTensor & tensor) {
        return tensor.name.find("exps.weight (copy)") != std::string::npos &&
               tensor.meaning == "weights copied here for a large batch";
    }));
}

BOOST_AUTO_TEST_CASE(every_peak_adds_up_to_the_buffer_of_the_estimate) {
    size_t n_compared = 0;
    for (const TruthCase & truth : truthCases()) {
        if (truth.zoo || truth.fit_on || !truth.error.empty()) continue;
        if (n_compared++ % 8 != 0) continue;
        const Model & model = truthModel(truth.model);
        const Machine & machine = truthMachine(truth.machine);
        const auto explained = explainCompute(model, machine, truthSettings(truth));
        BOOST_REQUIRE_MESSAGE(explained.ok(), truth.name());
        for (const ComputePeak & peak : explained->peaks) {
            uint64_t sum = peak.others_bytes + peak.gaps_bytes;
            for (const AliveTensor & tensor : peak.alive) sum += tensor.bytes;
            BOOST_TEST_CONTEXT(truth.name() << " " << peak.device) {
                BOOST_TEST(sum == peak.bytes);
                const auto expected = peak.device == "host" ? truth.host : truth.devices.at(peak.device);
                BOOST_TEST(peak.bytes == expected[2]);
            }
        }
    }
    BOOST_TEST(n_compared == 393U);
}

BOOST_AUTO_TEST_SUITE_END()
