// Reads the cases that llama.cpp was measured on, with their models, machines and settings.
#include "support/truth.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gguf/read.h"
#include "settings/arguments.h"
#include "support/data.h"

namespace ggufit::test {

namespace {

using nlohmann::json;

Figures figures(const json & values) { return {values.at(0), values.at(1), values.at(2)}; }

TruthCase readCase(const json & line) {
    TruthCase truth;
    truth.model = line.at("model");
    truth.setting = line.at("setting");
    truth.machine = line.at("machine");
    truth.arguments = line.at("args");
    truth.outputs = line.at("outputs") == "all" ? Outputs::all : Outputs::server;
    truth.error = line.value("error", "");
    if (!truth.error.empty()) return truth;
    truth.n_ctx = line.at("n_ctx");
    truth.host = figures(line.at("host"));
    truth.graph_nodes = line.value("graph_nodes", std::array<uint32_t, 2>{});
    truth.graph_splits = line.value("graph_splits", std::array<uint32_t, 2>{});
    for (const auto & [device, values] : line.at("devices").items()) truth.devices[device] = figures(values);
    truth.fit_on = line.contains("fit");
    if (!truth.fit_on) return truth;
    const json & fit = line.at("fit");
    truth.fit.n_ctx = fit.value("n_ctx", 0U);
    truth.fit.n_gpu_layers = fit.value("n_gpu_layers", 0);
    truth.fit.tensor_split = fit.value("tensor_split", std::vector<uint32_t>{});
    truth.fit.override_tensors = fit.value("override_tensors", std::vector<std::string>{});
    return truth;
}

std::vector<TruthCase> readCases() {
    std::vector<TruthCase> cases;
    for (const char * name : {"cases.jsonl", "zoo_cases.jsonl"}) {
        std::ifstream in(std::string(GGUFIT_TEST_HEADERS "/") + name);
        for (std::string line; std::getline(in, line);) {
            cases.push_back(readCase(json::parse(line)));
            cases.back().zoo = std::string_view(name) == "zoo_cases.jsonl";
        }
    }
    BOOST_REQUIRE(!cases.empty());
    return cases;
}

}  // namespace

const std::vector<TruthCase> & truthCases() {
    static const std::vector<TruthCase> cases = readCases();
    return cases;
}

const Machine & truthMachine(const std::string & name) {
    static std::map<std::string, Machine> known;
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    const auto machine = parseMachine(json::parse(readDataText("truth/machines.json")).at(name).dump());
    BOOST_REQUIRE(machine.ok());
    return known[name] = *machine;
}

const Model & truthModel(const std::string & name) {
    static std::map<std::string, Model> known;
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    auto file = readHeader(readHeaderBytes(name), fileBytesOf(name), name + ".gguf");
    BOOST_REQUIRE_MESSAGE(file.ok(), name);
    auto model = buildModel(std::move(*file));
    BOOST_REQUIRE_MESSAGE(model.ok(), name << ": " << (model.ok() ? "" : model.error().text()));
    return known[name] = std::move(*model);
}

Settings truthSettings(const TruthCase & truth) {
    std::vector<std::string> words;
    std::istringstream in(truth.arguments);
    for (std::string word; in >> word;) words.push_back(word);
    const auto parsed = parseArguments(std::span<const std::string>(words));
    BOOST_REQUIRE_MESSAGE(parsed.ok(), truth.name());
    Settings settings = parsed->settings;
    settings.outputs = truth.outputs;
    return settings;
}

}  // namespace ggufit::test
