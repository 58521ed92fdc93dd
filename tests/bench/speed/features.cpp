// Prints what a token of each measured placement does, for the fit of the efficiencies: one line of JSON for each line
// "HEADER<tab>FILL<tab>MACHINE JSON<tab>ARGUMENT<tab>…" that it reads.
#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "gguf/read.h"
#include "placement/weights.h"
#include "settings/arguments.h"
#include "speed/speed.h"
#include "speed/work.h"

using namespace ggufit;
using Json = nlohmann::json;

namespace {

Json features(const Model & model, const Machine & machine, const Settings & settings, uint32_t fill) {
    const auto weights = placeWeights(model, machine, settings);
    if (!weights) return {{"error", weights.error().text()}};
    const auto cache = planCache(model, machine, settings, weights->layer_devices);
    if (!cache) return {{"error", cache.error().text()}};
    const auto decode = scheduledGraph(model, machine, settings, *weights, *cache, Phase::decode);
    if (!decode) return {{"error", decode.error().text()}};
    const TokenWork work = tokenWork(*decode, machine.devices.size(), cache->shape.n_seq_max, fill);

    std::map<std::string, std::array<double, 4>> sums;
    for (const Work & step : work.steps) {
        std::string op(opName(step.op));
        const std::string key = std::to_string(step.device) + "|" + std::to_string(static_cast<int>(step.kind)) + "|" +
                                std::string(traitsOf(step.type).name) + "|" + op + "|" + (step.fused ? "1" : "0") +
                                "|" + std::to_string(step.bytes);
        auto & sum = sums[key];
        sum[0] += 1;
        sum[1] += step.operations;
        sum[2] += step.weights;
    }
    Json json = Json::object();
    for (const auto & [key, sum] : sums) json["steps"][key] = {sum[0], sum[1], sum[2]};
    json["splits"] = work.splits;
    json["crossings"] = Json::array();
    for (const Crossing & c : work.crossings) json["crossings"].push_back({c.from, c.to, c.bytes});
    std::vector<uint64_t> held(machine.devices.size() + 1, 0);
    for (const PlacedWeight & w : weights->weights)
        held[w.device == kHost ? machine.devices.size() : static_cast<size_t>(w.device)] += w.bytes;
    for (const CacheTensor & t : cache->tensors)
        held[t.device == kHost ? machine.devices.size() : static_cast<size_t>(t.device)] += t.bytes;
    json["held"] = held;
    json["file_bytes"] = model.file.totalTensorBytes();
    const auto speed = estimateSpeed(model, machine, settings, fill);
    if (!speed) return {{"error", speed.error().text()}};
    json["decode"] = speed->decode_tokens_per_second;
    json["low"] = speed->decode_low;
    json["high"] = speed->decode_high;
    json["prompt"] = speed->prompt_tokens_per_second;
    json["bound_by"] = speed->bound_by;
    return json;
}

}  // namespace

int main() {
    std::map<std::string, Model> models;
    for (std::string line; std::getline(std::cin, line);) {
        std::vector<std::string> words;
        std::istringstream in(line);
        for (std::string word; std::getline(in, word, '\t');) words.push_back(word);
        if (words.size() < 3) continue;
        if (!models.contains(words[0])) {
            std::ifstream file(words[0], std::ios::binary);
            const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
            auto read = readHeader(bytes, 0, words[0]);
            if (!read) {
                std::cout << Json({{"error", read.error().text()}}).dump() << "\n";
                continue;
            }
            auto model = buildModel(std::move(*read));
            if (!model) {
                std::cout << Json({{"error", model.error().text()}}).dump() << "\n";
                continue;
            }
            models.emplace(words[0], std::move(*model));
        }
        const auto machine = parseMachine(words[2]);
        const auto arguments = parseArguments(std::vector<std::string>(words.begin() + 3, words.end()));
        if (!machine || !arguments) {
            std::cout << Json({{"error", !machine ? machine.error().text() : arguments.error().text()}}).dump() << "\n";
            continue;
        }
        std::cout << features(models.at(words[0]), *machine, arguments->settings,
                              static_cast<uint32_t>(std::stoul(words[1])))
                         .dump()
                  << "\n";
    }
}
