// LLAMA_ARG_* variables, by llama.cpp's rules, and what stands in front of a pasted command.
#include <boost/test/unit_test.hpp>

#include "support/arguments.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

Result<ParsedArguments> read(const Environment & environment, const std::string & line = "") {
    return parseArguments(wordsOf(line), environment);
}

ParsedArguments accepted(const Environment & environment, const std::string & line = "") {
    const auto result = read(environment, line);
    BOOST_TEST_REQUIRE(result.ok(), (result.ok() ? "" : result.error().text()));
    return result.value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(variables_set_what_their_arguments_set) {
    const Settings settings = accepted({{"LLAMA_ARG_CTX_SIZE", "8192"},
                                        {"LLAMA_ARG_N_GPU_LAYERS", "all"},
                                        {"LLAMA_ARG_CACHE_TYPE_K", "q8_0"},
                                        {"LLAMA_ARG_TENSOR_SPLIT", "3,1"},
                                        {"LLAMA_ARG_FIT", "off"},
                                        {"LLAMA_ARG_N_CPU_MOE", "2"},
                                        {"LLAMA_ARG_SWA_FULL", "enabled"},
                                        {"PATH", "/usr/bin"}})
                                  .settings;
    BOOST_TEST(settings.n_ctx == 8192u);
    BOOST_TEST(settings.n_gpu_layers == kGpuLayersAll);
    BOOST_TEST((settings.type_k == GgmlType::q8_0));
    BOOST_TEST(settings.tensor_split.size() == 2u);
    BOOST_TEST(!settings.fit);
    BOOST_TEST(settings.override_tensors.size() == 2u);
    BOOST_TEST(settings.swa_full);
}

BOOST_AUTO_TEST_CASE(arguments_win_over_variables) {
    BOOST_TEST(accepted({{"LLAMA_ARG_CTX_SIZE", "8192"}}, "-c 4096").settings.n_ctx == 4096u);
    BOOST_TEST(accepted({{"LLAMA_ARG_MODEL", "a.gguf"}}).model == "a.gguf");
    BOOST_TEST(accepted({{"LLAMA_ARG_MODEL", "a.gguf"}}, "-m b.gguf").model == "b.gguf");
}

BOOST_AUTO_TEST_CASE(a_flag_wants_a_true_value_and_is_ignored_otherwise) {
    for (const char * value : {"on", "enabled", "true", "1"}) {
        BOOST_TEST(accepted({{"LLAMA_ARG_NO_HOST", value}}).settings.no_host);
    }
    for (const char * value : {"off", "0", "false"}) {
        BOOST_TEST(!accepted({{"LLAMA_ARG_NO_HOST", value}}).settings.no_host);
        BOOST_TEST(accepted({{"LLAMA_ARG_NO_HOST", value}}).warnings.empty());
    }
    const ParsedArguments ignored = accepted({{"LLAMA_ARG_NO_HOST", "yes"}});
    BOOST_TEST(!ignored.settings.no_host);
    BOOST_TEST(ignored.warnings.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_toggle_takes_true_false_and_the_negated_name_with_any_value) {
    BOOST_TEST(!accepted({{"LLAMA_ARG_KV_OFFLOAD", "off"}}).settings.kv_offload);
    BOOST_TEST(accepted({{"LLAMA_ARG_KV_OFFLOAD", "1"}}).settings.kv_offload);
    BOOST_TEST(!accepted({{"LLAMA_ARG_NO_KV_OFFLOAD", "0"}}).settings.kv_offload);
    BOOST_TEST(!accepted({{"LLAMA_ARG_NO_MMAP", ""}}).settings.mmap);
    BOOST_TEST(!accepted({{"LLAMA_ARG_NO_MMAP", "1"}, {"LLAMA_ARG_MMAP", "1"}}).settings.mmap);
    const auto wrong = read({{"LLAMA_ARG_MMAP", "yes"}});
    BOOST_TEST_REQUIRE(!wrong.ok());
    BOOST_TEST(wrong.error().where == "LLAMA_ARG_MMAP");
}

BOOST_AUTO_TEST_CASE(wrong_values_name_the_variable) {
    const auto wrong = read({{"LLAMA_ARG_CTX_SIZE", "many"}});
    BOOST_TEST_REQUIRE(!wrong.ok());
    BOOST_TEST(wrong.error().where == "LLAMA_ARG_CTX_SIZE");
    BOOST_TEST((wrong.error().code == ErrorCode::usage));
}

BOOST_AUTO_TEST_CASE(variables_that_are_kept_become_arguments_but_secrets_do_not) {
    const ParsedArguments arguments = accepted({{"LLAMA_ARG_HOST", "0.0.0.0"},
                                                {"LLAMA_ARG_NO_JINJA", "1"},
                                                {"LLAMA_API_KEY", "secret"},
                                                {"HF_TOKEN", "secret"}});
    BOOST_TEST(arguments.kept == wordsOf("--host 0.0.0.0 --no-jinja"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pasted_line_with_variables_and_program_works_as_it_is) {
    const auto words = splitCommandLine(
        "LLAMA_ARG_CTX_SIZE=8192 CUDA_VISIBLE_DEVICES=0 ./build/bin/llama-server \\\n  -m 'my models/a.gguf' \\\n  "
        "-ngl 99");
    BOOST_TEST_REQUIRE(words.ok());
    const auto result = parseArguments(*words);
    BOOST_TEST_REQUIRE(result.ok());
    BOOST_TEST(result->settings.n_ctx == 8192u);
    BOOST_TEST(result->settings.n_gpu_layers == 99);
    BOOST_TEST(result->model == "my models/a.gguf");
    BOOST_TEST(result->positional.empty());
    BOOST_TEST(result->warnings.size() == 1u);  // of CUDA_VISIBLE_DEVICES
    BOOST_TEST(parsed("sudo llama-server -c 512").settings.n_ctx == 512u);
    BOOST_TEST(parsed("llama-server.exe -c 512").positional.empty());
}
