// What a user relies on at the command line: exit codes, what goes where, sentences for wrong input.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run.h"
#include "support/gguf_builder.h"
#include "support/golden.h"
#include "support/models.h"
#include "support/text.h"

using namespace ggufit::test;
using ggufit::GgmlType;

namespace {

/// A failure says one sentence on standard error and nothing on standard output.
void failsWith(const Run & run, int exit_code, const std::string & part) {
    BOOST_TEST(run.exit_code == exit_code);
    BOOST_TEST(run.out == "");
    BOOST_TEST(run.err.starts_with("ggufit: "), run.err);
    BOOST_TEST(holds(run.err, part), run.err);
    BOOST_TEST(run.err.find('\n') == run.err.size() - 1, run.err);
}

const std::vector<std::string> kGpu = {"--gpu", "RTX 4090", "--ram", "64GB"};

Run plan(std::vector<std::string> words) {
    words.insert(words.begin(), "plan");
    words.insert(words.end(), kGpu.begin(), kGpu.end());
    return ggufit::test::ggufit(words);
}

std::string small() { return sparseModel("qwen3-14b-q4_k_m"); }

}  // namespace

BOOST_AUTO_TEST_CASE(help_goes_to_standard_output_and_is_pinned) {
    for (const char * command : {"", "plan", "advise", "inspect", "estimate", "graph", "link", "overrides", "check",
                                 "conf", "gpus", "choose"}) {
        std::vector<std::string> words;
        if (*command != '\0') words.push_back(command);
        words.push_back("--help");
        const Run run = ggufit::test::ggufit(words);
        BOOST_TEST(run.exit_code == 0);
        BOOST_TEST(run.err == "");
        BOOST_TEST(goldenDifference(std::string("help/") + (*command == '\0' ? "ggufit" : command) + ".txt", run.out) ==
                   "");
    }
    BOOST_TEST(ggufit::test::ggufit({"plan", "-h"}).out == ggufit::test::ggufit({"plan", "--help"}).out);
    BOOST_TEST(ggufit::test::ggufit({"--version"}).out.starts_with("ggufit "));
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_exit_2) {
    failsWith(ggufit::test::ggufit({}), 2, "--help");
    failsWith(ggufit::test::ggufit({"plam"}), 2, "no such command");
    failsWith(ggufit::test::ggufit({small()}), 2, "ggufit plan ");
    failsWith(plan({}), 2, "no model given");
    failsWith(plan({small(), "--format", "xml"}), 2, "--format");
    failsWith(plan({small(), "--ctx"}), 2, "--ctx");
    failsWith(plan({small(), "--ctx", "many"}), 2, "--ctx");
    failsWith(plan({small(), "-ngl"}), 2, "-ngl");
    failsWith(plan({small(), "other.gguf"}), 2, "two models");
    failsWith(plan({small(), "--gpu", "no such card"}), 2, "no such card");
    failsWith(plan({small(), "-sm", "none", "-mg", "7"}), 2, "");
}

BOOST_AUTO_TEST_CASE(without_a_gpu_the_error_says_how_to_describe_one) {
    const Run run = ggufit::test::ggufit({"plan", small()}, {"PATH=/nowhere", "GGUFIT_SYSTEM_ROOT=" + scratch()});
    failsWith(run, 2, "--gpu \"RTX 4090\"");
    BOOST_TEST(holds(run.err, "--machine FILE"));
}

BOOST_AUTO_TEST_CASE(wrong_input_is_exit_3_and_says_what_to_do) {
    failsWith(plan({scratch() + "/absent.gguf"}), 3, "absent.gguf: can't be opened: No such file");
    std::filesystem::create_directories(scratch() + "/folder");  // scratch() itself holds other tests' models
    failsWith(plan({scratch() + "/folder"}), 3, "there is no GGUF model in this folder");
    failsWith(plan({"/dev/null"}), 3, "is not a regular file");
    failsWith(plan({textFile("text.gguf", "hello, this is no model at all")}), 3, "text.gguf");
    failsWith(plan({textFile("empty.gguf", "")}), 3, "empty.gguf");
    failsWith(ggufit::test::ggufit({"plan", small(), "--machine", textFile("bad.json", "{\"devices\": 3}")}), 3,
              "bad.json");
    failsWith(ggufit::test::ggufit({"plan", small(), "--machine", scratch() + "/absent.json"}), 3, "absent.json");
}

BOOST_AUTO_TEST_CASE(a_pipe_under_a_model_s_name_does_not_hang) {
    const Run run = shell("mkfifo " + scratch() + "/pipe.gguf; exec \"$GGUFIT\" inspect " + scratch() + "/pipe.gguf");
    failsWith(run, 3, "is not a regular file");
}

BOOST_AUTO_TEST_CASE(an_unfinished_download_is_named_with_what_is_missing) {
    const std::string path = sparseModel("llama-3.1-8b-q4_k_m", "unfinished.gguf");
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1000);
    failsWith(plan({path}), 3, "1,000 bytes");
    std::filesystem::resize_file(path, 100);
    failsWith(plan({path}), 3, "unfinished.gguf");
}

BOOST_AUTO_TEST_CASE(quiet_leaves_the_answer_and_errors_alone) {
    const std::vector<std::string> words = {"link", small(), "--gpu", "RTX 4090", "--api-key", "secret"};
    const Run said = ggufit::test::ggufit(words);
    BOOST_TEST(holds(said.err, "warning: --api-key is not in the link"), said.err);
    std::vector<std::string> quiet = words;
    quiet.emplace_back("--quiet");
    const Run silent = ggufit::test::ggufit(quiet);
    BOOST_TEST(silent.err == "");
    BOOST_TEST(silent.out == said.out);
    BOOST_TEST(silent.exit_code == said.exit_code);
    failsWith(plan({"--quiet", scratch() + "/absent.gguf"}), 3, "absent.gguf");
}

BOOST_AUTO_TEST_CASE(an_unknown_version_is_exit_4) {
    const auto bytes = GgufBuilder().versionBytes(99).string("general.architecture", "llama").build();
    failsWith(plan({textFile("future.gguf", {bytes.begin(), bytes.end()})}), 4, "99");
}

BOOST_AUTO_TEST_CASE(any_shard_stands_for_the_model_and_a_missing_one_is_named) {
    const auto shard = [](uint16_t number, const std::string & tensor) {
        GgufBuilder builder;
        if (number == 0) describeSmallLlama(builder);
        builder.u16("split.no", number).u16("split.count", 2).i32("split.tensors.count", 2);
        builder.tensor(tensor, GgmlType::f16, {256, 256}).withData();
        const auto bytes = builder.build();
        return std::string(bytes.begin(), bytes.end());
    };
    const std::string first = textFile("pair-00001-of-00002.gguf", shard(0, "token_embd.weight"));
    failsWith(plan({first}), 3, "pair-00002-of-00002.gguf: this shard is missing");
    const std::string second = textFile("pair-00002-of-00002.gguf", shard(1, "output.weight"));
    const Run one = plan({first, "--format", "conf"});
    const Run two = plan({second, "--format", "conf"});
    BOOST_TEST(one.exit_code == 0, one.err);
    BOOST_TEST(one.out == two.out);
    BOOST_TEST(holds(two.out, "MODEL=pair-00001-of-00002.gguf\n"));
}

BOOST_AUTO_TEST_CASE(exit_0_fits_and_1_does_not) {
    BOOST_TEST(plan({small()}).exit_code == 0);
    const Run run = plan({small(), "-ngl", "99", "-fit", "off", "-c", "1048576"});
    BOOST_TEST(run.exit_code == 1);
    BOOST_TEST(run.out.starts_with("Does not fit: CUDA0 lacks "), run.out.substr(0, 80));
}

BOOST_AUTO_TEST_CASE(a_pasted_command_line_works_as_it_is) {
    const std::string path = small();
    const Run words =
        ggufit::test::ggufit({"plan", "--gpu", "RTX 4090", "CUDA_VISIBLE_DEVICES=0", "LLAMA_ARG_CTX_SIZE=8192",
                              "/opt/llama.cpp/llama-server", "-m", path, "-ngl", "99", "--host", "0.0.0.0", "--json"});
    BOOST_TEST(words.exit_code == 0, words.err);
    const auto json = nlohmann::json::parse(words.out);
    BOOST_TEST(json["n_ctx"] == 8192);
    BOOST_TEST(json["settings"]["n_gpu_layers"] == 99);
    BOOST_TEST(json["strategy"] == "given");

    const Run quoted = ggufit::test::ggufit(
        {"plan", "--gpu", "RTX 4090", "--json", "./llama-server -m '" + path + "' \\\n  -c 8192 -ngl 99"});
    BOOST_TEST(quoted.exit_code == 0, quoted.err);
    BOOST_TEST(nlohmann::json::parse(quoted.out)["n_ctx"] == 8192);
}

BOOST_AUTO_TEST_CASE(own_options_and_llama_server_s_may_be_mixed) {
    const Run run = plan({"-c", "8192", small(), "-ctk", "f16", "--json", "-ctv", "f16"});
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto json = nlohmann::json::parse(run.out);
    BOOST_TEST(json["settings"]["type_k"] == "f16");
    BOOST_TEST(json["n_ctx"] == 8192);

    const auto kv = nlohmann::json::parse(plan({small(), "--kv=q4_0", "--ctx=8k", "--json"}).out);
    BOOST_TEST(kv["settings"]["type_v"] == "q4_0");
    BOOST_TEST(kv["n_ctx"] == 8192);
}

BOOST_AUTO_TEST_CASE(llama_arg_variables_are_read_and_arguments_win_over_them) {
    const std::vector<std::string> words = {"plan", small(), "--gpu", "RTX 4090", "--json"};
    BOOST_TEST(nlohmann::json::parse(ggufit::test::ggufit(words, {"LLAMA_ARG_CTX_SIZE=4096"}).out)["n_ctx"] == 4096);
    auto given = words;
    given.insert(given.end(), {"-c", "8192"});
    BOOST_TEST(nlohmann::json::parse(ggufit::test::ggufit(given, {"LLAMA_ARG_CTX_SIZE=4096"}).out)["n_ctx"] == 8192);
}

BOOST_AUTO_TEST_CASE(formats_print_what_they_name_and_warnings_go_to_standard_error) {
    const Run conf = plan({small(), "--format", "conf", "--id", "my.model", "--no-such-argument"});
    BOOST_TEST(conf.exit_code == 0);
    BOOST_TEST(holds(conf.out, "\n[my-model]\n"));
    BOOST_TEST(holds(conf.err, "ggufit: warning: "));
    BOOST_TEST(holds(conf.err, "--no-such-argument"));
    BOOST_TEST(!holds(conf.out, "--no-such-argument"));

    const Run bench = plan({small(), "--format", "conf", "--profile", "bench"});
    BOOST_TEST(holds(bench.out, "\n[bench-qwen3-14b-q4-k-m]\n"));
    BOOST_TEST(holds(bench.out, "CTX_SIZE=10240\n"));

    const Run args = plan({small(), "--format", "args"});
    BOOST_TEST(args.out.starts_with("llama-server -m " + small() + " -c 40960 "), args.out);
    BOOST_TEST(args.out.find('\n') == args.out.size() - 1);

    BOOST_TEST(nlohmann::json::accept(plan({small(), "--json"}).out));
    BOOST_TEST(plan({small(), "--json"}).out == plan({small(), "--format", "json"}).out);
    BOOST_TEST(nlohmann::json::accept(ggufit::test::ggufit({"inspect", small(), "--json"}).out));
}

BOOST_AUTO_TEST_CASE(model_is_relative_to_the_models_folder) {
    std::filesystem::create_directories(scratch() + "/shelf/qwen");
    const std::string path = sparseModel("qwen3-14b-q4_k_m", "shelf/qwen/m.gguf");
    BOOST_TEST(
        holds(plan({path, "--format", "conf", "--models-dir", scratch() + "/shelf"}).out, "\nMODEL=qwen/m.gguf\n"));
    BOOST_TEST(holds(plan({path, "--format", "conf"}).out, "\nMODEL=m.gguf\n"));
    BOOST_TEST(holds(plan({path, "--format", "conf", "--models-dir", scratch() + "/other"}).out, "\nMODEL=m.gguf\n"));
}

BOOST_AUTO_TEST_CASE(what_is_not_a_terminal_gets_no_colour) {
    BOOST_TEST(!holds(plan({small()}).out, "\x1b"));
    const std::string words = " plan " + small() + " --gpu \"RTX 4090\"";
    if (shell("command -v script").exit_code != 0) return;  // util-linux gives ggufit a terminal here
    const auto onTerminal = [&](const std::string & environment) {
        return shell("script -qec '" + environment + " '\"$GGUFIT\"'" + words + "' /dev/null").out;
    };
    BOOST_TEST(holds(onTerminal(""), "\x1b[32m"));
    BOOST_TEST(!holds(onTerminal("NO_COLOR=1"), "\x1b[32m"));
    BOOST_TEST(!holds(onTerminal("TERM=dumb"), "\x1b[32m"));
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_early_is_no_failure) {
    const Run run =
        shell("(\"$GGUFIT\" plan " + small() + " --gpu \"RTX 4090\" --json; echo $? >&2) | head -c 10 >/dev/null");
    BOOST_TEST(run.err == "0\n");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_a_failure) {
    const Run run = shell("exec \"$GGUFIT\" plan " + small() + " --gpu \"RTX 4090\" >/dev/full");
    BOOST_TEST(run.exit_code == 3);
    BOOST_TEST(holds(run.err, "standard output"));
}

BOOST_AUTO_TEST_CASE(explain_names_what_fills_a_buffer_and_measures_what_would_shrink_it) {
    const auto estimated = [](std::vector<std::string> more) {
        std::vector<std::string> words = {"estimate", small(), "--gpu", "RTX 4090", "-c",
                                          "8192",     "-fit",  "off",   "-ngl",     "99"};
        words.insert(words.end(), more.begin(), more.end());
        const Run run = ggufit::test::ggufit(words);
        BOOST_REQUIRE_MESSAGE(run.exit_code == 0, run.err);
        return run.out;
    };
    const nlohmann::json explained = nlohmann::json::parse(estimated({"--explain", "--json"}));
    const nlohmann::json half = nlohmann::json::parse(estimated({"-ub", "256", "--json"}));
    BOOST_TEST(!half.contains("explanation"));
    const uint64_t compute_bytes = explained["devices"][0]["compute_bytes"];
    const nlohmann::json & peak = explained["explanation"]["peaks"][0];
    uint64_t sum = peak["others_bytes"].get<uint64_t>() + peak["gaps_bytes"].get<uint64_t>();
    for (const nlohmann::json & tensor : peak["alive"]) sum += tensor["bytes"].get<uint64_t>();
    BOOST_TEST(sum == compute_bytes);
    const nlohmann::json & levers = explained["explanation"]["levers"];
    const auto lever =
        std::find_if(levers.begin(), levers.end(), [](const nlohmann::json & l) { return l["argument"] == "-ub 256"; });
    BOOST_REQUIRE((lever != levers.end()));
    BOOST_TEST((*lever)["saved_bytes"][0].get<uint64_t>() ==
               compute_bytes - half["devices"][0]["compute_bytes"].get<uint64_t>());

    const std::string text = estimated({"--explain"});
    BOOST_TEST(holds(text, "attention mask, 512 tokens × 8,192 cells"), text);
    BOOST_TEST(holds(text, "-ub 256"), text);
    BOOST_TEST(!holds(text, "leaf_"), text);
    BOOST_TEST(holds(plan({small(), "--explain"}).out, "what it holds"));
    BOOST_TEST(!holds(plan({small()}).out, "what it holds"));
}

BOOST_AUTO_TEST_CASE(advise_writes_a_document_or_json_and_says_by_its_status_whether_anything_fits) {
    const auto advised = [](std::vector<std::string> more) {
        std::vector<std::string> words = {"advise", small(), "--gpu", "RTX 4090", "--ram", "64GB"};
        words.insert(words.end(), more.begin(), more.end());
        return ggufit::test::ggufit(words);
    };
    const Run text = advised({"--id", "my.model"});
    BOOST_TEST(text.exit_code == 0, text.err);
    BOOST_TEST(text.err == "");
    BOOST_TEST(text.out.starts_with("# Advice and test plan: "), text.out.substr(0, 80));
    BOOST_TEST(holds(text.out, "\n[my-model-aggressive]\n"));
    BOOST_TEST(holds(text.out, "\n[my-model-moderate]\n"));
    BOOST_TEST(text.out == advised({"--id", "my.model", "--format", "markdown"}).out);

    const auto json = nlohmann::json::parse(advised({"--json", "-c", "8192", "--no-such-argument"}).out);
    BOOST_TEST(json["plan"]["n_ctx"] == 8192);
    BOOST_TEST(holds(json["plan"]["warnings"].dump(), "--no-such-argument"));
    for (const auto & one : json["suggestions"]) {
        if (one["kind"] != "optional") BOOST_TEST(one["plan"]["n_ctx"] == 8192);
    }

    const Run by_hand = advised({"-ngl", "99", "-c", "1048576"});  // --fit would shorten nothing that was given
    BOOST_TEST(by_hand.exit_code == 0, by_hand.err);
    BOOST_TEST(holds(by_hand.out, "The plan does not fit"));
    const Run none =
        ggufit::test::ggufit({"advise", sparseModel("deepseek-v3.1-q4_k_m"), "--gpu", "RTX 4090", "--ram", "64GB"});
    BOOST_TEST(none.exit_code == 1);
    BOOST_TEST(holds(none.out, "nothing to test"));
    failsWith(ggufit::test::ggufit({"advise", small()}), 2, "no GPU given");
    failsWith(advised({"--format", "conf"}), 2, "--format");
}

BOOST_AUTO_TEST_CASE(an_estimate_says_whose_rules_it_follows) {
    std::vector<std::string> words = {"estimate", small(), "--gpu", "RTX 4090"};
    BOOST_TEST(!holds(ggufit::test::ggufit(words).out, "The rules are those of"));
    words.insert(words.end(), {"--llama-cpp", "b10106"});
    const std::string out = ggufit::test::ggufit(words).out;
    BOOST_TEST(holds(out,
                     "The rules are those of llama.cpp b10106; other than now, a quantized V cache did not switch "
                     "flash attention on.\n"),
               out);
}

BOOST_AUTO_TEST_CASE(estimate_answers_in_json_and_as_a_table) {
    const std::vector<std::string> words = {"estimate", small(), "--gpu", "RTX 4090", "-c",   "8192",
                                            "-np",      "1",     "-ngl",  "99",       "-fit", "off"};
    auto with_json = words;
    with_json.push_back("--json");
    const Run run = ggufit::test::ggufit(with_json);
    BOOST_TEST(run.exit_code == 0, run.err);
    const auto json = nlohmann::json::parse(run.out);
    BOOST_TEST(json["devices"][0]["context_bytes"] == 1342177280);  // 40 layers × 2 × 8 heads × 128 × 8192 × 2 bytes
    BOOST_TEST(!json.contains("fit"));
    const Run table = ggufit::test::ggufit(words);
    BOOST_TEST(holds(table.out, "1,280"), table.out);
}

BOOST_AUTO_TEST_CASE(a_backend_drives_the_gpus_and_names_them) {
    const auto estimate = [](std::vector<std::string> words) {
        words.insert(words.begin(), {"estimate", small(), "--json", "-fit", "off", "-c", "4096"});
        return ggufit::test::ggufit(words);
    };
    const auto deviceNames = [&](const std::vector<std::string> & words) {
        const Run run = estimate(words);
        BOOST_TEST_REQUIRE(run.exit_code == 0, run.err);
        const auto answer = nlohmann::json::parse(run.out);
        std::string names;
        for (const auto & device : answer["devices"])
            names += (names.empty() ? "" : " ") + device["name"].get<std::string>();
        return names;
    };
    BOOST_TEST(deviceNames({"--gpu", "RTX 4090"}) == "CUDA0");
    BOOST_TEST(deviceNames({"--gpu", "2x RTX 4090", "--backend", "vulkan"}) == "Vulkan0 Vulkan1");
    BOOST_TEST(deviceNames({"--gpu", "RX 7900 XTX", "--gpu", "RTX 4090", "--backend", "auto"}) == "ROCm0 CUDA0");
    BOOST_TEST(deviceNames({"--gpu", "M2 Ultra 76c", "--backend", "Metal"}) == "MTL0");
    BOOST_TEST(deviceNames({"--gpu", "Strix Halo", "--ram", "128GB LPDDR5X unified", "--backend", "ROCm"}) == "ROCm0");
    BOOST_TEST(deviceNames({"--gpu", "RTX 4090", "--backend", "CPU"}) == "");
    BOOST_TEST(deviceNames({"--backend", "CPU"}) == "");
    BOOST_TEST(deviceNames({"--ram", "64GB DDR5"}) == "");
    failsWith(estimate({"--gpu", "RTX 4090", "--backend", "OpenCL"}), 2, "CUDA, ROCm, Vulkan, Metal, SYCL, RPC, CPU");
    failsWith(estimate({"--gpu", "RTX 4090", "--backend", "ROCm"}), 2, "does not drive");
    failsWith(estimate({"--gpu", "none", "--backend", "CUDA"}), 2, "--gpu");
    failsWith(estimate({"--gpu", "banana", "--backend", "CPU"}), 2, "banana");
}

BOOST_AUTO_TEST_CASE(a_measured_speed_is_kept_in_the_machine_file_and_scales_estimates) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "ggufit-calibration";
    std::filesystem::create_directories(folder);
    const std::string file = (folder / "machine.json").string();
    const std::vector<std::string> counted = {"estimate", small(), "--json", "-fit", "off", "-c", "4096"};
    const auto run = [&](const std::vector<std::string> & more) {
        std::vector<std::string> words = counted;
        words.insert(words.end(), more.begin(), more.end());
        return ggufit::test::ggufit(words);
    };
    const auto speedOf = [&](const Run & done) {
        BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
        const auto json = nlohmann::json::parse(done.out);
        return json["speed"]["decode_tokens_per_second"].get<double>();
    };
    const double predicted = speedOf(run({"--gpu", "RTX 4090"}));
    const std::string measured = std::to_string(predicted * 0.8);
    speedOf(run({"--gpu", "RTX 4090", "--measured", measured, "--write-machine", file}));
    BOOST_TEST(speedOf(run({"--machine", file})) == predicted * 0.8, boost::test_tools::tolerance(0.001));
    // the same measurement once more changes nothing
    speedOf(run({"--machine", file, "--measured", measured, "--write-machine", file}));
    BOOST_TEST(speedOf(run({"--machine", file})) == predicted * 0.8, boost::test_tools::tolerance(0.001));

    failsWith(run({"--gpu", "RTX 4090", "--measured", "42"}), 2, "--write-machine");
    for (const char * text : {"fast", "-1", "0", "nan", "1e300", "0.001"})
        failsWith(run({"--gpu", "RTX 4090", "--measured", text, "--write-machine", file}), 2, "--measured");
    failsWith(run({"--gpu", "RTX 4090", "--write-machine", (folder / "none" / "machine.json").string()}), 3, "none");
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(sizes_are_asked_for_where_they_decide) {
    const std::vector<std::string> counted = {"estimate", small(), "-fit", "off", "--gpu"};
    const auto with = [](std::vector<std::string> words, const std::vector<std::string> & more) {
        words.insert(words.end(), more.begin(), more.end());
        return ggufit::test::ggufit(words);
    };
    BOOST_TEST(with(counted, {"RTX 4060 Ti"}).exit_code == 0);
    BOOST_TEST(with(counted, {"M2 Max"}).exit_code == 0);
    failsWith(with(counted, {"RTX 4060 Ti", "--gpu", "RTX 4090"}), 2, "16GB");
    failsWith(with({"estimate", small(), "--gpu"}, {"RTX 4060 Ti"}), 2, "16GB");
    failsWith(with({"plan", small(), "--gpu"}, {"RTX 4060 Ti"}), 2, "16GB");
    failsWith(with({"plan", small(), "--gpu"}, {"M2 Max"}), 2, "--ram 64GB");
    BOOST_TEST(with({"plan", small(), "--gpu"}, {"M2 Max", "--ram", "64GB"}).exit_code == 0);
    BOOST_TEST(with({"plan", small(), "--gpu"}, {"M2 Max 64GB"}).exit_code == 0);
}
