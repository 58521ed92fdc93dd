// Sections of llama-server's preset file, read back by the grammar of common/preset.cpp alone.
#include "render/preset.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "support/models.h"
#include "support/plans.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

struct Preset {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;
    std::string comments;

    std::string value(const std::string & key) const {
        for (const auto & [known, text] : values)
            if (known == key) return text;
        return "(none)";
    }
};

bool isSpace(char c) { return c == ' ' || c == '\t'; }

/// comment ::= [;#] to the line's end, value ::= up to white space before a comment or the line's end, key ::= ident.
Preset read(std::string_view text) {
    Preset preset;
    int n_sections = 0;
    while (!text.empty()) {
        const size_t end = std::min(text.find_first_of("\r\n"), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const size_t comment = std::min(line.find_first_of(";#"), line.size());
        preset.comments += std::string(line.substr(comment)) + "\n";
        line = line.substr(0, comment);
        while (!line.empty() && isSpace(line.back())) line.remove_suffix(1);
        if (line.empty()) continue;
        if (line.front() == '[') {
            BOOST_TEST(line.back() == ']');
            preset.name = line.substr(1, line.size() - 2);
            ++n_sections;
            continue;
        }
        const size_t equals = line.find('=');
        BOOST_REQUIRE_MESSAGE(equals != std::string_view::npos, line);
        std::string_view key = line.substr(0, equals), value = line.substr(equals + 1);
        while (!key.empty() && isSpace(key.back())) key.remove_suffix(1);
        while (!value.empty() && isSpace(value.front())) value.remove_prefix(1);
        BOOST_TEST(key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
                   std::string_view::npos);
        preset.values.emplace_back(key, value);
    }
    BOOST_TEST(n_sections == 1);
    std::map<std::string, int> seen;
    for (const auto & [key, value] : preset.values) BOOST_TEST(++seen[key] == 1, key << " stands twice");
    return preset;
}

/// As the router starts a model: a flag alone, or negated by "--no-", anything else with its value.
std::vector<std::string> arguments(const Preset & preset) {
    std::vector<std::string> words;
    for (const auto & [key, value] : preset.values) {
        if (value == "true" || value == "false") {
            words.push_back((value == "true" ? "--" : "--no-") + key);
        } else {
            words.insert(words.end(), {"--" + key, value});
        }
    }
    return words;
}

Plan planOf(const Model & model, const std::vector<std::string> & words) {
    return planFor(model, seedMachine(), words);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(preset)

BOOST_AUTO_TEST_CASE(the_section_starts_the_server_with_the_settings_of_the_plan) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    const std::vector<std::vector<std::string>> lines = {
        {},
        {"-c", "32768", "-ctk", "f16", "-ctv", "f16", "-ub", "256", "--no-mmap", "-np", "2", "-kvu"},
        {"-ngl", "20", "-ts", "3,1", "-fit", "off", "-nkvo", "--no-op-offload", "--no-repack", "--no-host"},
        {"-ot", "blk\\.[0-9]\\.ffn=CPU", "-ngl", "99", "--swa-full", "-fa", "off", "-ctk", "f16", "-ctv", "f16"},
        {"-sm", "none", "-mg", "1", "-fitt", "300", "-t", "8"},
    };
    for (const auto & words : lines) {
        const Plan plan = planOf(model, words);
        const Preset preset = read(presetIni(plan));
        const auto again = parseArguments(arguments(preset));
        BOOST_REQUIRE(again.ok());
        BOOST_TEST(again->warnings.empty());
        BOOST_TEST(writeArguments(again->settings) == writeArguments(plan.settings), boost::test_tools::per_element());
        BOOST_TEST(preset.name == plan.id);
        BOOST_TEST(preset.value("model") == "qwen3-14b-q4_k_m.gguf");
    }
}

BOOST_AUTO_TEST_CASE(placement_rules_of_several_options_keep_their_order_as_one) {
    const Model model = realModel("qwen3-next-80b-a3b-q4_k_m");
    const Plan plan = planOf(model, {"-ot", "blk\\.3\\.=CUDA1", "-ncmoe", "2", "-ngl", "99"});
    const Preset preset = read(presetIni(plan));
    BOOST_TEST(preset.value("n-cpu-moe") == "(none)");
    BOOST_TEST(preset.value("override-tensor").starts_with("blk\\.3\\.=CUDA1,"));
    const auto again = parseArguments(arguments(preset));
    BOOST_REQUIRE(again.ok());
    BOOST_TEST((again->settings.override_tensors == plan.settings.override_tensors));
}

BOOST_AUTO_TEST_CASE(what_the_router_sets_and_what_the_format_cannot_hold_is_named_in_a_comment) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    const Plan plan = planOf(
        model, {"--port", "8080", "--alias", "x", "--control-vector-layer-range", "3", "9", "--lora", "a.gguf",
                "--lora", "b.gguf", "--temp", "0.1", "--temp", "0.7", "--chat-template-kwargs", "{\"a\": \"#;\"}"});
    const Preset preset = read(presetIni(plan));
    for (const char * key : {"port", "alias", "control-vector-layer-range", "chat-template-kwargs"}) {
        BOOST_TEST(preset.value(key) == "(none)");
        BOOST_TEST(preset.comments.find(std::string("--") + key) != std::string::npos);
    }
    BOOST_TEST(preset.value("lora") == "a.gguf,b.gguf");
    BOOST_TEST(preset.value("temperature") == "0.7");
}

BOOST_AUTO_TEST_CASE(hostile_names_open_no_section_and_end_no_line) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    for (const std::string & text :
         {std::string("x\n[evil]\nmodel = /etc/passwd"), std::string("a;b"), std::string("a#b"), std::string("]"),
          std::string("\xff\xfe"), std::string("x\u2028[evil]\u2029"), std::string("nul\0[evil]", 10),
          std::string(100000, 'A'), std::string(" edges "), std::string("\x1b[2J")}) {
        PlanRequest request;
        request.settings = wrapperDefaults();
        request.id = request.model_path = text;
        request.alternatives = false;
        Machine machine = seedMachine();
        machine.devices[0].description = text;
        const auto answer = plan(model, machine, request);
        BOOST_REQUIRE(answer.ok());
        const Preset preset = read(answer->preset);
        BOOST_TEST(preset.name == answer->id);
        const std::string path = preset.value("model");
        BOOST_TEST((path == "(none)" || path == text));
        for (const char c : answer->preset) {
            const auto byte = static_cast<unsigned char>(c);
            BOOST_TEST_REQUIRE((byte >= 0x20 || c == '\n'));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_path_with_a_space_is_a_value_like_any_other) {
    const Model model = realModel("qwen3-14b-q4_k_m");
    PlanRequest request;
    request.settings = wrapperDefaults();
    request.model_path = "my models/größe [1].gguf";
    request.alternatives = false;
    const auto answer = plan(model, seedMachine(), request);
    BOOST_REQUIRE(answer.ok());
    BOOST_TEST(read(answer->preset).value("model") == request.model_path);
}

BOOST_AUTO_TEST_SUITE_END()
