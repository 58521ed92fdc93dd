// Speeds that were measured on an RTX 4090 with an RTX 5070 Ti, 64 GB of DDR4, and their order.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "fit/fit.h"
#include "settings/arguments.h"
#include "speed/speed.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

double speedOf(const std::string & model, const std::vector<std::string> & words) {
    Machine machine = truthMachine("4090+5070ti");
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        const Device preset = parseGpu(i == 0 ? "RTX 4090" : "RTX 5070 Ti").value().front();
        machine.devices[i].description = preset.description;
        machine.devices[i].bandwidth_gb_s = preset.bandwidth_gb_s;
    }
    machine.devices[1].free_mib = 12800;
    machine.host = parseRam("64GB DDR4-3200 2ch").value();
    std::vector<std::string> all = {"-ctk", "q8_0", "-ctv", "q8_0", "-fa", "on", "-np", "1"};
    all.insert(all.end(), words.begin(), words.end());
    Settings settings = parseArguments(all).value().settings;
    if (settings.fit) settings = fitMemory(truthModel(model), machine, settings).value().settings;
    return estimateSpeed(truthModel(model), machine, settings, 0).value().decode_tokens_per_second;
}

const std::vector<std::string> kBench = {"-c", "10240", "-b", "512", "-ub", "512", "-ngl", "99", "-fit", "off"};

std::vector<std::string> bench(const std::vector<std::string> & more) {
    std::vector<std::string> all = kBench;
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(published)

BOOST_AUTO_TEST_CASE(measured_speeds_are_met_within_a_quarter_and_keep_their_order) {
    const double glm_q4 = speedOf("glm-4.7-flash-q4_k_m", bench({"-sm", "none"}));
    const double glm_q8_few_splits = speedOf("glm-4.7-flash-q8_0", bench({"-ts", "35,12"}));
    const double glm_q8_33_splits = speedOf(
        "glm-4.7-flash-q8_0", bench({"-ot", R"(blk\.([0-9]|[12][0-9]|3[0-4])\.=CUDA0,blk\.(3[5-9]|4[0-6])\.=CUDA1)"}));
    const double gpt_oss =
        speedOf("gpt-oss-120b-f16", bench({"-ot", R"(blk\.([0-9]|1[0-2])\.=CUDA0,blk\.(1[3-7])\.=CUDA1,exps=CPU)"}));
    const double qwen_next_fit = speedOf("qwen3-next-80b-a3b-q4_k_m", {"-c", "262144"});
    const double qwen_coder_fit = speedOf("qwen3-coder-next-q5_k_m", {"-c", "262144"});
    const double qwen_coder_22 = speedOf(
        "qwen3-coder-next-q5_k_m", {"-c", "262144", "-b", "2048", "-ub", "2048", "-ngl", "99", "-fit", "off", "-ot",
                                    R"(blk\.([0-9]|1[0-4])\.=CUDA0,blk\.(1[5-9]|2[0-1])\.=CUDA1,exps=CPU)"});
    const double qwen_coder_28 = speedOf(
        "qwen3-coder-next-q5_k_m", bench({"-ot", R"(blk\.([0-9]|1[0-8])\.=CUDA0,blk\.(19|2[0-7])\.=CUDA1,exps=CPU)"}));

    const auto check = [](const char * what, double predicted, double measured) {
        BOOST_TEST(predicted > 0.75 * measured, what << ": " << predicted << " for " << measured);
        BOOST_TEST(predicted < 1.25 * measured, what << ": " << predicted << " for " << measured);
    };
    check("GLM Q4 on the 4090", glm_q4, 143);
    check("GLM Q8 with few splits", glm_q8_few_splits, 112);
    check("GLM Q8 with 33 splits", glm_q8_33_splits, 105);
    check("gpt-oss-120B, 18 of 36 layers", gpt_oss, 22);
    check("Qwen3-Next by --fit", qwen_next_fit, 32.9);
    check("Qwen3-Coder-Next by --fit", qwen_coder_fit, 33);
    check("Qwen3-Coder-Next, 22 of 48 layers", qwen_coder_22, 25.8);
    check("Qwen3-Coder-Next, 28 of 48 layers", qwen_coder_28, 30);

    BOOST_TEST(glm_q4 > glm_q8_few_splits);
    BOOST_TEST(glm_q8_few_splits > glm_q8_33_splits);
    BOOST_TEST(glm_q8_33_splits > qwen_next_fit);
    BOOST_TEST(qwen_next_fit > qwen_coder_28);
    BOOST_TEST(qwen_coder_28 > qwen_coder_22);
    BOOST_TEST(qwen_coder_fit > qwen_coder_22);
    BOOST_TEST(qwen_coder_22 > gpt_oss);
}

BOOST_AUTO_TEST_SUITE_END()
