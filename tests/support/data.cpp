// Reads test data from tests/data and the headers that CMake unpacked from there.
#include "support/data.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace ggufit::test {

namespace {

std::vector<uint8_t> readFile(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const nlohmann::ordered_json & sizes() {
    static const nlohmann::ordered_json all = [] {
        auto models = nlohmann::ordered_json::parse(readDataText("truth/models.json"));
        models.update(nlohmann::ordered_json::parse(readDataText("truth/zoo.json")));
        return models;
    }();
    return all;
}

}  // namespace

std::vector<uint8_t> readData(const std::string & path) { return readFile(std::string(GGUFIT_TEST_DATA "/") + path); }

std::string readDataText(const std::string & path) {
    const auto bytes = readData(path);
    return {bytes.begin(), bytes.end()};
}

std::vector<uint8_t> readHeaderBytes(const std::string & model) {
    return readFile(std::string(GGUFIT_TEST_HEADERS "/") + model + ".gguf.head");
}

uint64_t fileBytesOf(const std::string & model) { return sizes().value(model + ".gguf", uint64_t{0}); }

std::vector<std::string> allModels() {
    std::vector<std::string> names;
    for (const auto & [file, bytes] : sizes().items()) names.push_back(file.substr(0, file.size() - 5));
    return names;
}

std::vector<std::string> sampledModels() {
    const std::vector<std::string> all = allModels();
    std::vector<std::string> names;
    for (size_t i = 0; i < all.size(); i += kEveryNth) names.push_back(all[i]);
    return names;
}

}  // namespace ggufit::test
