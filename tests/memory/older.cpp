// Builds from January to July 2026: weights, context, compute buffers, nodes and splits equal to those that llama.cpp
// of each build says, in cases where today's rules give others (tests/parity, stand-in devices).
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fit/fit.h"
#include "gguf/read.h"
#include "memory/estimate.h"
#include "settings/arguments.h"
#include "support/data.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using nlohmann::json;

/// NVFP4 scales are left out: builds of that time read them in few architectures.
Model withoutScales(const std::string & name) {
    auto file = readHeader(readHeaderBytes(name), fileBytesOf(name), name + ".gguf");
    BOOST_REQUIRE_MESSAGE(file.ok(), name);
    std::erase_if(file->tensors, [](const Tensor & tensor) { return tensor.name.ends_with(".scale"); });
    indexFile(*file);
    auto model = buildModel(std::move(*file));
    BOOST_REQUIRE_MESSAGE(model.ok(), name);
    return std::move(*model);
}

Settings settingsOf(const json & one) {
    std::vector<std::string> words;
    std::istringstream in(one.at("arguments").get<std::string>());
    for (std::string word; in >> word;) words.push_back(word);
    const auto version = parseLlamaVersion(one.at("llama_cpp").get<std::string>());
    BOOST_REQUIRE(version.ok());
    const auto parsed = parseArguments(std::span<const std::string>(words), defaultsOf(*version));
    BOOST_REQUIRE_MESSAGE(parsed.ok(), one.at("arguments"));
    return parsed->settings;
}

void compare(const std::string & name, const json & expected, const DeviceEstimate & got) {
    const std::vector<uint64_t> figures = {got.model_bytes, got.context_bytes, got.compute_bytes};
    BOOST_TEST_CONTEXT(name) BOOST_TEST(figures == expected.get<std::vector<uint64_t>>());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(older)

BOOST_AUTO_TEST_CASE(memory_and_graphs_are_those_of_the_build_that_is_asked_for) {
    const json cases = json::parse(readDataText("truth/older.json"));
    BOOST_REQUIRE(cases.size() > 100U);
    for (size_t i = 0; i < cases.size(); i += kEveryNth) {
        const json & one = cases[i];
        const std::string name = one.at("llama_cpp").get<std::string>() + " " + one.at("model").get<std::string>() +
                                 " " + one.at("arguments").get<std::string>();
        const Model model = withoutScales(one.at("model"));
        const auto machine = parseMachine(one.at("machine").dump());
        BOOST_REQUIRE_MESSAGE(machine.ok(), name);
        Settings settings = settingsOf(one);
        if (settings.fit) {
            const auto fit = fitMemory(model, *machine, settings);
            BOOST_REQUIRE_MESSAGE(fit.ok(), name);
            if (one.contains("fit")) {
                BOOST_TEST(fit->n_gpu_layers == one.at("fit").at("n_gpu_layers").get<int32_t>(), name);
                std::vector<std::string> rules;
                for (const TensorOverride & rule : fit->override_tensors)
                    rules.push_back(rule.pattern + "=" + rule.buffer);
                BOOST_TEST_CONTEXT(name)
                BOOST_TEST(rules == one.at("fit").at("override_tensors").get<std::vector<std::string>>());
            }
            settings = fit->settings;
        }
        const auto estimate = estimateMemory(model, *machine, settings);
        BOOST_REQUIRE_MESSAGE(estimate.ok(), name << ": " << (estimate.ok() ? "" : estimate.error().text()));
        BOOST_TEST(estimate->context.n_ctx == one.at("n_ctx").get<uint32_t>(), name);
        const GraphFigures & graph = estimate->graph;
        const std::vector<uint32_t> nodes = {graph.nodes_prompt, graph.nodes_decode};
        const std::vector<uint32_t> splits = {graph.splits_prompt, graph.splits_decode};
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(nodes == one.at("nodes").get<std::vector<uint32_t>>());
            BOOST_TEST(splits == one.at("splits").get<std::vector<uint32_t>>());
        }
        compare(name + " host", one.at("host"), estimate->host);
        for (const DeviceEstimate & device : estimate->devices)
            compare(name + " " + device.name, one.at("devices").at(device.name), device);
    }
}

BOOST_AUTO_TEST_CASE(a_build_that_is_older_than_an_architecture_is_warned_of) {
    const Model & model = truthModel("qwen3.5-35b-a3b-q4_k_m");  // qwen35moe came with b7990 of 2026-02-10
    const auto refuses = [&](const LlamaVersion & version) {
        Settings settings = defaultsOf(version);
        settings.n_ctx = 4096;
        const auto estimate = estimateMemory(model, truthMachine("4090"), settings);
        BOOST_REQUIRE(estimate.ok());
        return std::any_of(estimate->warnings.begin(), estimate->warnings.end(), [](const Warning & warning) {
            return warning.text.find("does not know the architecture qwen35moe") != std::string::npos &&
                   warning.remedy == "take a build after b7989";
        });
    };
    BOOST_TEST(refuses({.build = 7989}));
    BOOST_TEST(!refuses({.build = 7990}));
    BOOST_TEST(refuses({.day = 20260209}));
    BOOST_TEST(!refuses({.day = 20260210}));
    BOOST_TEST(!refuses({}));
}

BOOST_AUTO_TEST_SUITE_END()
