// Settings and arguments in links: those that differ from the wrapper's defaults, and nothing that is nobody's
// business.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "link/envelope.h"
#include "link/support.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using Words = std::vector<std::string>;

ParsedArguments parsed(const Words & words) {
    auto arguments = parseArguments(words, wrapperDefaults());
    if (!arguments) BOOST_FAIL(arguments.error().text());
    return std::move(*arguments);
}

LinkArguments linked(const Words & words) {
    const ParsedArguments arguments = parsed(words);
    return linkArguments(arguments.settings, arguments.kept);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_wrappers_defaults_take_no_words) { BOOST_TEST(linked({}).words.empty()); }

BOOST_AUTO_TEST_CASE(settings_come_back_as_they_were) {
    const Words lines[] = {{"-c", "65536"},
                           {"-c", "0"},
                           {"-ctk", "f16", "-ctv", "q4_0"},
                           {"-fa", "off", "-np", "-1"},
                           {"-fa", "auto", "-np", "4", "-kvu"},
                           {"-fitt", "256,512"},
                           {"-fit", "off", "-ngl", "20", "-ts", "3,1.5", "-mg", "1"},
                           {"-ncmoe", "7", "-ot", "blk\\.1\\..*=CPU"},
                           {"-cmoe", "--no-mmap", "-nkvo", "--swa-full", "-b", "4096", "-ub", "4096"},
                           {"--mlock", "--no-op-offload", "-dev", "CUDA1", "-sm", "row", "-t", "8"},
                           {"--temp", "0.6", "--top-k", "20", "--jinja", "--samplers", "top_k;temp"}};
    for (const Words & line : lines) {
        const ParsedArguments before = parsed(line);
        const ParsedArguments after = parsed(linkArguments(before.settings, before.kept).words);
        BOOST_TEST((after.settings == before.settings), line[0] << " " << line[1]);
        BOOST_TEST(after.kept == before.kept);
    }
}

BOOST_AUTO_TEST_CASE(paths_addresses_and_secrets_stay_behind_and_are_named) {
    const auto arguments = linked({"--mmproj",
                                   "/home/somebody/mmproj.gguf",
                                   "--api-key",
                                   "hunter2",
                                   "--api-key-file",
                                   "12345",
                                   "--host",
                                   "10.0.0.1",
                                   "--alias",
                                   "my-server",
                                   "--lora",
                                   "a.gguf",
                                   "--slot-save-path",
                                   "x",
                                   "--log-file",
                                   "log.txt",
                                   "--chat-template-file",
                                   "t.jinja",
                                   "--jinja",
                                   "--temp",
                                   "0.7",
                                   "--chat-template-kwargs",
                                   R"({"enable_thinking":false})",
                                   "--port",
                                   "8080"});
    std::string all;
    for (const std::string & word : arguments.words) all += word + " ";
    for (const char * secret : {"somebody", "hunter2", "10.0.0.1", "my-server", "a.gguf", "log.txt", "t.jinja"})
        BOOST_TEST(all.find(secret) == std::string::npos, secret);
    BOOST_TEST(all.find("--temp 0.7") != std::string::npos);
    BOOST_TEST(all.find("enable_thinking") != std::string::npos);
    BOOST_TEST((arguments.left_out == Words{"--mmproj", "--api-key", "--api-key-file", "--host", "--alias", "--lora",
                                            "--slot-save-path", "--log-file", "--chat-template-file"}));
}

BOOST_AUTO_TEST_CASE(a_bench_plan_with_its_own_section_comes_back) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    PlanRequest request = plainRequest(model);
    request.bench = true;
    request.id = "my-section";
    request.settings = parsed({"-c", "8192"}).settings;
    const auto link = planLink(model, seedMachine(), request);
    BOOST_REQUIRE(link.ok());
    const auto opened = openLink(link->link);
    BOOST_REQUIRE(opened.ok());
    BOOST_TEST(opened->request.bench);
    BOOST_TEST(opened->request.id == "my-section");
    BOOST_TEST((opened->arguments == Words{"-c", "8192"}));
}

BOOST_AUTO_TEST_CASE(the_rules_of_an_older_llama_cpp_go_along) {
    const Model & model = truthModel("qwen3-14b-q4_k_m");
    const auto linkBy = [&](const LlamaVersion & version) {
        PlanRequest request = plainRequest(model);
        request.settings = defaultsOf(version, wrapperDefaults());
        return planLink(model, seedMachine(), request);
    };
    const auto newest = linkBy({});
    BOOST_REQUIRE(newest.ok());
    BOOST_TEST(openSeal(newest->link)->format == kPlainLink);
    for (const char * text : {"b7407", "b9000", "2025-12-15", "2026-06-02", "2199-12-31"}) {
        const LlamaVersion version = parseLlamaVersion(text).value();
        const auto link = linkBy(version);
        BOOST_REQUIRE_MESSAGE(link.ok(), text);
        BOOST_TEST(openSeal(link->link)->format == kVersionedLink);
        BOOST_TEST(link->link.size() < newest->link.size() + 12);
        const auto opened = openLink(link->link);
        BOOST_REQUIRE_MESSAGE(opened.ok(), text);
        BOOST_TEST((opened->request.settings == defaultsOf(version, wrapperDefaults())), text);
    }
    BOOST_TEST(!linkBy({.build = 7406}).ok(), "no plan is made for a build without --fit");
}

BOOST_AUTO_TEST_CASE(machines_come_back_figure_by_figure) {
    const char * const machines[] = {
        R"({"devices": []})",
        R"({"name": "under the desk", "devices": [{"gpu": "RTX 4090"}, {"gpu": "RTX 4090", "reserved_mib": 700},
            {"gpu": "RX 7900 XTX", "backend": "Vulkan"}], "ram": {"total_mib": 65536, "memory": "DDR5-6000 2ch"}})",
        R"({"devices": [{"description": "My card", "backend": "CUDA", "name": "CUDA3", "total_mib": 12345,
            "free_mib": 11111, "compute_capability": "8.6", "bandwidth_gb_s": 936.1875, "fp16_tflops": 1.00000001}],
            "calibration": {"decode": 0.8123456789, "prompt": 1.5}})",
        R"({"devices": [{"gpu": "M2 Ultra 192GB", "total_mib": 147456}], "ram": {"total_mib": 196608}})"};
    for (const char * text : machines) {
        const auto machine = parseMachine(text);
        BOOST_REQUIRE_MESSAGE(machine.ok(), text << (machine ? "" : machine.error().text()));
        const auto link = encodeLink({truthModel("llama-dense").file, *machine, {}, "", false});
        BOOST_REQUIRE(link.ok());
        const auto back = decodeLink(*link);
        BOOST_REQUIRE(back.ok());
        BOOST_TEST(writeMachine(back->machine) == writeMachine(*machine));
    }
}

BOOST_AUTO_TEST_CASE(a_site_stands_in_front_and_its_own_fragment_goes) {
    PlanningLink link;
    link.file = truthModel("llama-dense").file;
    const auto bare = encodeLink(link);
    BOOST_TEST(bare->starts_with("plan="));
    BOOST_TEST(*encodeLink(link, {.site = "https://example.org/fit/"}) == "https://example.org/fit/#" + *bare);
    BOOST_TEST(*encodeLink(link, {.site = "https://example.org/fit/#answer"}) == "https://example.org/fit/#" + *bare);
    BOOST_TEST(isPlanningLink(*bare));
    BOOST_TEST(isPlanningLink("https://example.org/#plan=AB"));
    BOOST_TEST(isPlanningLink("#plan=AB"));
    BOOST_TEST(!isPlanningLink("models/plan=b.gguf"));
    BOOST_TEST(!isPlanningLink("#answer"));
    BOOST_TEST(!isPlanningLink("a.gguf"));
}
