// The configuration of `ggufit overrides`: what it may hold, and what is said of what it may not.
#include "plan/override_config.h"

#include <boost/test/unit_test.hpp>

#include "plan/plan.h"

using namespace ggufit;

namespace {

void refuses(const std::string & json, const std::string & where, const std::string & detail) {
    const auto config = parseOverrideConfig(json);
    BOOST_REQUIRE_MESSAGE(!config.ok(), json.substr(0, 100));
    BOOST_TEST(exitCode(config.error().code) == 2);
    BOOST_TEST(config.error().where == where);
    BOOST_TEST(config.error().detail.find(detail) != std::string::npos, config.error().detail);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(override_config)

BOOST_AUTO_TEST_CASE(the_seeds_configuration_is_read_as_it_stands) {
    const auto config = parseOverrideConfig(R"({
        "llama_cpp_path": "/home/me/llama.cpp", "virtual_env_path": "/path/to/venv", "context_size": 8192,
        "tensor_analysis": {"prioritize_experts_on_cpu": true, "maximize_gpu_layers": true,
                            "reserve_context_memory": true, "memory_safety_margin_mb": 512},
        "output": {"save_analysis_json": true, "save_override_params": true, "verbose": true}})");
    BOOST_REQUIRE(config.ok());
    BOOST_TEST(config->llama_cpp_path == "/home/me/llama.cpp");
    BOOST_TEST(*config->context_size == 8192U);
    BOOST_TEST(*config->memory_safety_margin_mb == 512U);
    BOOST_TEST(config->prioritize_experts_on_cpu);
    BOOST_TEST(config->verbose);
    BOOST_REQUIRE(config->warnings.size() == 1U);
    BOOST_TEST(config->warnings[0].text.find("virtual_env_path is not needed") == 0U);
    const Settings settings = configuredSettings(wrapperDefaults(), *config);
    BOOST_TEST(settings.n_ctx == 8192U);
    BOOST_TEST(settings.given_n_ctx);
    BOOST_TEST(settings.fit_target_mib == std::vector<uint64_t>{512});
}

BOOST_AUTO_TEST_CASE(an_empty_one_changes_nothing_and_keeps_experts_on_the_gpus) {
    for (const char * json : {"{}", R"({"context_size": null, "output": {"verbose": null}, "tensor_analysis": {}})"}) {
        const auto config = parseOverrideConfig(json);
        BOOST_REQUIRE(config.ok());
        BOOST_TEST(!config->prioritize_experts_on_cpu);
        BOOST_TEST(config->maximize_gpu_layers);
        BOOST_TEST(config->save_analysis_json);
        BOOST_TEST(config->warnings.empty());
        BOOST_TEST((configuredSettings(wrapperDefaults(), *config) == wrapperDefaults()));
    }
}

BOOST_AUTO_TEST_CASE(wrong_types_and_numbers_are_usage_errors_that_name_the_key) {
    refuses(R"({"context_size": "8192"})", "context_size", "whole number");
    refuses(R"({"context_size": 0})", "context_size", "from 1 to");
    refuses(R"({"context_size": -1})", "context_size", "whole number");
    refuses(R"({"context_size": 8192.5})", "context_size", "whole number");
    refuses(R"({"context_size": 1e300})", "context_size", "whole number");
    refuses(R"({"context_size": 99999999999999999999999999})", "context_size", "whole number");
    refuses(R"({"tensor_analysis": []})", "tensor_analysis", "object");
    refuses(R"({"tensor_analysis": {"prioritize_experts_on_cpu": 1}})", "tensor_analysis.prioritize_experts_on_cpu",
            "true or false");
    refuses(R"({"tensor_analysis": {"memory_safety_margin_mb": 1e18}})", "tensor_analysis.memory_safety_margin_mb",
            "whole number");
    refuses(R"({"output": {"verbose": "yes"}})", "output.verbose", "true or false");
    refuses(R"({"llama_cpp_path": 7})", "llama_cpp_path", "text in quotes");
    refuses(R"({"llama_cpp_path": "a\nb"})", "llama_cpp_path", "line ends");
    refuses(R"({"virtual_env_path": false})", "virtual_env_path", "text in quotes");
}

BOOST_AUTO_TEST_CASE(what_is_no_configuration_is_refused_without_a_crash) {
    refuses("", "", "not valid JSON");
    refuses("hello", "", "not valid JSON");
    refuses("[1]", "", "object");
    refuses("{\"context_size\": 8192", "", "not valid JSON");
    refuses(std::string(200000, '['), "", "nested deeper");
    std::string deep = "1";
    for (int i = 0; i < 50; ++i) deep = "{\"output\":" + deep + "}";
    refuses(deep, "", "nested deeper");
    refuses("{\"a\": \"" + std::string(2 << 20, 'x') + "\"}", "", "less than 1 MiB");
}

BOOST_AUTO_TEST_CASE(unknown_keys_get_a_warning_each_and_a_sum_where_they_are_many) {
    const auto config = parseOverrideConfig(R"({"contxt_size": 1, "output": {"colour": true}, "evil\u001b": 2})");
    BOOST_REQUIRE(config.ok());
    BOOST_REQUIRE(config->warnings.size() == 3U);
    BOOST_TEST(config->warnings[0].text.find("contxt_size") != std::string::npos);
    BOOST_TEST(config->warnings[1].text.find("output.colour") != std::string::npos);
    BOOST_TEST(config->warnings[2].text.find('\x1b') == std::string::npos);
    std::string many = "{\"k\": 1";
    for (int i = 0; i < 1000; ++i) many += ", \"k" + std::to_string(i) + "\": 1";
    const auto crowded = parseOverrideConfig(many + "}");
    BOOST_REQUIRE(crowded.ok());
    BOOST_TEST(crowded->warnings.size() == 9U);
    BOOST_TEST(crowded->warnings.back().text.find("993 more") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_cache_that_is_not_to_be_reserved_is_counted_all_the_same_and_said_so) {
    const auto config = parseOverrideConfig(R"({"tensor_analysis": {"reserve_context_memory": false}})");
    BOOST_REQUIRE(config.ok());
    BOOST_REQUIRE(config->warnings.size() == 1U);
    BOOST_TEST(config->warnings[0].remedy.find("-nkvo") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
