// How the speed of a placement moves with what it depends on, and that it is a number on every machine.
#include "speed/speed.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "settings/arguments.h"
#include "support/data.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

Machine machineOf(const std::vector<std::string> & gpus, const std::string & ram = "64GB DDR4-3200 2ch") {
    Machine machine;
    for (const std::string & gpu : gpus) {
        const auto devices = parseGpu(gpu);
        BOOST_REQUIRE(devices.ok());
        machine.devices.insert(machine.devices.end(), devices->begin(), devices->end());
    }
    nameDevices(machine.devices);
    if (!ram.empty()) machine.host = parseRam(ram).value();
    return machine;
}

SpeedEstimate speedOf(const std::string & model, const Machine & machine, std::vector<std::string> words,
                      uint32_t fill = 0) {
    words.insert(words.begin(), {"-fit", "off", "-np", "1"});
    const auto speed = estimateSpeed(truthModel(model), machine, parseArguments(words).value().settings, fill);
    BOOST_REQUIRE_MESSAGE(speed.ok(), (speed.ok() ? "" : speed.error().text()));
    return *speed;
}

double decode(const std::string & model, const Machine & machine, const std::vector<std::string> & words,
              uint32_t fill = 0) {
    return speedOf(model, machine, words, fill).decode_tokens_per_second;
}

bool isSpeed(double speed) { return std::isfinite(speed) && speed > 0; }

void checkSane(const SpeedEstimate & speed) {
    BOOST_TEST(isSpeed(speed.decode_tokens_per_second));
    BOOST_TEST(isSpeed(speed.prompt_tokens_per_second));
    BOOST_TEST(isSpeed(speed.decode_low));
    BOOST_TEST(speed.decode_low < speed.decode_tokens_per_second);
    BOOST_TEST(speed.decode_tokens_per_second < speed.decode_high);
    BOOST_TEST(!speed.bound_by.empty());
    double seconds = 0;
    for (const SpeedPart & part : speed.parts) {
        BOOST_TEST(part.seconds > 0);
        seconds += part.seconds;
    }
    BOOST_TEST(std::abs(seconds * speed.decode_tokens_per_second - 1) < 1e-9);
}

const std::vector<std::string> kAll = {"-ngl", "99", "-c", "65536"};

}  // namespace

BOOST_AUTO_TEST_SUITE(speed)

BOOST_AUTO_TEST_CASE(a_card_behind_a_network_answers_later_than_one_beside) {
    const Machine beside = machineOf({"RTX 3090", "RTX 3090"});
    Machine remote = beside;
    remote.devices[0].backend = "RPC";
    remote.devices[0].name = "RPC0";
    remote.devices[0].link_gb_s = 1.15;
    const double near = decode("qwen3-14b-q4_k_m", beside, kAll), far = decode("qwen3-14b-q4_k_m", remote, kAll);
    // published: 3.6 to 7.9 ms a token
    BOOST_TEST(1 / far - 1 / near > 3.6e-3);
    BOOST_TEST(1 / far - 1 / near < 7.9e-3);
    Machine slow = remote;
    slow.devices[0].link_gb_s = 0.001;
    BOOST_TEST(decode("qwen3-14b-q4_k_m", slow, kAll) < far * 0.9);
    checkSane(speedOf("qwen3-14b-q4_k_m", slow, kAll));
}

BOOST_AUTO_TEST_CASE(a_filled_context_is_slower) {
    const Machine machine = machineOf({"RTX 4090"});
    for (const char * model : {"llama-3.1-8b-q4_k_m", "glm-4.7-flash-q4_k_m", "gemma-3-27b-q4_k_m"}) {
        double before = decode(model, machine, kAll);
        for (const uint32_t fill : {1000U, 8000U, 60000U}) {
            const double now = decode(model, machine, kAll, fill);
            BOOST_TEST(now < before);
            before = now;
        }
        BOOST_TEST(decode(model, machine, kAll, 65536) == decode(model, machine, kAll, UINT32_MAX));
    }
}

// Published of M1 Max with 24 and 32 cores: 32.1 and 38.4 tokens a second of an 8B in q4_K_M; 37.8 and 40.2 of a 7B in
// q8_0
BOOST_AUTO_TEST_CASE(fewer_cores_of_an_apple_gpu_unpack_fewer_weights) {
    const Machine few = machineOf({"Apple M1 Max (24-core GPU),vram=24GB"}, ""),
                  many = machineOf({"Apple M1 Max (32-core GPU),vram=24GB"}, "");
    const double quantized = decode("llama-3.1-8b-q4_k_m", few, kAll) / decode("llama-3.1-8b-q4_k_m", many, kAll);
    BOOST_TEST(quantized > 0.75);
    BOOST_TEST(quantized < 0.92);
    BOOST_TEST(decode("llama-3.2-1b-q8_0", few, kAll) > 0.95 * decode("llama-3.2-1b-q8_0", many, kAll));
    Machine unsaid = few;  // as a log names it
    unsaid.devices[0].architecture.clear();
    BOOST_TEST(decode("llama-3.1-8b-q4_k_m", unsaid, kAll) == decode("llama-3.1-8b-q4_k_m", many, kAll));
    for (const char * odd :
         {"M (GPU cores)", "M1 (0 GPU cores)", "M1 (GPU cores", "M99 (99999999999999999999 GPU cores)", " ("}) {
        unsaid.devices[0].architecture = odd;
        checkSane(speedOf("llama-3.1-8b-q4_k_m", unsaid, kAll));
    }
}

BOOST_AUTO_TEST_CASE(faster_memory_is_faster) {
    const std::vector<std::string> experts_in_ram = {"-ngl", "99", "-c", "8192", "-cmoe"};
    BOOST_TEST(decode("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "64GB DDR5-6000 2ch"), experts_in_ram) >
               1.15 * decode("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "64GB DDR4-2666 2ch"), experts_in_ram));
    BOOST_TEST(decode("llama-3.1-8b-q4_k_m", machineOf({"RTX 4090,bandwidth=1200"}), kAll) >
               decode("llama-3.1-8b-q4_k_m", machineOf({"RTX 4090"}), kAll));
}

BOOST_AUTO_TEST_CASE(four_sticks_of_ddr5_are_slower_and_said) {
    const std::vector<std::string> experts_in_ram = {"-ngl", "99", "-c", "8192", "-cmoe"};
    const auto two = speedOf("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "64GB DDR5-6000"), experts_in_ram);
    const auto four = speedOf("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "4x16GB DDR5-6000"), experts_in_ram);
    BOOST_TEST(four.decode_tokens_per_second < 0.9 * two.decode_tokens_per_second);
    BOOST_TEST(two.assumed.empty());
    BOOST_REQUIRE(four.assumed.size() == 1U);
    BOOST_TEST(four.assumed[0].find("two sticks of DDR5 a channel") != std::string::npos);
}

// Published: 9.57 tokens a second of q4_K_S with two threads of a 7950X, which has 16 cores
BOOST_AUTO_TEST_CASE(few_threads_are_slower_than_the_memory) {
    const Machine machine = machineOf({}, "64GB DDR5 dual channel");
    const double two = decode("llama-3.1-8b-q4_k_m", machine, {"-c", "4096", "-t", "2"});
    BOOST_TEST(two > 0.6 * 9.57);
    BOOST_TEST(two < 1.4 * 9.57);
    BOOST_TEST(decode("llama-3.1-8b-q4_k_m", machine, {"-c", "4096", "-t", "1"}) < 0.6 * two);
    const double many = decode("llama-3.1-8b-q4_k_m", machine, {"-c", "4096", "-t", "16"});
    BOOST_TEST(many > 1.2 * two);
    BOOST_TEST(decode("llama-3.1-8b-q4_k_m", machine, {"-c", "4096"}) == many);
}

BOOST_AUTO_TEST_CASE(memory_of_which_nothing_is_known_is_taken_as_usual_and_said) {
    const std::vector<std::string> experts_in_ram = {"-ngl", "99", "-c", "8192", "-cmoe"};
    const auto unknown = speedOf("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "64GB"), experts_in_ram);
    const auto at = [&](const char * ram) {
        return decode("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, ram), experts_in_ram);
    };
    BOOST_TEST(unknown.decode_tokens_per_second > at("64GB DDR4-3200 2ch"));
    BOOST_TEST(unknown.decode_tokens_per_second < at("64GB DDR5-5600 2ch"));
    BOOST_TEST(unknown.assumed.size() == 1U);
}

// Published of llama-bench -p 512 with all experts of gpt-oss-120b (61 GB) in RAM: 246 tokens a second over PCIe 5.0
// x16
BOOST_AUTO_TEST_CASE(a_prompt_waits_for_the_weights_that_are_copied_for_it) {
    const auto prompt = [](const char * gpu, const char * n_ubatch) {
        return speedOf("gpt-oss-120b-f16", machineOf({gpu}, "96GB"),
                       {"-ngl", "99", "-c", "8192", "-cmoe", "-b", "2048", "-ub", n_ubatch})
            .prompt_tokens_per_second;
    };
    BOOST_TEST(prompt("RTX 5090", "512") > 246 / 1.5);
    BOOST_TEST(prompt("RTX 5090", "512") < 246 * 1.5);
    BOOST_TEST(prompt("RTX 5090", "2048") > 1.5 * prompt("RTX 5090", "512"));
    BOOST_TEST(prompt("RTX 5090,pcie=3x4", "512") < 0.3 * prompt("RTX 5090", "512"));
}

BOOST_AUTO_TEST_CASE(a_model_larger_than_system_memory_waits_for_the_disk) {
    const std::vector<std::string> experts_in_ram = {"-ngl", "99", "-c", "8192", "-cmoe"};
    const auto paged = speedOf("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "16GB DDR4-3200 2ch"), experts_in_ram);
    BOOST_TEST(paged.bound_by.find("reading from disk") != std::string::npos);
    BOOST_TEST(paged.decode_tokens_per_second <
               0.4 * decode("qwen3-30b-a3b-q4_k_m", machineOf({"RTX 4090"}, "32GB DDR4-3200 2ch"), experts_in_ram));
}

BOOST_AUTO_TEST_CASE(experts_in_system_memory_are_slower_the_more_layers_of_them) {
    const Machine machine = machineOf({"RTX 4090"});
    double before = 1e9;
    for (const char * layers : {"0", "8", "24", "48"}) {
        const double now = decode("qwen3-30b-a3b-q4_k_m", machine, {"-ngl", "99", "-c", "8192", "-ncmoe", layers});
        BOOST_TEST(now < before);
        before = now;
    }
}

// 4.6 GB of weights at 1,008 GB/s take 4.6 ms: no model of it may be faster than its memory
BOOST_AUTO_TEST_CASE(no_card_is_faster_than_its_memory) {
    const double speed = decode("llama-3.1-8b-q4_k_m", machineOf({"RTX 4090"}), kAll);
    BOOST_TEST(speed < 1008e9 / 4.6e9);
    BOOST_TEST(speed > 0.4 * 1008e9 / 4.6e9);
}

BOOST_AUTO_TEST_CASE(a_second_card_does_not_add_speed) {
    BOOST_TEST(decode("llama-3.1-8b-q4_k_m", machineOf({"RTX 3090", "RTX 3090"}), kAll) <
               decode("llama-3.1-8b-q4_k_m", machineOf({"RTX 3090"}), kAll));
}

BOOST_AUTO_TEST_CASE(says_what_bounds_it) {
    const auto experts = speedOf("gpt-oss-120b-f16", machineOf({"RTX 4090"}), {"-ngl", "99", "-c", "8192", "-cmoe"});
    BOOST_TEST(experts.bound_by.ends_with(" % of the time is expert weights read from system memory"));
    BOOST_TEST(experts.parts.front().name == "expert weights read from system memory");
    const auto dense = speedOf("llama-3.3-70b-q4_k_m", machineOf({"A100 80GB"}), {"-ngl", "99", "-c", "8192"});
    BOOST_TEST(dense.bound_by.ends_with(" % of the time is weights read from CUDA0"));
}

BOOST_AUTO_TEST_CASE(a_calibration_scales_the_speed) {
    Machine machine = machineOf({"RTX 4090"});
    const SpeedEstimate before = speedOf("llama-3.1-8b-q4_k_m", machine, kAll);
    machine.calibration = {.decode = 0.8, .prompt = 1.5};
    const SpeedEstimate after = speedOf("llama-3.1-8b-q4_k_m", machine, kAll);
    BOOST_TEST(std::abs(after.decode_tokens_per_second / before.decode_tokens_per_second - 0.8) < 1e-9);
    BOOST_TEST(std::abs(after.prompt_tokens_per_second / before.prompt_tokens_per_second - 1.5) < 1e-9);
    checkSane(after);
    BOOST_TEST(before.bound_by.find("calibrated") == std::string::npos);
    BOOST_TEST(after.bound_by.ends_with("; calibrated by a measurement on this machine"));
    machine.calibration.decode = std::nan("");
    BOOST_TEST(speedOf("llama-3.1-8b-q4_k_m", machine, kAll).decode_tokens_per_second ==
               before.decode_tokens_per_second);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_said_and_widens_the_range) {
    const auto relative = [](const SpeedEstimate & speed) { return speed.decode_high / speed.decode_low; };
    const SpeedEstimate known = speedOf("llama-3.1-8b-q4_k_m", machineOf({"RTX 4090"}), kAll);
    const SpeedEstimate unknown = speedOf("llama-3.1-8b-q4_k_m", machineOf({"My card,vram=24GB"}), kAll);
    BOOST_TEST(known.assumed.empty());
    BOOST_TEST(unknown.assumed.size() == 2U);
    BOOST_TEST(relative(unknown) > 1.2 * relative(known));
}

BOOST_AUTO_TEST_CASE(every_header_has_a_speed_on_every_machine) {
    std::vector<Machine> machines = {machineOf({"RTX 4090"}),
                                     machineOf({"My card,vram=24GB"}, ""),
                                     machineOf({"My card,vram=24GB,backend=Vulkan", "RTX 3090"}, ""),
                                     machineOf({"RX 7900 XTX"}, "16GB"),
                                     machineOf({}, "8GB DDR3"),
                                     machineOf({}, "")};
    machines[1].devices[0].bandwidth_gb_s = std::nan("");
    const std::vector<std::string> words = {"-fit", "off", "-c", "4096", "-ngl", "7"};
    for (const std::string & name : allModels()) {
        const Model & model = truthModel(name);
        for (size_t i = 0; i < machines.size(); ++i) {
            BOOST_TEST_CONTEXT(name << " on machine " << i) {
                const Settings settings = parseArguments(words).value().settings;
                const auto speed = estimateSpeed(model, machines[i], settings, 1000);
                if (speed)
                    checkSane(*speed);
                else
                    BOOST_TEST((speed.error().code == ErrorCode::unsupported), speed.error().text());
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
