// Planning links at the command line: written by one command, taken as MODEL by the others.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/gguf_builder.h"
#include "support/text.h"

using namespace ggufit::test;

namespace {

const std::vector<std::string> kMachine = {"--gpu", "RTX 4090", "--gpu", "RTX 5070 Ti,reserved=3500MiB",
                                           "--ram", "64GB"};

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string> & more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// The link of a model on the machine above, without the line's end.
std::string linkOf(const std::string & path, const std::vector<std::string> & more = {}) {
    const Run run = ggufit::test::ggufit(with(with({"link", path}, kMachine), more));
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(run.out.find('\n') == run.out.size() - 1);
    return run.out.substr(0, run.out.size() - 1);
}

std::string model() { return sparseModel("glm-4.7-flash-q4_k_m"); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_link_plans_what_its_file_and_options_plan) {
    const std::vector<std::string> settings = {"--ctx", "64k", "-ctk", "f16", "--temp", "0.7"};
    const std::string link = linkOf(model(), settings);
    BOOST_TEST(link.starts_with("plan="));
    BOOST_TEST(link.size() < 800U);
    for (const std::vector<std::string> & words :
         {std::vector<std::string>{"plan", "--json"}, {"plan"}, {"plan", "--format", "conf"}, {"advise"}}) {
        const Run file = ggufit::test::ggufit(with(with(with(words, {model()}), kMachine), settings));
        const Run linked = ggufit::test::ggufit(with(words, {link}));
        BOOST_TEST(linked.out == file.out);
        BOOST_TEST(linked.exit_code == file.exit_code);
        BOOST_TEST(linked.err == file.err);
    }
    const Run again = ggufit::test::ggufit({"link", link});
    BOOST_TEST(again.out == link + "\n");
}

BOOST_AUTO_TEST_CASE(every_command_that_takes_a_model_takes_a_link) {
    const std::string link = linkOf(model(), {"--site", "https://example.org/fit/"});
    BOOST_TEST(link.starts_with("https://example.org/fit/#plan="));
    const std::string bare = link.substr(link.find('#'));
    const std::vector<std::string> wrapper = {"-ctk", "q8_0", "-ctv", "q8_0",  "-fa",
                                              "on",   "-np",  "1",    "-fitt", "128,1024"};
    for (const std::vector<std::string> & words : {std::vector<std::string>{"estimate"}, {"graph"}}) {
        // a link was made over the wrapper's defaults, a file is counted over llama-server's
        const Run file = ggufit::test::ggufit(with(with(with(words, {model()}), kMachine), wrapper));
        for (const std::string & text : {link, bare, bare.substr(1)}) {
            const Run linked = ggufit::test::ggufit(with(words, {text}));
            BOOST_TEST(linked.out == file.out);
            BOOST_TEST(linked.exit_code == 0);
        }
    }
    const Run inspected = ggufit::test::ggufit({"inspect", link});
    BOOST_TEST(inspected.out == ggufit::test::ggufit({"inspect", model()}).out);
    BOOST_TEST(ggufit::test::ggufit({"overrides", link, "--dry-run"}).exit_code <= 1);
}

BOOST_AUTO_TEST_CASE(options_beside_a_link_win_over_it) {
    const std::string link = linkOf(model(), {"--ctx", "64k", "--profile", "bench", "--id", "mine"});
    const auto jsonOf = [](const std::vector<std::string> & words) {
        return nlohmann::json::parse(ggufit::test::ggufit(words).out, nullptr, false);
    };
    const auto plain = jsonOf({"plan", link, "--json"});
    BOOST_TEST(plain["settings"]["n_ctx"] == 65536);
    BOOST_TEST(plain["bench"] == true);
    BOOST_TEST(plain["id"] == "mine");
    const auto changed = jsonOf({"plan", link, "--json", "--ctx", "8k", "--gpu", "RTX 3090", "--id", "other"});
    BOOST_TEST(changed["settings"]["n_ctx"] == 8192);
    BOOST_TEST(changed["devices"].size() == 1U);
    BOOST_TEST(changed["machine"]["ram"]["total_mib"] == 65536);
    BOOST_TEST(changed["id"] == "other");
    const auto memory = jsonOf({"plan", link, "--json", "--ram", "32GB"});
    BOOST_TEST(memory["devices"].size() == 2U);
    BOOST_TEST(memory["machine"]["ram"]["total_mib"] == 32768);
}

BOOST_AUTO_TEST_CASE(a_link_repeats_the_plan_by_the_rules_of_its_llama_cpp) {
    const std::vector<std::string> older = {"--llama-cpp", "b9000"};
    const std::string link = linkOf(model(), older);
    for (const char * command : {"plan", "advise"}) {
        const Run file = ggufit::test::ggufit(with(with({command, model()}, kMachine), older));
        const Run linked = ggufit::test::ggufit({command, link});
        BOOST_TEST(linked.out == file.out);
        BOOST_TEST(linked.out != ggufit::test::ggufit({command, linkOf(model())}).out);
    }
    BOOST_TEST(linkOf(link, {"--llama-cpp", "b9001"}) == linkOf(model(), {"--llama-cpp", "b9001"}));
    const Run newer =
        ggufit::test::ggufit({"plan", linkOf(model(), {"--llama-cpp", "2199-12-31"}), "--format", "args"});
    BOOST_TEST(holds(newer.err, "what is known of llama.cpp ends with August 2026, before 2199-12-31"), newer.err);
    for (const char * command : {"link", "advise"}) {
        const Run refused = ggufit::test::ggufit(with({command, model(), "--llama-cpp", "b7000"}, kMachine));
        BOOST_TEST(refused.exit_code == 4);
        BOOST_TEST(holds(refused.err, "from b7407 of 2025-12-15 on"), refused.err);
    }
}

BOOST_AUTO_TEST_CASE(a_link_holds_no_path_and_the_name_unless_it_is_left_out) {
    const std::string args = "args";
    const auto line = [&](const std::string & link) {
        return ggufit::test::ggufit({"plan", link, "--format", args}).out;
    };
    const std::string path = sparseModel("qwen3-0.6b-q8_0", "a-name-of-its-own.gguf");
    BOOST_TEST(holds(line(linkOf(path)), "-m a-name-of-its-own.gguf"));
    BOOST_TEST(linkOf(path, {"--name"}) == linkOf(path));
    BOOST_TEST(!holds(line(linkOf(path)), scratch()));
    BOOST_TEST(!holds(line(linkOf(path, {"--no-name"})), "a-name-of-its-own"));
}

BOOST_AUTO_TEST_CASE(what_stays_behind_is_told) {
    const Run run = ggufit::test::ggufit(with(with({"link", model()}, kMachine), {"--api-key", "hunter2", "--jinja"}));
    BOOST_TEST(run.exit_code == 0);
    BOOST_TEST(holds(run.err, "--api-key is not in the link"));
    BOOST_TEST(!holds(run.err, "hunter2"));
}

BOOST_AUTO_TEST_CASE(wrong_links_are_sentences_with_their_exit_codes) {
    const auto fails = [](const std::vector<std::string> & words, int exit_code, const std::string & part) {
        const Run run = ggufit::test::ggufit(words);
        BOOST_TEST(run.exit_code == exit_code);
        BOOST_TEST(run.out == "");
        BOOST_TEST(run.err.starts_with("ggufit: "), run.err);
        BOOST_TEST(holds(run.err, part), run.err);
        BOOST_TEST(run.err.find('\n') == run.err.size() - 1, run.err);
    };
    const std::string link = linkOf(sparseModel("qwen3-0.6b-q8_0"));
    fails({"plan", link.substr(0, 60)}, 3, "checksum");
    fails({"plan", "plan=Aw" + link.substr(7)}, 4, "newer ggufit");
    fails({"inspect", "https://example.org/#plan="}, 3, "copy it again");
    fails({"plan", link, model()}, 2, "two models given");
    fails({"plan", link, "-ctk", "nonsense"}, 2, "-ctk");
    fails({"link", model()}, 2, "no GPU given");
    fails({"link"}, 2, "no model given");
}
