// `ggufit advise --log` as a user runs it: logs of tests fill the tables, and one configuration is picked.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/text.h"

using namespace ggufit::test;
using Json = nlohmann::json;

namespace {

Run advise(const std::vector<std::string> & logs, const std::vector<std::string> & more = {}) {
    std::vector<std::string> words = {"advise", sparseModel("glm-4.7-flash-q4_k_m", "glm.gguf"),
                                      "--gpu",  "RTX 4090",
                                      "--gpu",  "RTX 5070 Ti,reserved=3500MiB",
                                      "--ram",  "64GB"};
    for (const std::string & log : logs) words.insert(words.end(), {"--log", log});
    words.insert(words.end(), more.begin(), more.end());
    return ggufit::test::ggufit(words);
}

/// A start as a plan of --json foresees it, with the speed and the prompt that a user measured.
std::string logOf(const std::string & name, const Json & plan, double speed, int prompt_tokens) {
    std::string text =
        "llama_prepare_model_devices: using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 24040 MiB free\n"
        "llama_model_loader: loaded meta data with 41 key-value pairs and 658 tensors from /models/glm.gguf (version "
        "GGUF V3 (latest))\n";
    for (const Json & device : plan.at("devices")) {
        const double mib = device.at("model_bytes").get<double>() / (1024 * 1024);
        if (mib > 0)
            text += "load_tensors: " + device.at("name").get<std::string>() +
                    " model buffer size = " + std::to_string(mib) + " MiB\n";
    }
    text +=
        "llama_context: n_seq_max = 1\nllama_context: n_ctx = " + std::to_string(plan.at("n_ctx").get<int>()) +
        "\nllama_context: n_batch = 2048\nllama_context: n_ubatch = " +
        std::to_string(plan.at("settings").at("n_ubatch").get<int>()) +
        "\nllama_kv_cache:      CUDA0 KV buffer size =   640.00 MiB\n"
        "sched_reserve: graph splits = 2\nmain: server is listening on http://127.0.0.1:8080\n"
        "slot print_timing: id  0 | task 9 | prompt eval time =    1000.00 ms /  " +
        std::to_string(prompt_tokens) +
        " tokens (    1.00 ms per token,   1500.00 tokens per second)\n"
        "slot print_timing: id  0 | task 9 |        eval time =    2000.00 ms /   200 tokens (   10.00 ms per token,  "
        " " +
        std::to_string(speed) + " tokens per second)\n";
    return textFile(name, text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(advise_logs)

BOOST_AUTO_TEST_CASE(logs_fill_the_tables_and_the_criteria_pick_one) {
    const Json advice = Json::parse(advise({}, {"--json"}).out);
    BOOST_TEST(!advice.contains("decision"));
    const Json & suggestions = advice.at("suggestions");
    BOOST_REQUIRE(!suggestions.empty());
    const std::string plan = logOf("plan.log", advice.at("plan"), 100, 1500);
    const std::string other = logOf("other.log", suggestions[0].at("plan"), 110, 1500);
    const Json decided = Json::parse(advise({plan, other}, {"--json"}).out).at("decision");
    BOOST_TEST(decided.at("winner") == 0);
    BOOST_TEST(decided.at("starts").at(0).at("suggestion") == -1);
    BOOST_TEST(decided.at("starts").at(1).at("suggestion") == 0);
    const Run run = advise({plan, other});
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(holds(run.out, "**Status:** tested."));
    BOOST_TEST(holds(run.out, "| Speed (t/s) | 100\\.0 |"), run.out);
    BOOST_TEST(holds(run.out, "| Speed (t/s) | 110\\.0 |"));
    BOOST_TEST(holds(run.out, "| Graph splits (bs=1) | 2 |"));
    BOOST_TEST(holds(run.out, "1500\\.0 (1,500 tokens)"));
    BOOST_TEST(holds(run.out, "| 100\\.0 | 110\\.0 | +10.0 % |"));
    BOOST_TEST(holds(run.out, "## Decision"));
    std::string text = run.out;
    for (size_t at = text.find(scratch()); at != std::string::npos; at = text.find(scratch(), at))
        text.replace(at, scratch().size(), "/logs");
    BOOST_TEST(goldenDifference("advise/glm-4.7-flash-tested.md", text) == "");
}

BOOST_AUTO_TEST_CASE(a_start_that_ran_out_of_memory_takes_its_configuration_out) {
    const std::string oom = textFile("oom.log", readDataText("logs/out_of_memory.log"));
    const Json decided = Json::parse(advise({"plan=" + oom}, {"--json"}).out).at("decision");
    BOOST_TEST(decided.at("winner").is_null());
    BOOST_TEST(decided.at("starts").at(0).at("out_of_memory") == true);
    BOOST_TEST(decided.at("results").at(0).at("stability") == "failed");
    BOOST_TEST(holds(advise({"plan=" + oom}).out, "| OOM? | yes |"));
}

BOOST_AUTO_TEST_CASE(wrong_logs_are_said) {
    BOOST_TEST(advise({scratch() + "/none.log"}).exit_code == 3);
    BOOST_TEST(advise({textFile("empty.log", "hello\n")}).exit_code == 3);
    const Run run = advise({"optional-7=" + textFile("oom.log", readDataText("logs/out_of_memory.log"))});
    BOOST_TEST(run.exit_code == 2);
    BOOST_TEST(holds(run.err, "'optional-7' is none of plan, "), run.err);
}

BOOST_AUTO_TEST_SUITE_END()
