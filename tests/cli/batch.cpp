// `ggufit estimate --batch` as a program relies on it: a line for a line, errors in place, memory that does not grow.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run.h"
#include "support/data.h"

using namespace ggufit::test;
using Json = nlohmann::json;

namespace {

std::string small() { return sparseModel("qwen3-14b-q4_k_m"); }

std::vector<Json> linesOf(const std::string & text) {
    std::vector<Json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(Json::parse(line, nullptr, false));
        BOOST_TEST(lines.back().is_object(), line);
    }
    return lines;
}

Run batch(const std::string & cases, std::vector<std::string> words = {"--gpu", "RTX 4090", "--ram", "64GB"}) {
    words.insert(words.begin(), {"estimate", "--batch", textFile("cases.jsonl", cases)});
    return ggufit::test::ggufit(words);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_case_is_answered_as_an_estimate_of_its_own_is) {
    const Json one = {{"model", small()}, {"arguments", "-c 8192 -ctk q8_0"}, {"id", "a"}};
    const Json two = {{"model", small()}, {"arguments", {"-c", "4096", "-np", "1"}}, {"gpu", {"RTX 3090", "RTX 3090"}}};
    const Run run = batch(one.dump() + "\n\n" + two.dump());
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.err == "");
    auto lines = linesOf(run.out);
    BOOST_REQUIRE(lines.size() == 2U);
    BOOST_TEST(lines[0]["id"] == "a");
    BOOST_TEST(lines[1]["line"] == 3);
    BOOST_TEST(!lines[1].contains("id"));
    Json alone = Json::parse(ggufit::test::ggufit({"estimate", small(), "-c", "8192", "-ctk", "q8_0", "--gpu",
                                                   "RTX 4090", "--ram", "64GB", "--json"})
                                 .out);
    lines[0].erase("id");
    lines[0].erase("line");
    BOOST_TEST(lines[0] == alone);
    BOOST_TEST(lines[1]["devices"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_case_that_is_nested_without_end_is_an_error_in_its_place) {
    constexpr size_t kDeep = 1000000;
    const std::string deep = std::string(kDeep, '[') + std::string(kDeep, ']');
    const std::string objects = R"({"devices":)" + std::string(100, '[') + std::string(100, ']') + "}";
    const std::string start = R"({"model":")" + small() + "\",";
    const Run run = batch(start + R"("machine":{"a":)" + deep + "}}\n" + start + R"("id":)" + deep + "}\n" + start +
                          R"("machine":)" + objects + "}\n" + deep + "\n" + start + R"("id":[[7]]})");
    const auto lines = linesOf(run.out);
    BOOST_TEST_REQUIRE(lines.size() == 5U, run.err);
    for (size_t i = 0; i < 4; ++i) BOOST_TEST(lines[i].contains("error"), lines[i].dump());
    BOOST_TEST(!lines[4].contains("error"), lines[4].dump());
    BOOST_TEST(lines[4]["id"].dump() == "[[7]]");
}

BOOST_AUTO_TEST_CASE(a_case_may_hold_its_machine) {
    const Json machine =
        Json::parse(ggufit::test::ggufit({"gpus", "--json"}, {"PATH=/nowhere", "GGUFIT_SYSTEM_ROOT=" + scratch()}).out);
    Json given = {{"model", small()}, {"machine", {{"devices", machine["devices"]}, {"ram", {{"total_mib", 65536}}}}}};
    const Run run = batch(given.dump(), {});
    BOOST_TEST(run.exit_code == 0, run.out);
    BOOST_TEST(linesOf(run.out)[0]["devices"].empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_case_is_answered_with_its_line_and_the_next_one_follows) {
    const std::string good = Json({{"model", small()}}).dump();
    const Run run = batch("not json\n" + good + "\n{\"model\":\"/absent.gguf\"}\n{}\n{\"modle\":1}\n[1]\n" +
                          Json({{"model", small()}, {"llama-cpp", "b1"}}).dump() + "\n" + good + "\n");
    BOOST_TEST(run.exit_code == 3);
    const auto lines = linesOf(run.out);
    BOOST_REQUIRE(lines.size() == 8U);
    for (size_t i = 0; i < lines.size(); ++i) {
        BOOST_TEST(lines[i]["line"] == i + 1);
        BOOST_TEST(lines[i].contains("error") == (i != 1 && i != 7), lines[i].dump());
    }
    BOOST_TEST(lines[2]["error"]["where"] == "/absent.gguf");
    BOOST_TEST(lines[4]["error"]["where"] == "modle");
    BOOST_TEST(lines[6]["error"]["code"] == "unsupported");
}

BOOST_AUTO_TEST_CASE(a_version_is_chosen_by_the_case) {
    const auto with = [](const char * version) {
        return Json({{"model", small()}, {"arguments", "-c 8192 -ngl 10 -fit off"}, {"llama-cpp", version}}).dump() +
               "\n";
    };
    const auto lines = linesOf(batch(with("b7467") + with("b7466")).out);
    BOOST_REQUIRE(lines.size() == 2U);
    // ten layers with the output among them, or ten without it
    BOOST_TEST(lines[0]["devices"][0]["parts"].dump().find("output") != std::string::npos, lines[0].dump());
    BOOST_TEST(lines[1]["devices"][0]["parts"].dump().find("output") == std::string::npos, lines[1].dump());
}

/// Cases are given one by one, each after the answer to the one before it.
BOOST_AUTO_TEST_CASE(answers_come_as_cases_do_and_memory_does_not_grow_with_them) {
    const std::string pipes = scratch() + "/pipes";
    std::filesystem::create_directories(pipes);
    const Run run =
        shell("mkfifo " + pipes + "/in " + pipes + "/out; cd " + pipes +
              R"(; exec 4<>out; "$GGUFIT" estimate --batch in --gpu 'RTX 4090' --ram 64GB >&4 & pid=$!; exec 3>in
for i in $(seq 220); do
    echo '{"model":")" +
              small() +
              R"(","arguments":"-np 1 -c '$((i * 512))'"}' >&3
    read -r line <&4; case $line in '{"'*'"approximate"'*) ;; *) echo "$line";; esac
    case $i in 20 | 220) sed -n 's/VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' /proc/$pid/status;; esac
done
exec 3>&-; wait $pid; echo $?)");
    std::istringstream out(run.out);
    int early_kib = 0, late_kib = 0, exit_code = -1;
    out >> early_kib >> late_kib >> exit_code;
    BOOST_TEST(exit_code == 0, run.out);
    BOOST_TEST(early_kib > 0, run.out);
    // sanitizers keep what was freed
    if (kEveryNth == 1) BOOST_TEST(late_kib < early_kib + 2048, run.out);
}
