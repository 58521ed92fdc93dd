// Several models side by side at the command line, and folders where a model is asked for.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/data.h"
#include "support/gguf_builder.h"
#include "support/models.h"
#include "support/text.h"

using namespace ggufit::test;
using ggufit::GgmlType;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// A folder of the test's own below the scratch one.
std::string folder(const std::string & name) {
    const std::string path = scratch() + "/choose-" + name;
    fs::create_directories(path);
    return path;
}

std::string put(const std::string & in, const std::string & model, const std::string & name = "") {
    return sparseModel(model, in.substr(scratch().size() + 1) + "/" + (name.empty() ? model + ".gguf" : name));
}

void putBytes(const std::string & path, const GgufBuilder & builder) {
    const auto bytes = GgufBuilder(builder).withData().build();
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void putProjector(const std::string & path) {
    GgufBuilder builder;
    builder.string("general.type", "mmproj").string("general.architecture", "clip");
    putBytes(path, builder.tensor("v.patch_embd.weight", GgmlType::f32, {32}));
}

const std::vector<std::string> kMachine = {"--gpu", "RTX 4090", "--gpu", "RTX 5070 Ti", "--ram", "64GB"};

Run withMachine(std::vector<std::string> words) {
    words.insert(words.end(), kMachine.begin(), kMachine.end());
    return ggufit::test::ggufit(words);
}

Json jsonOf(const Run & run) {
    Json json = Json::parse(run.out, nullptr, false);
    BOOST_REQUIRE_MESSAGE(json.is_object(), run.out + run.err);
    return json;
}

Json chosen(const std::string & place, const std::vector<std::string> & more = {}) {
    std::vector<std::string> words = {"choose", place, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return jsonOf(withMachine(words));
}

const Json & rowNamed(const Json & report, const std::string & file) {
    for (const Json & row : report["rows"]) {
        if (row["name"].get<std::string>().ends_with("/" + file)) return row;
    }
    BOOST_FAIL("no row of " << file);
    return report;
}

std::string mixedFolder() {
    const std::string in = folder("mixed");
    fs::create_directories(in + "/deeper");
    put(in, "glm-4.7-flash-q4_k_m");
    put(in + "/deeper", "glm-4.7-flash-q8_0");
    put(in, "llama-3.3-70b-q4_k_m");
    putProjector(in + "/mmproj-F16.gguf");
    std::ofstream(in + "/page.gguf") << "<html>";
    std::ofstream(in + "/notes.txt") << "no model";
    return in;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choose)

BOOST_AUTO_TEST_CASE(rows_are_what_plan_says_of_each_file) {
    const std::string in = mixedFolder();
    const Json report = chosen(in);
    for (const char * file :
         {"glm-4.7-flash-q4_k_m.gguf", "deeper/glm-4.7-flash-q8_0.gguf", "llama-3.3-70b-q4_k_m.gguf"}) {
        const Json & row = rowNamed(report, file);
        const Json plan = jsonOf(withMachine({"plan", in + "/" + file, "-c", "32768", "--json"}));
        BOOST_TEST_CONTEXT(file) {
            BOOST_TEST(row["name"] == in + "/" + file);
            BOOST_TEST(row["size_bytes"] == fs::file_size(in + "/" + file));
            for (const char * key : {"verdict", "strategy", "n_ctx", "approximate"}) BOOST_TEST(row[key] == plan[key]);
            BOOST_TEST(row["bits_per_weight"] == plan["model"]["bits_per_weight"]);
            for (const char * fill : {"empty", "full"}) {
                for (const char * key : {"fill_tokens", "decode_tokens_per_second", "decode_low", "decode_high"})
                    BOOST_TEST(row["speed"][fill][key] == plan["speed"][fill][key]);
            }
            for (size_t i = 0; i < plan["devices"].size(); ++i)
                BOOST_TEST(row["headroom_bytes"][i] == plan["devices"][i]["headroom_bytes"]);
        }
    }
}

BOOST_AUTO_TEST_CASE(rows_follow_the_rules_of_the_llama_cpp_that_is_named) {
    const std::string in = mixedFolder(), file = "glm-4.7-flash-q4_k_m.gguf";
    const std::vector<std::string> older = {"--llama-cpp", "b9000"};
    const Json report = chosen(in, older);
    const Json & row = rowNamed(report, file);
    const Json plan = jsonOf(withMachine({"plan", in + "/" + file, "-c", "32768", "--json", older[0], older[1]}));
    BOOST_TEST(row["headroom_bytes"][0] == plan["devices"][0]["headroom_bytes"]);
    const Json newest = chosen(in);
    BOOST_TEST(row["headroom_bytes"][0] != rowNamed(newest, file)["headroom_bytes"][0]);
    const Run refused = withMachine({"choose", in, "--llama-cpp", "b7000"});
    BOOST_TEST(refused.exit_code == 4);
    BOOST_TEST(holds(refused.err, "from b7407 of 2025-12-15 on"), refused.err);
}

BOOST_AUTO_TEST_CASE(a_folder_is_searched_and_what_is_no_model_stands_apart) {
    const Run run = withMachine({"choose", mixedFolder(), "--json"});
    BOOST_TEST(run.exit_code == 0);
    const Json report = jsonOf(run);
    BOOST_TEST(report["rows"].size() == 4U);  // three models and the page
    BOOST_TEST(report["unreadable"].size() == 1U);
    BOOST_TEST(holds(rowNamed(report, "page.gguf")["error"].get<std::string>(), "page.gguf"));
    BOOST_REQUIRE(report["aside"].size() == 1U);
    BOOST_TEST(report["aside"][0]["kind"] == "mmproj");
    BOOST_TEST(report["groups"].size() == 2U);
    const Run text = withMachine({"choose", mixedFolder()});
    BOOST_TEST(holds(text.out, "1  glm-4.7-flash-q8_0 "), text.out);
    BOOST_TEST(holds(text.out, "✗  llama-3.3-70b-q4_k_m "), text.out);
    BOOST_TEST(holds(text.out, "mmproj-F16.gguf"), text.out);
    BOOST_TEST(text.out.find("page.gguf") > text.out.find("Left out"), text.out);
    BOOST_TEST(!holds(text.out, "notes.txt"), text.out);
}

BOOST_AUTO_TEST_CASE(wishes_decide_the_exit_code_and_the_context) {
    const std::string in = mixedFolder();
    const Run none = withMachine({"choose", in, "--min-tps", "100000", "--json"});
    BOOST_TEST(none.exit_code == 1);
    BOOST_TEST(jsonOf(none)["wishes"]["min_tps"] == 100000);
    const Json longer = chosen(in, {"--min-ctx", "64k", "--sort", "size"});
    BOOST_TEST(rowNamed(longer, "glm-4.7-flash-q4_k_m.gguf")["n_ctx"] == 65536);
    BOOST_TEST(longer["wishes"]["sort"] == "size");
    BOOST_TEST(rowNamed(chosen(in, {"-c", "4096"}), "glm-4.7-flash-q4_k_m.gguf")["n_ctx"] == 4096);
    for (const auto & [option, value] : {std::pair{"--min-tps", "fast"},
                                         {"--min-tps", "-1"},
                                         {"--min-tps", "nan"},
                                         {"--min-ctx", "long"},
                                         {"--sort", "beauty"}}) {
        const Run wrong = withMachine({"choose", in, option, value});
        BOOST_TEST(wrong.exit_code == 2);
        BOOST_TEST(holds(wrong.err, option), wrong.err);
    }
    BOOST_TEST(withMachine({"choose"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(files_may_be_named_one_by_one) {
    const std::string in = mixedFolder();
    const Run run = withMachine({"choose", in + "/glm-4.7-flash-q4_k_m.gguf", in + "/deeper", "--json"});
    const Json report = jsonOf(run);
    BOOST_TEST(report["rows"].size() == 2U);
    BOOST_TEST(report["groups"].size() == 1U);
    BOOST_TEST(report["groups"][0]["rows"][0]["pick"] == 1);
    BOOST_TEST(report["groups"][0]["rows"][1]["pick"] == 2);
}

BOOST_AUTO_TEST_CASE(shards_are_one_model_and_a_missing_one_is_named) {
    const std::string in = folder("shards");
    for (uint16_t no = 0; no < 2; ++no) {
        GgufBuilder builder;
        if (no == 0) describeSmallLlama(builder);
        builder.u16("split.no", no).u16("split.count", 2).i32("split.tensors.count", 2);
        builder.tensor(no == 0 ? "token_embd.weight" : "output.weight", GgmlType::f16, {256, 256});
        const std::string name = "/m-0000" + std::to_string(no + 1) + "-of-00002.gguf";
        putBytes(in + name, builder);
    }
    const Json whole = chosen(in);
    BOOST_REQUIRE(whole["rows"].size() == 1U);
    BOOST_TEST(whole["rows"][0]["error"] == "");
    BOOST_TEST(whole["rows"][0]["n_files"] == 2);
    BOOST_TEST(whole["rows"][0]["size_bytes"] ==
               fs::file_size(in + "/m-00001-of-00002.gguf") + fs::file_size(in + "/m-00002-of-00002.gguf"));
    fs::remove(in + "/m-00002-of-00002.gguf");
    const Run run = withMachine({"choose", in, "--json"});
    BOOST_TEST(run.exit_code == 3);
    const Json broken = jsonOf(run);
    BOOST_TEST(holds(broken["rows"][0]["error"].get<std::string>(), "m-00002-of-00002.gguf: this shard is missing"));
}

BOOST_AUTO_TEST_CASE(links_that_go_in_circles_and_twice_to_one_file_end) {
    const std::string in = folder("links");
    const std::string file = put(in, "qwen3-0.6b-q8_0");
    fs::create_directories(in + "/below");
    for (const auto & [to, link] : {std::pair<std::string, std::string>{in, in + "/below/up"},
                                    {file, in + "/z-again.gguf"},
                                    {"/nowhere/at-all.gguf", in + "/broken.gguf"}}) {
        if (!fs::is_symlink(link)) fs::create_symlink(to, link);
    }
    const Json report = chosen(in);
    BOOST_REQUIRE(report["rows"].size() == 1U);
    BOOST_TEST(report["rows"][0]["name"].get<std::string>().ends_with(".gguf"));
    // As the Hugging Face cache has it: names in one folder, contents in another.
    const std::string snapshot = folder("snapshot");
    fs::create_directories(snapshot + "/blobs");
    put(snapshot + "/blobs", "qwen3-0.6b-q8_0", "0a1b2c");
    if (!fs::exists(snapshot + "/model.gguf")) fs::create_symlink("blobs/0a1b2c", snapshot + "/model.gguf");
    BOOST_TEST(chosen(snapshot)["rows"][0]["n_ctx"] == 32768);
}

BOOST_AUTO_TEST_CASE(an_empty_folder_and_none_are_sentences) {
    for (const std::string & place : {folder("empty"), scratch() + "/no-such-folder"}) {
        for (const char * command : {"choose", "plan", "inspect"}) {
            const Run run = std::string(command) == "inspect" ? ggufit::test::ggufit({command, place})
                                                              : withMachine({command, place});
            BOOST_TEST(run.exit_code == 3);
            BOOST_TEST(holds(run.err + run.out, place), run.err + run.out);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_folder_of_one_model_is_the_model) {
    const std::string in = folder("one");
    put(in, "qwen3-0.6b-q8_0");
    putProjector(in + "/mmproj.gguf");
    const Run by_folder = withMachine({"plan", in, "--format", "conf"});
    BOOST_TEST(by_folder.exit_code == 0);
    BOOST_TEST(by_folder.out == withMachine({"plan", in + "/qwen3-0.6b-q8_0.gguf", "--format", "conf"}).out);
    BOOST_TEST(ggufit::test::ggufit({"inspect", in}).out ==
               ggufit::test::ggufit({"inspect", in + "/qwen3-0.6b-q8_0.gguf"}).out);
}

BOOST_AUTO_TEST_CASE(a_folder_of_several_models_lists_them) {
    const Run run = withMachine({"plan", mixedFolder()});
    BOOST_TEST(run.exit_code == 2);
    BOOST_TEST(holds(run.err, "glm-4.7-flash-q4_k_m.gguf"), run.err);
    BOOST_TEST(holds(run.err, "ggufit choose "), run.err);
    BOOST_TEST(!holds(run.err, "mmproj"), run.err);
}

BOOST_AUTO_TEST_CASE(ctrl_c_shows_what_was_read) {
    const std::string in = folder("many");
    for (int i = 0; i < 60; ++i) put(in, "qwen3-next-80b-a3b-q4_k_m", "m" + std::to_string(i) + ".gguf");
    // Once its handler is there (bit 1 of the caught signals) it gets the signal.
    const Run run = shell("bash -c 'set -m; \"$GGUFIT\" choose " + in +
                          " --gpu \"RTX 4090\" --gpu \"RTX 5070 Ti\" --ram 64GB --json & "
                          "until (( 0x$(sed -n \"s/^SigCgt:.//p\" /proc/$!/status) & 2 )); do sleep 0.01; done; "
                          "kill -INT $!; wait $!'");
    BOOST_TEST(run.exit_code == 130);
    const Json report = jsonOf(run);
    BOOST_TEST(report["n_unread"] > 0);
    BOOST_TEST(report["rows"].size() + report["n_unread"].get<size_t>() == 60U);
    BOOST_TEST(report["rows"].size() < 60U);
}

BOOST_AUTO_TEST_SUITE_END()
