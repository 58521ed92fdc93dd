// Published startup logs of many builds and backends: every figure that is known to stand in them is found.
#include <boost/test/unit_test.hpp>
#include <map>

#include "support.h"

using namespace ggufit::test;
using nlohmann::json;

namespace {

struct Score {
    size_t found = 0, all = 0;
};

std::string collapsed(const std::string & text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' || !out.ends_with(' ')) out += c;
    }
    return out;
}

bool equal(const json & read, const json & expected) {
    if (read.is_string() && expected.is_string())
        return collapsed(read.get<std::string>()) == collapsed(expected.get<std::string>());
    return read == expected;
}

/// Every number and text of `expected` at its place in `read`.
void score(const json & read, const json & expected, const std::string & where, Score & sum) {
    if (expected.is_object()) {
        for (const auto & [key, value] : expected.items())
            score(read.is_object() ? read.value(key, json("missing")) : json(), value, where + "." + key, sum);
        return;
    }
    if (expected.is_array()) {
        for (size_t i = 0; i < expected.size(); ++i)
            score(read.is_array() && i < read.size() ? read[i] : json(), expected[i], where + "." + std::to_string(i),
                  sum);
        return;
    }
    ++sum.all;
    if (equal(read, expected)) {
        ++sum.found;
    } else {
        BOOST_TEST_MESSAGE(where << ": " << expected.dump() << " was read as " << read.dump());
    }
}

/// Settings that a log's `args` were known from elsewhere for, and that no line of it prints.
bool isPrinted(const std::string & key, const json & value, const RealLog & log) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    return key != "args" && log.text.find(key) != std::string::npos && log.text.find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(real)

BOOST_AUTO_TEST_CASE(at_least_98_percent_of_all_measured_figures_of_published_logs_are_found) {
    Score sum;
    const auto logs = realLogs();
    for (const RealLog & log : logs) {
        const json read = readLog(log.text);
        score(read.at("measured"), log.expected.at("measured"), log.name, sum);
    }
    BOOST_TEST_MESSAGE(sum.found << " of " << sum.all << " figures found");
    if (logs.empty()) return;
    BOOST_TEST(sum.all > 600U);
    BOOST_TEST(static_cast<double>(sum.found) >= 0.98 * static_cast<double>(sum.all));
}

BOOST_AUTO_TEST_CASE(settings_and_hyperparameters_of_published_logs_are_read_as_printed) {
    Score settings, hparams;
    for (const RealLog & log : realLogs()) {
        const json read = readLog(log.text);
        for (const auto & [key, value] : log.expected.at("settings").items()) {
            if (isPrinted(key, value, log))
                score(read.at("settings").value(key, json()), value, log.name + "." + key, settings);
        }
        json wanted = log.expected.at("hparams");
        const json types = wanted.value("types", json::object());
        wanted.erase("types");
        score(read.at("model").at("hparams"), wanted, log.name, hparams);
        score(read.at("model").value("types", json::object()), types, log.name + ".types", hparams);
    }
    BOOST_TEST_MESSAGE(settings.found << " of " << settings.all << " settings, " << hparams.found << " of "
                                      << hparams.all << " hyperparameters");
    BOOST_TEST(settings.found == settings.all);
    BOOST_TEST(hparams.found == hparams.all);
}

BOOST_AUTO_TEST_CASE(published_logs_one_after_the_other_are_so_many_starts) {
    std::string all;
    uint32_t n_starts = 0;
    std::map<uint32_t, json> alone;
    for (const RealLog & log : realLogs()) {
        const json read = readLog(log.text);
        if (read.at("start") == 0 || read.at("devices").empty()) continue;  // an excerpt without its beginning
        alone[++n_starts] = read.at("measured");
        all += log.text;
    }
    for (const auto & [start, measured] : alone) {
        const json read = readLog(all, start);
        BOOST_TEST(read.at("n_starts") == n_starts);
        BOOST_TEST(read.at("measured") == measured, "start " << start);
    }
}

BOOST_AUTO_TEST_SUITE_END()
