// `ggufit conf` as a user runs it: what it shows, asks, writes and refuses.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/phrase.h"
#include "cli/run.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/profile_reader.h"
#include "support/text.h"

using namespace ggufit::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kMachine = {"--gpu", "RTX 4090", "--gpu", "RTX 5070 Ti,reserved=3500MiB",
                                           "--ram", "64GB"};

Run conf(std::vector<std::string> words, bool machine = false) {
    words.insert(words.begin(), "conf");
    if (machine) words.insert(words.end(), kMachine.begin(), kMachine.end());
    return ggufit::test::ggufit(words);
}

std::string original(const std::string & name) { return readDataText("conf/" + name + ".conf"); }

/// A copy of a profile in a folder of its own, with a small model where its "models" are. Gives the path.
std::string copyOf(const std::string & name, const std::string & folder) {
    fs::create_directories(scratch() + "/" + folder + "/models/sub");
    return textFile(folder + "/models.conf", original(name));
}

std::string contentOf(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A model below the "models" folder of a copy.
std::string modelIn(const std::string & folder, const std::string & name = "sub/glm.gguf") {
    return sparseModel("glm-4.7-flash-q4_k_m", folder + "/models/" + name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conf_command)

BOOST_AUTO_TEST_CASE(help_of_each_action_is_pinned) {
    for (const std::string action : {"list", "show", "add", "bench", "replace", "remove", "lint"}) {
        const Run run = conf({action, "--help"});
        BOOST_TEST(run.exit_code == 0);
        BOOST_TEST(goldenDifference("help/conf_" + action + ".txt", run.out) == "");
    }
}

BOOST_AUTO_TEST_CASE(list_and_show_say_what_is_there) {
    const std::string file = copyOf("fitted", "shown");
    const Run list = conf({"list", file});
    BOOST_TEST(list.exit_code == 0);
    BOOST_TEST(goldenDifference("conf/list.txt", list.out) == "");
    const Json read = Json::parse(conf({"list", file, "--json"}).out);
    BOOST_TEST(read.at("sections").size() == 3U);
    BOOST_TEST(read.at("sections").at(0).at("previous_versions") == 1);
    BOOST_TEST(read.at("sections").at(0).at("tested") == true);
    BOOST_TEST(read.at("sections").at(1).at("values").at("CTX_SIZE") == "262144");
    const Run show = conf({"show", file, "bench-glm-flash-q4"});
    BOOST_TEST(holds(original("fitted"), show.out));
    BOOST_TEST(holds(show.out, "# Strategy A, for the benchmark.\n"));
    BOOST_TEST(contentOf(file) == original("fitted"));
}

BOOST_AUTO_TEST_CASE(lint_ends_with_1_where_something_is_found) {
    std::filesystem::create_directories(scratch() + "/no-models");  // a folder of models beside the file would be read
    const Run clean = conf({"lint", textFile("no-models/clean.conf", original("fitted"))});
    BOOST_TEST(clean.exit_code == 0);
    BOOST_TEST(holds(clean.out, "3 sections, nothing found."), clean.out);
    const Run run = conf({"lint", textFile("faulty.conf", original("faulty")), "--json"});
    BOOST_TEST(run.exit_code == 1);
    const Json read = Json::parse(run.out);
    BOOST_TEST(read.at("findings").size() > 20U);
    for (const char * key : {"rule", "line", "section", "text", "why", "remedy", "source"})
        BOOST_TEST(read.at("findings").at(0).contains(key));
}

BOOST_AUTO_TEST_CASE(lint_looks_for_models_and_places_them) {
    const std::string file = copyOf("fitted", "placed");
    (void)modelIn("placed");
    (void)textFile("placed/models.conf",
                   "# why\n[there]\nMODEL=sub/glm.gguf\nCTX_SIZE=32768\nN_GPU_LAYERS=99\nFIT=off\nEXTRA_ARGS=-np 1 -ot "
                   "exps=CPU\n\n# why\n[gone]\nMODEL=sub/none.gguf\n");
    const Run without = conf({"lint", file, "--json"});
    BOOST_TEST(!holds(without.out, "experts_in_memory"));
    BOOST_TEST(holds(without.out, "\"model_missing\""));
    const Run with = conf({"lint", file, "--json"}, true);
    BOOST_TEST(holds(with.out, "experts_in_memory"));
    BOOST_TEST(Json::parse(with.out).at("findings").size() == Json::parse(without.out).at("findings").size() + 1);
}

BOOST_AUTO_TEST_CASE(a_file_whose_models_are_all_missing_lists_no_more_than_can_be_read) {
    const std::string file = copyOf("fitted", "all-missing");
    std::string text;
    for (int i = 0; i < 1500; ++i) text += ggufit::phrase("# why\n[m{}]\nMODEL=sub/none.gguf\n", std::to_string(i));
    (void)textFile("all-missing/models.conf", text);
    const Run run = conf({"lint", file, "--json"});
    BOOST_TEST(Json::parse(run.out).at("findings").size() == 1000U);
    BOOST_TEST(holds(run.err, "1,000 findings are listed, and there may be more."), run.err);
}

BOOST_AUTO_TEST_CASE(a_model_outside_of_the_models_folder_is_not_opened) {
    const std::string file = copyOf("fitted", "outside");
    (void)textFile("outside/secret", "a secret that begins a file");
    const std::string inside = "[far]\nMODEL=/etc/passwd\n\n[up]\nMODEL=sub/../../secret\n";
    (void)textFile("outside/models.conf", inside);
    const Run run = conf({"lint", file}, true);
    BOOST_TEST(holds(run.out, "[far] MODEL leads out of the models' folder"));
    BOOST_TEST(holds(run.out, "[up] MODEL leads out of the models' folder"));
    BOOST_TEST(!holds(run.out, "root:"));
    BOOST_TEST(!holds(run.out, "secret that"));
}

BOOST_AUTO_TEST_CASE(without_a_terminal_nothing_is_written_but_with_yes) {
    const std::string file = copyOf("fitted", "asked");
    const Run refused = conf({"remove", file, "glm-flash-q4"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(holds(refused.err, "nothing was written: standard input is no terminal"));
    BOOST_TEST(holds(refused.out, "-NAME=GLM-4.7 Flash Q4_K_M\n"));
    BOOST_TEST(contentOf(file) == original("fitted"));
    const Run dry = conf({"remove", file, "glm-flash-q4", "--dry-run"});
    BOOST_TEST(dry.exit_code == 0);
    BOOST_TEST(contentOf(file) == original("fitted"));
    const Run done = conf({"remove", file, "glm-flash-q4", "--yes"});
    BOOST_TEST(done.exit_code == 0);
    BOOST_TEST(goldenDifference("conf/removed.conf", contentOf(file)) == "");
}

BOOST_AUTO_TEST_CASE(a_terminal_is_asked_and_only_a_yes_writes) {
    if (std::system("command -v script >/dev/null 2>&1") != 0) return;
    const std::string file = copyOf("fitted", "terminal");
    const auto answer = [&](const std::string & said) {
        return shell("echo " + said + " | script -qec \"'$GGUFIT' conf remove " + file + " glm-flash-q4\" /dev/null");
    };
    const Run no = answer("no");
    BOOST_TEST(no.exit_code == 1);
    BOOST_TEST(holds(no.out, "Nothing was written."));
    BOOST_TEST(holds(no.out, "\x1b[31m-NAME="));
    BOOST_TEST(contentOf(file) == original("fitted"));
    BOOST_TEST(answer("y").exit_code == 0);
    BOOST_TEST(contentOf(file) != original("fitted"));
}

BOOST_AUTO_TEST_CASE(add_and_bench_write_entries_that_the_wrapper_reads) {
    const std::string file = copyOf("fitted", "added");
    const std::string model = modelIn("added");
    const Run run = conf({"add", file, model, "--id", "glm-new", "--ctx", "64k", "--yes"}, true);
    BOOST_TEST(run.exit_code == 0, run.err);
    const Run bench = conf({"bench", file, "glm-new", "--after", "glm-new", "-y"}, true);
    BOOST_TEST(bench.exit_code == 0, bench.err);
    const Profile profile = readProfile(contentOf(file));
    BOOST_REQUIRE(profile.sections.size() == 5U);
    BOOST_TEST(profile.sections[3].id == "glm-new");
    BOOST_TEST(profile.sections[3].values.at("MODEL") == "sub/glm.gguf");
    BOOST_TEST(profile.sections[3].values.at("CTX_SIZE") == "65536");
    BOOST_TEST(profile.sections[4].id == "bench-glm-new");
    BOOST_TEST(profile.sections[4].values.at("CTX_SIZE") == "10240");
    BOOST_TEST(!profile.sections[4].values.contains("DESCRIPTION"));
    BOOST_TEST(contentOf(file).starts_with(original("fitted")));
    BOOST_TEST(holds(conf({"add", file, model, "--id", "glm-new", "--yes"}, true).err, "glm-new: is in line "));
    BOOST_TEST(conf({"add", file, model, "--yes", "--ctx", "64k", "--gpu", "RTX 3050 6GB", "--ram", "8GB"}).exit_code ==
               1);
}

BOOST_AUTO_TEST_CASE(an_entry_is_planned_by_the_rules_of_the_llama_cpp_that_is_named) {
    const std::string file = copyOf("fitted", "older");
    const std::string model = modelIn("older");
    const std::string models = std::filesystem::path(file).parent_path().string() + "/models";
    BOOST_TEST(conf({"add", file, model, "--id", "older", "--llama-cpp", "b9000", "--yes"}, true).exit_code == 0);
    std::vector<std::string> words = {"plan", model, "--models-dir", models, "--id", "older", "--format", "conf"};
    words.insert(words.end(), kMachine.begin(), kMachine.end());
    BOOST_TEST(!holds(contentOf(file), ggufit::test::ggufit(words).out));
    words.insert(words.end(), {"--llama-cpp", "b9000"});
    BOOST_TEST(holds(contentOf(file), ggufit::test::ggufit(words).out));
    const Run refused = conf({"add", file, model, "--id", "oldest", "--llama-cpp", "b7000", "--yes"}, true);
    BOOST_TEST(refused.exit_code == 4);
    BOOST_TEST(holds(refused.err, "from b7407 of 2025-12-15 on"), refused.err);
    BOOST_TEST(!holds(contentOf(file), "[oldest]"));
}

BOOST_AUTO_TEST_CASE(a_pasted_line_is_planned_and_values_that_read_like_words_stay) {
    const std::string file = copyOf("fitted", "pasted");
    const std::string model = modelIn("pasted");
    const Run run =
        conf({"add", file, "--alias", file, "--id", "p", "-y", "llama-server", "-m", model, "-c", "8192"}, true);
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto values = readProfile(contentOf(file)).sections.at(3).values;
    BOOST_TEST(values.at("CTX_SIZE") == "8192");
    BOOST_TEST(holds(values.at("EXTRA_ARGS"), "--alias " + file));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_made_by_add) {
    const std::string model = sparseModel("glm-4.7-flash-q4_k_m");
    const std::string file = scratch() + "/made.conf";
    BOOST_TEST(conf({"list", file}).exit_code == 3);
    BOOST_TEST(conf({"add", file, model, "--yes"}, true).exit_code == 0);
    BOOST_TEST(readProfile(contentOf(file)).sections.size() == 1U);
}

BOOST_AUTO_TEST_CASE(replace_keeps_name_context_and_samplers_and_leaves_placement_to_fit) {
    const std::string file = copyOf("explicit", "replaced");
    (void)modelIn("replaced");
    const std::string text = contentOf(file);
    const std::string id = "qwen3-coder-q5";
    const Run missing = conf({"replace", file, id, "--yes"}, true);
    BOOST_TEST(missing.exit_code == 3);
    const Run run = conf(
        {"replace", file, id, scratch() + "/replaced/models/sub/glm.gguf", "-c", "32768", "--temp", "0.7", "-y"}, true);
    BOOST_TEST(run.exit_code == 0, run.err);
    const Profile profile = readProfile(contentOf(file));
    BOOST_REQUIRE(profile.sections.size() == 6U);
    const Section & section = profile.sections[3];
    BOOST_TEST(section.id == id);
    BOOST_TEST(section.values.at("NAME") == "Qwen3-Coder-Next UD-Q5_K_XL");
    BOOST_TEST(section.values.at("DESCRIPTION") == "Coding agents, 256K context");
    BOOST_TEST(section.values.at("CTX_SIZE") == "32768");
    BOOST_TEST(!section.values.contains("N_GPU_LAYERS"));
    BOOST_TEST(!section.values.contains("FIT"));
    BOOST_TEST(section.values.at("EXTRA_ARGS") ==
               "--jinja -np 1 --no-context-shift --top-p 0.95 --top-k 40 --min-p 0.01 --temp 0.7 --split-mode none "
               "--main-gpu 0");
    BOOST_TEST(holds(contentOf(file), "# Previous: tested 2026-02-15: 25.8 t/s, 136 graph splits"));
    const Run back =
        conf({"replace", file, "glm-flash-q4", scratch() + "/replaced/models/sub/glm.gguf", "--dry-run"}, true);
    BOOST_TEST(holds(back.out, "+CTX_SIZE=131072") == false);  // as it was: not a change
}

BOOST_AUTO_TEST_CASE(wrong_words_are_exit_2_and_say_what_to_do) {
    const std::string file = copyOf("fitted", "wrong");
    const auto fails = [](const Run & run, const std::string & part) {
        BOOST_TEST(run.exit_code == 2);
        BOOST_TEST(holds(run.err, part), run.err);
    };
    fails(conf({}), "list, show, add");
    fails(conf({"delete", file}), "no action of `ggufit conf`");
    fails(conf({"list"}), "no file given");
    fails(conf({"show", file}), "say which section");
    fails(conf({"show", file, "glm"}), "no section of this name; there are glm-flash-q4");
    fails(conf({"show", file, "a", "b"}), "one word too many");
    fails(conf({"list", file, "-c", "3"}), "no option of this action");
    fails(conf({"add", file}), "no model given");
    fails(conf({"bench", file, "glm"}, true), "no section of this name");
    fails(conf({"replace", file, "glm-flash-q4", "--yes"}), "--gpu");
    BOOST_TEST(conf({"list", scratch() + "/absent.conf"}).exit_code == 3);
    BOOST_TEST(conf({"list", scratch()}).exit_code == 3);
    BOOST_TEST(contentOf(file) == original("fitted"));
}

// An escape, a bell, a carriage return, CSI as one character, and a mark that turns the direction of writing.
BOOST_AUTO_TEST_CASE(no_byte_of_a_profile_acts_on_a_terminal) {
    const std::string path =
        textFile("hostile.conf",
                 "# \x1b]0;evil\a c1 \xc2\x9b rlo \xe2\x80\xae\n[ok]\nMODEL=ok.gguf\n\x1b[31mKEY=1\n"
                 "NAME=n\x1b[2Jx\xc2\x9b\nCTX_SIZE=\x1b]52;c;ZXZpbA==\a\n[\x1b[2Jid]\nMODEL=a\rb.gguf\n");
    const std::vector<std::vector<std::string>> actions = {{"list"}, {"list", "--json"}, {"show", "ok"},
                                                           {"lint"}, {"lint", "--json"}, {"remove", "ok", "--dry-run"}};
    for (std::vector<std::string> words : actions) {
        words.insert(words.begin() + 1, path);
        const Run run = conf(words);
        BOOST_TEST(run.exit_code < 2, words[0] << run.err);
        for (const std::string act : {"\x1b", "\a", "\r", "\xc2\x9b", "\xe2\x80\xae"})
            BOOST_TEST(!holds(run.out + run.err, act), words[0] << ": " << run.out);
    }
}

BOOST_AUTO_TEST_SUITE_END()
