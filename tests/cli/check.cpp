// `ggufit check` as a user runs it: files, pipes, JSON, exit codes, what it keeps.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run.h"
#include "support/data.h"
#include "support/golden.h"

using namespace ggufit::test;
using Json = nlohmann::json;

namespace {

std::string logFile(const std::string & name) { return textFile(name, readDataText("logs/" + name)); }

Run check(std::vector<std::string> words) {
    words.insert(words.begin(), "check");
    return ggufit::test::ggufit(words);
}

/// A start of Qwen3 14B, Q4_K_M, whole on one card with 4,096 tokens.
std::string startOfQwen() {
    return "llama_prepare_model_devices: using device CUDA0 (NVIDIA GeForce RTX 3090) (0000:01:00.0) - 23871 MiB free\n"
           "load_tensors: offloaded 41/41 layers to GPU\n"
           "llama_context: n_seq_max = 1\nllama_context: n_ctx = 4096\nllama_context: n_batch = 2048\n"
           "llama_context: n_ubatch = 512\nllama_context: kv_unified = false\nllama_context: n_outputs_max = 1\n"
           "llama_kv_cache:      CUDA0 KV buffer size =   640.00 MiB\n"
           "llama_kv_cache: size =  640.00 MiB (  4096 cells,  40 layers,  1/1 seqs), K (f16):  320.00 MiB, V (f16):  "
           "320.00 MiB\n"
           "sched_reserve: graph splits = 2\n"
           "slot print_timing: id  0 | task 9 |        eval time =    4000.00 ms /   200 tokens (   20.00 ms per "
           "token, "
           "   50.00 tokens per second)\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_command)

BOOST_AUTO_TEST_CASE(reports_are_pinned) {
    Run run = check({logFile("two_cards.log")});
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(goldenDifference("check/two_cards.txt", run.out) == "");
    run = check({logFile("out_of_memory.log")});
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(goldenDifference("check/out_of_memory.txt", run.out) == "");
}

BOOST_AUTO_TEST_CASE(json_has_the_printed_figures_under_measured_settings_and_speed) {
    const Run run = check({logFile("two_cards.log"), "--json"});
    const Json read = Json::parse(run.out);
    BOOST_TEST(read.at("measured").at("kv_buffers_mib").at("CUDA0") == Json({160.0, 600.0}));
    BOOST_TEST(read.at("measured").at("graph_splits") == "179 (with bs=512), 111 (with bs=1)");
    BOOST_TEST(read.at("measured").at("oom").is_null());
    BOOST_TEST(read.at("settings").at("n_ctx") == 8192);
    BOOST_TEST(read.at("speed").at("tg_tps") == 41.5);
    BOOST_TEST(read.at("terms").at(0).at("predicted").is_null());
}

BOOST_AUTO_TEST_CASE(standard_input_and_pipes_are_read_as_a_stream) {
    const std::string file = logFile("two_cards.log");
    const Run plain = check({file, "--json"});
    BOOST_TEST(shell("cat " + file + " | $GGUFIT check - --json").out == plain.out);
    const Run large = shell("(cat " + file +
                            "; yes 'srv  update_slots: all slots are idle' | head -n 500000) | $GGUFIT check - --json");
    BOOST_TEST(large.exit_code == 0);
    BOOST_TEST(Json::parse(large.out).at("measured") == Json::parse(plain.out).at("measured"));
}

BOOST_AUTO_TEST_CASE(a_start_is_taken_by_number) {
    const std::string text = readDataText("logs/two_cards.log") + readDataText("logs/out_of_memory.log");
    const std::string both = textFile("both.log", text);
    BOOST_TEST(Json::parse(check({both, "--json"}).out).at("start") == 2);
    BOOST_TEST(check({both, "--start", "1"}).exit_code == 0);
    const Run none = check({both, "--start", "3"});
    BOOST_TEST(none.exit_code == 3);
    BOOST_TEST(none.err.find("has only 2 starts") != std::string::npos, none.err);
    BOOST_TEST(check({both, "--start", "0"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(an_older_build_is_said_where_its_rules_were_counted_by) {
    const std::string log = textFile("older.log", "build: 8200 (0123abcde) with cc for Linux\n" + startOfQwen());
    const std::string said = "counted by the rules of b8200";
    BOOST_TEST(check({log, "--model", sparseModel("qwen3-14b-q4_k_m")}).out.find(said) != std::string::npos);
    BOOST_TEST(check({log}).out.find(said) == std::string::npos);
    const std::string newest = textFile("newest.log", startOfQwen());
    BOOST_TEST(check({newest, "--model", sparseModel("qwen3-14b-q4_k_m")}).out.find("by the rules") ==
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_a_model_predicted_stands_beside_measured) {
    const std::string log = textFile("qwen.log", startOfQwen());
    const Run run = check({log, "--model", sparseModel("qwen3-14b-q4_k_m"), "--json"});
    BOOST_TEST(run.exit_code == 0);
    const Json read = Json::parse(run.out);
    bool seen = false;
    for (const Json & term : read.at("terms")) {
        if (term.at("name") != "cache") continue;
        // 40 layers × 2 × 1024 values × 2 bytes × 4096 cells
        BOOST_TEST(term.at("predicted") == 640.0);
        BOOST_TEST(term.at("difference") == 0.0);
        seen = true;
    }
    BOOST_TEST(seen);
    BOOST_TEST(check({log, "-m", sparseModel("qwen3-14b-q4_k_m"), "--json"}).out == run.out);
}

BOOST_AUTO_TEST_CASE(what_was_learned_is_kept_and_used_by_later_plans) {
    const std::string log = textFile("qwen.log", startOfQwen());
    const std::string model = sparseModel("qwen3-14b-q4_k_m"), machine = scratch() + "/learned.json";
    BOOST_TEST(check({log, "--model", model, "--learn"}).exit_code == 2);
    const Run run = check({log, "--model", model, "--learn", "--write-machine", machine});
    BOOST_TEST(run.exit_code == 0, run.err);
    std::ifstream in(machine);
    const Json learned = Json::parse(in);
    BOOST_TEST(learned.at("devices").at(0).at("free_mib") == 23871);
    BOOST_TEST(learned.contains("calibration"));
    const Run again =
        ggufit::test::ggufit({"estimate", model, "--machine", machine, "-c", "4096", "-np", "1", "--json"});
    const double speed = Json::parse(again.out).at("speed").at("decode_tokens_per_second");
    BOOST_TEST(speed == 50.0, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(wrong_usage_and_input_get_a_sentence) {
    BOOST_TEST(check({}).exit_code == 2);
    BOOST_TEST(check({"a.log", "b.log"}).exit_code == 2);
    BOOST_TEST(check({scratch() + "/absent.log"}).exit_code == 3);
    BOOST_TEST(check({scratch()}).exit_code == 3);
    const Run other = check({textFile("other.log", "hello\n")});
    BOOST_TEST(other.exit_code == 3);
    BOOST_TEST(other.err.find("holds no start of llama.cpp") != std::string::npos, other.err);
}

BOOST_AUTO_TEST_CASE(nothing_of_a_log_reaches_the_terminal_unescaped) {
    const std::string evil = textFile("evil.log",
                                      "print_info: arch = \xC2\x9B"
                                      "31mred\n"
                                      "llama_context: n_ctx = 5\nsched_reserve: CUDA0 compute buffer size = 5 MiB\n");
    const Run run = check({evil});
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.out.find("\xC2\x9B") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
