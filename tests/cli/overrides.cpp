// `ggufit overrides` as a user runs it: the two files, the line to run, and what happens where they can't be written.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run.h"
#include "support/gguf_builder.h"
#include "support/std_regex.h"
#include "support/text.h"

using namespace ggufit::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string folder(const std::string & name) {
    const std::string path = scratch() + "/" + name;
    fs::remove_all(path);
    fs::create_directories(path);
    return path;
}

std::string content(const std::string & path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

size_t filesIn(const std::string & path) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

Run overrides(std::vector<std::string> words) {
    words.insert(words.begin(), "overrides");
    words.insert(words.end(), {"--gpu", "RTX 4090", "--gpu", "RTX 5070 Ti,reserved=3500MiB", "--ram", "64GB"});
    return ggufit::test::ggufit(words);
}

std::string experts() { return sparseModel("gpt-oss-120b-f16"); }

const char * const kParams = "/tensor_override_params.txt";
const char * const kAnalysis = "/tensor_analysis.json";

void failsWith(const Run & run, int exit_code, const std::string & part) {
    BOOST_TEST(run.exit_code == exit_code);
    BOOST_TEST(run.out == "");
    BOOST_TEST(holds(run.err, part), run.err);
    BOOST_TEST(run.err.find('\n') == run.err.size() - 1, run.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overrides_command)

BOOST_AUTO_TEST_CASE(writes_one_override_a_line_and_every_tensor_with_the_device_that_the_rules_give) {
    const std::string out = folder("both");
    const Run run = overrides({experts(), "--output", out});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(filesIn(out) == 2U);
    // a shell takes the file's words apart as it does those of a command line
    const Run words = shell("eval \"printf '%s\\n' $(tr '\\n' ' ' <" + out + kParams + ")\"");
    const Run by_xargs = shell("xargs printf '%s\\n' <" + out + kParams);
    BOOST_TEST(words.out == by_xargs.out);

    std::vector<std::string> patterns, buffers;
    std::istringstream lines(words.out);
    for (std::string option, rule; std::getline(lines, option) && std::getline(lines, rule);) {
        BOOST_TEST(option == "-ot");
        const size_t equals = rule.rfind('=');
        patterns.push_back(rule.substr(0, equals));
        buffers.push_back(rule.substr(equals + 1));
    }
    const std::string params = content(out + kParams);
    BOOST_TEST(patterns.size() == static_cast<size_t>(std::count(params.begin(), params.end(), '\n')));
    BOOST_TEST(patterns.size() > 2U);
    const StdPatterns compiled(patterns);

    const Json analysis = Json::parse(content(out + kAnalysis));
    BOOST_TEST(analysis["tensors"].size() >= analysis["n_tensors"].get<size_t>());
    std::map<std::string, uint64_t> bytes;
    for (const Json & tensor : analysis["tensors"]) {
        const std::string name = tensor["name"];
        bytes[tensor["device"]] += tensor["bytes"].get<uint64_t>();
        const int32_t rule = compiled.firstMatch(name);
        BOOST_TEST((rule < 0) == tensor["layer"].is_null(), name);
        if (rule >= 0) BOOST_TEST(buffers[static_cast<size_t>(rule)] == tensor["device"].get<std::string>(), name);
    }
    BOOST_TEST(bytes["CPU"] == analysis["host"]["model_bytes"].get<uint64_t>());
    for (const Json & device : analysis["devices"]) {
        BOOST_TEST(bytes[device["name"]] == device["model_bytes"].get<uint64_t>());
        BOOST_TEST(device["utilisation"].get<double>() <= 1);
    }
}

BOOST_AUTO_TEST_CASE(the_line_that_is_printed_can_be_run) {
    const std::string out = folder("it's a folder");
    const std::string model = sparseModel("gpt-oss-120b-f16", "it's a folder/my model.gguf");
    fs::create_directories(out + "/llama/build/bin");
    std::ofstream(out + "/llama/build/bin/llama-server") << "#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\n";
    fs::permissions(out + "/llama/build/bin/llama-server", fs::perms::all);
    const std::string config = textFile("usage.json", Json{{"llama_cpp_path", out + "/llama/"}}.dump());
    const Run run = overrides({model, "--output", out, "--config", config});
    BOOST_REQUIRE_MESSAGE(run.exit_code == 0, run.err);
    const size_t usage = run.out.find("To run it:\n\n");
    BOOST_REQUIRE(usage != std::string::npos);
    const Run server = shell(run.out.substr(usage + 12));
    BOOST_TEST(server.exit_code == 0, server.err);
    BOOST_TEST(holds(server.out, "-m\n" + model + "\n"), server.out);
    BOOST_TEST(holds(server.out, "-ngl\n99\n-ts\n"), server.out);
    BOOST_TEST(holds(server.out, "-fit\noff\n"), server.out);
    BOOST_TEST(holds(server.out, "-ot\n^blk\\."), server.out);
    const Run words = shell("xargs printf '%s\\n' <\"" + out + kParams + "\"");
    BOOST_TEST(server.out.ends_with(words.out), server.out);
}

BOOST_AUTO_TEST_CASE(what_the_line_says_takes_what_the_analysis_says) {
    const Run run = overrides({experts(), "--dry-run", "--json"});
    const Json analysis = Json::parse(run.out);
    std::vector<std::string> words = {"estimate",    experts(), "--json",
                                      "--reserving", "started", "--gpu",
                                      "RTX 4090",    "--gpu",   "RTX 5070 Ti,reserved=3500MiB"};
    for (const std::string word : analysis["arguments"]) words.push_back(word);
    for (const Json & rule : analysis["overrides"]) {
        words.push_back("-ot");
        words.push_back(rule["pattern"].get<std::string>() + "=" + rule["buffer"].get<std::string>());
    }
    const Run estimate = ggufit::test::ggufit(words);
    BOOST_REQUIRE_MESSAGE(estimate.exit_code == 0, estimate.err);
    const Json measured = Json::parse(estimate.out);
    for (size_t i = 0; i < 2; ++i) {
        for (const char * key : {"model_bytes", "context_bytes", "compute_bytes"})
            BOOST_TEST(measured["devices"][i][key] == analysis["devices"][i][key], key);
    }
}

BOOST_AUTO_TEST_CASE(a_dry_run_prints_the_analysis_and_writes_nothing) {
    const std::string out = folder("dry");
    const Run run = overrides({experts(), "--output", out, "--dry-run", "--verbose"});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(filesIn(out) == 0U);
    BOOST_TEST(holds(run.out, "blk.35.ffn_down_exps.weight"));
    BOOST_TEST(holds(run.out, "To run it:"));
    BOOST_TEST(holds(run.out, "switch --fit off"));
    BOOST_TEST(!holds(run.out, "Wrote"));
    BOOST_TEST(overrides({experts(), "--output", out + "/none", "--dry-run"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(files_that_are_there_are_replaced_whole) {
    const std::string out = folder("twice");
    std::ofstream(out + kParams) << std::string(1 << 20, 'x');
    BOOST_TEST(overrides({experts(), "--output", out}).exit_code == 0);
    const std::string params = content(out + kParams);
    BOOST_TEST(params.starts_with("-ot "));
    BOOST_TEST(params.find('x') != 0U);
    BOOST_TEST(overrides({experts(), "--output", out}).exit_code == 0);
    BOOST_TEST(content(out + kParams) == params);
    BOOST_TEST(filesIn(out) == 2U);
}

BOOST_AUTO_TEST_CASE(the_configuration_chooses_the_files_and_arguments_win_over_it) {
    const std::string out = folder("one");
    const std::string config =
        textFile("one.json", R"({"context_size": 8192, "output": {"save_override_params": false}, "unknown": 1})");
    const Run run = overrides({experts(), "--output", out, "--config", config});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(holds(run.out, "key 'unknown' is not known"), run.out);
    BOOST_TEST(!fs::exists(out + kParams));
    BOOST_TEST(Json::parse(content(out + kAnalysis))["n_ctx"] == 8192);
    const Run given = overrides({experts(), "--dry-run", "--json", "--config", config, "-c", "16384"});
    BOOST_TEST(Json::parse(given.out)["n_ctx"] == 16384);
}

BOOST_AUTO_TEST_CASE(experts_leave_the_gpus_only_where_the_configuration_says_so) {
    const std::string config = textFile("experts.json", R"({"tensor_analysis": {"prioritize_experts_on_cpu": true}})");
    const std::string model = sparseModel("glm-4.7-flash-q8_0");
    const auto expertsOnGpus = [&](const Run & run) {
        uint64_t sum = 0;
        const Json analysis = Json::parse(run.out);
        for (const Json & tensor : analysis["tensors"]) {
            if (tensor["role"] == "experts" && tensor["device"] != "CPU") sum += tensor["bytes"].get<uint64_t>();
        }
        return sum;
    };
    BOOST_TEST(expertsOnGpus(overrides({model, "--dry-run", "--json", "-c", "8192"})) > 0U);
    BOOST_TEST(expertsOnGpus(overrides({model, "--dry-run", "--json", "-c", "8192", "--config", config})) == 0U);
    const Run text = overrides({model, "--dry-run", "-c", "8192", "--config", config});
    BOOST_TEST(holds(text.out, "prioritize_experts_on_cpu is true"), text.out);
}

BOOST_AUTO_TEST_CASE(a_wrong_configuration_is_one_sentence_and_exit_2) {
    const auto with = [&](const std::string & json) {
        return overrides({experts(), "--dry-run", "--config", textFile("config.json", json)});
    };
    failsWith(with("{\"context_size\": \"much\"}"), 2, "config.json: context_size: ");
    failsWith(with("not json"), 2, "not valid JSON");
    failsWith(with(std::string(100000, '[')), 2, "nested deeper");
    failsWith(with("{\"context_size\": 1e999}"), 2, "config.json");
    failsWith(with("{\"context_size\": 123456789012345678901234567890}"), 2, "context_size");
    failsWith(overrides({experts(), "--config", scratch() + "/absent.json"}), 3, "absent.json");
    failsWith(ggufit::test::ggufit({"overrides", experts(), "--config"}), 2, "--config");
}

BOOST_AUTO_TEST_CASE(a_folder_that_takes_no_files_is_exit_3_and_keeps_what_was_there) {
    failsWith(overrides({experts(), "--output", scratch() + "/none"}), 3, "is no folder");
    failsWith(overrides({experts(), "--output", "/dev/null"}), 3, "is no folder");
    failsWith(overrides({experts(), "--output", "/proc"}), 3, "nothing can be written there");
    const std::string out = folder("blocked");
    fs::create_directories(out + kAnalysis);  // in the way of the second file
    failsWith(overrides({experts(), "--output", out}), 3, "is a folder");
    BOOST_TEST(filesIn(out) == 1U);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_exit_1_and_still_written) {
    const std::string out = folder("large");
    const Run run = ggufit::test::ggufit(
        {"overrides", sparseModel("llama-3.3-70b-q4_k_m"), "--gpu", "RTX 4090", "-ngl", "99", "--output", out});
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.out.starts_with("Does not fit: CUDA0 lacks "), run.out.substr(0, 80));
    BOOST_TEST(filesIn(out) == 2U);
}

BOOST_AUTO_TEST_CASE(names_out_of_a_file_reach_neither_the_terminal_nor_the_shell) {
    GgufBuilder builder;
    builder.string("general.architecture", "llama").u32("llama.block_count", 1).u32("llama.context_length", 1024);
    builder.u32("llama.embedding_length", 256).u32("llama.feed_forward_length", 512);
    builder.u32("llama.attention.head_count", 4).f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
    builder.tensor("token_embd.weight", ggufit::GgmlType::f16, {256, 256});
    builder.tensor("blk.0.'$(touch pwned)\n\x1b[31m,=", ggufit::GgmlType::f16, {256, 256}).withData();
    const auto bytes = builder.build();
    const std::string model = textFile("evil.gguf", {bytes.begin(), bytes.end()});
    const std::string out = folder("evil");
    const Run run = overrides({model, "--output", out, "--verbose", "-ot", "touch=CPU"});
    BOOST_TEST(run.exit_code == 0, run.err);
    BOOST_TEST(!holds(run.out, "\x1b"));
    const std::string params = content(out + kParams);
    BOOST_TEST(!holds(params, "$("));
    BOOST_TEST(!holds(params, "\x1b"));
    std::istringstream lines(params);
    for (std::string line; std::getline(lines, line);) BOOST_TEST(line.starts_with("-ot '^blk\\."), line);
}

BOOST_AUTO_TEST_SUITE_END()
