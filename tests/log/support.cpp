// Reads the logs of tests, wraps them as containers and terminals do.
#include "support.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "render/log_json.h"
#include "support/data.h"

namespace ggufit::test {

namespace fs = std::filesystem;

namespace {

std::string readFile(const fs::path & path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

std::string logText(const std::string & name) {
    const std::string text = readDataText("logs/" + name);
    BOOST_REQUIRE_MESSAGE(!text.empty(), name);
    return text;
}

nlohmann::json readLog(const std::string & text, uint32_t start) {
    return nlohmann::json::parse(writeJson(toJson(parseLog(text, start))));
}

std::string eachLine(const std::string & text,
                     const std::function<std::string(const std::string & line, size_t number)> & change) {
    std::istringstream in(text);
    std::string changed;
    size_t number = 0;
    for (std::string line; std::getline(in, line); ++number) changed += change(line, number);
    return changed;
}

std::vector<RealLog> realLogs() {
    const char * named = std::getenv("GGUFIT_REAL_LOGS");
    const fs::path folder = named != nullptr ? fs::path(named) : fs::path(GGUFIT_SOURCE_DIR) / "../shared/logs";
    std::ifstream list(folder / "real_logs.jsonl");
    std::vector<RealLog> logs;
    for (std::string line; std::getline(list, line);) {
        auto row = nlohmann::json::parse(line);
        const std::string name = row.at("raw");
        logs.push_back({name, readFile(folder / name), std::move(row)});
    }
    if (logs.empty()) BOOST_TEST_MESSAGE("no published logs in " << folder << ": nothing compared with them");
    return logs;
}

}  // namespace ggufit::test
