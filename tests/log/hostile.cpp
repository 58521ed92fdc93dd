// Logs that end anywhere, come in any pieces, hold anything: nothing fails, nothing grows without bound.
#include <boost/test/unit_test.hpp>
#include <random>

#include "log/check.h"
#include "log/read.h"
#include "render/check.h"
#include "support.h"
#include "support/data.h"

using namespace ggufit;
using namespace ggufit::test;

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_AUTO_TEST_CASE(every_prefix_of_a_log_is_read) {
    std::string text = logText("two_cards.log") + logText("out_of_memory.log");
    for (size_t n = 0; n < text.size(); n += kEveryNth) {
        const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(n));
        const Log log = parseLog({exact.data(), exact.size()});
        BOOST_TEST(log.n_starts <= 5U);
    }
}

BOOST_AUTO_TEST_CASE(pieces_of_any_size_give_the_same) {
    const std::string text = logText("two_cards.log");
    const auto whole = readLog(text);
    for (const size_t size : {1, 2, 7, 100, 4096}) {
        LogParser parser;
        for (size_t i = 0; i < text.size(); i += size) parser.feed(std::string_view(text).substr(i, size));
        const Log log = parser.finish();
        BOOST_TEST(log.measured.graph_splits == "179 (with bs=512), 111 (with bs=1)");
        BOOST_TEST(log.n_starts == whole.at("n_starts"));
        BOOST_TEST(log.breakdown.size() == 3U);
    }
}

BOOST_AUTO_TEST_CASE(garbage_between_and_within_lines_does_no_harm) {
    const std::string text = logText("two_cards.log") + logText("out_of_memory.log");
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string broken = text;
        for (int i = 0; i < 60; ++i) broken[random() % broken.size()] = static_cast<char>(random() % 256);
        BOOST_TEST(!readLog(broken).empty());
    }
    std::string noise(200'000, '\0');
    for (char & c : noise) c = static_cast<char>(random() % 256);
    BOOST_TEST(readLog(noise).at("start") == 0);
}

BOOST_AUTO_TEST_CASE(lists_and_lines_end_somewhere) {
    LogParser parser;
    const std::string line = "load_tensors: CPU_Mapped model buffer size = 1.00 MiB\n";
    for (int i = 0; i < 20'000; ++i) parser.feed(line);
    parser.feed("llama_context: " + std::string(5'000'000, 'x'));
    parser.feed("\nprint_info: arch = " + std::string(100'000, 'y') + "\n");
    const Log log = parser.finish();
    BOOST_TEST(log.measured.model_buffers.size() == kMostLogEntries);
    BOOST_TEST(factOf(log.hparams, "arch").size() <= kLongestLogLine);
}

BOOST_AUTO_TEST_CASE(sizes_that_no_machine_has_are_no_figures) {
    const std::string start = "build: 8200 (0123abcde)\nllama_model_loader: loaded meta data\n";
    const auto read = readLog(start +
                              "load_tensors:        CUDA0 model buffer size = 1994555555555555555555555 MiB\n"
                              "load_tensors:        CUDA1 model buffer size =  5303.91 MiB\n");
    const auto & buffers = read.at("measured").at("model_buffers_mib");
    BOOST_TEST_REQUIRE(buffers.size() == 1U, buffers.dump());
    BOOST_TEST(buffers.at("CUDA1") == 5303.91);
    // As text a figure becomes a whole number of hundredths: sanitizers see one that does not fit.
    for (const std::string digits :
         {"999999999999", "1000000000001", "9223372036854775807", "99999999999999999999999"}) {
        const std::string all = eachLine(logText("two_cards.log"), [&](const std::string & line, size_t) {
            const size_t mib = line.find(" MiB");
            const size_t first = mib == std::string::npos ? mib : line.find_last_not_of("0123456789.", mib - 1);
            return first == std::string::npos ? line : line.substr(0, first + 1) + digits + line.substr(mib);
        });
        const auto check = checkLog(parseLog(all), nullptr, {});
        BOOST_TEST_REQUIRE(check.ok());
        BOOST_TEST(!renderCheck(*check, {}).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_log_of_other_programs_is_no_start) {
    const auto read =
        readLog("Starting nginx: ok\n[ 12.34] usb 1-1: new device\n{\"log\":\"\n{\"log\":\"{\\\"log\\\":\n");
    BOOST_TEST(read.at("start") == 0);
    BOOST_TEST(read.at("n_starts") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
