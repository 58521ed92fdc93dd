// Placements written down as rules: few of them, and each tensor goes where it was.
#include "placement/override_rules.h"

#include <boost/test/unit_test.hpp>

#include "placement/small_model.h"
#include "settings/arguments.h"
#include "support/data.h"
#include "support/std_regex.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

const Architecture kPlain = {.name = "plain"};
const std::vector<std::string> kParts = {"attn_q.weight",   "attn_norm.weight",    "attn_output.weight",
                                         "ffn_norm.weight", "ffn_gate_inp.weight", "attn_k.weight",
                                         "attn_v.weight"};

/// Layers of `kParts` and three expert tensors.
Model expertModel(uint32_t n_layer, const std::vector<SmallTensor> & more = {}) {
    std::vector<SmallTensor> tensors = {{"token_embd.weight", GgmlType::f16, {256, 100}},
                                        {"output.weight", GgmlType::f16, {256, 100}}};
    for (uint32_t il = 0; il < n_layer; ++il) {
        const std::string block = "blk." + std::to_string(il) + ".";
        for (const std::string & part : kParts) tensors.push_back({block + part, GgmlType::f16, {256, 256}});
        for (const char * part : {"gate", "up", "down"})
            tensors.push_back({block + "ffn_" + part + "_exps.weight", GgmlType::f16, {256, 256, 8}});
    }
    tensors.insert(tensors.end(), more.begin(), more.end());
    return smallModel(kPlain, n_layer, tensors);
}

Settings words(const std::vector<std::string> & list) {
    const auto parsed = parseArguments(list, oneSlot());
    BOOST_REQUIRE(parsed.ok());
    return parsed->settings;
}

std::vector<OverrideRule> rulesFor(const Model & model, const Machine & machine, const Settings & settings) {
    const auto placed = placeWeights(model, machine, settings);
    BOOST_REQUIRE_MESSAGE(placed.ok(), (placed.ok() ? "" : placed.error().text()));
    auto rules = overrideRules(model, machine, *placed);
    BOOST_REQUIRE_MESSAGE(rules.ok(), (rules.ok() ? "" : rules.error().text()));
    return *rules;
}

std::vector<std::string> lines(const std::vector<OverrideRule> & rules) {
    std::vector<std::string> list;
    for (const OverrideRule & rule : rules) list.push_back(rule.rule.pattern + "=" + rule.rule.buffer);
    return list;
}

using Lines = std::vector<std::string>;

void checkLines(const Lines & actual, const Lines & wanted) {
    BOOST_TEST(actual == wanted, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(override_rules)

BOOST_AUTO_TEST_CASE(experts_come_first_then_one_rule_a_range_of_layers) {
    const Model model = expertModel(30);
    const Settings settings = words({"-ngl", "99", "-ts", "20,11", "-ot", "blk\\.(1[0-9]|2[0-4])\\.ffn_.*_exps=CPU"});
    const auto rules = rulesFor(model, cudaMachine({1000, 1000}), settings);
    checkLines(lines(rules), {"^blk\\.(1[0-9]|2[0-4])\\.ffn_(down|gate|up)_exps\\.weight$=CPU",
                              "^blk\\.([0-9]|1[0-9])\\.=CUDA0", "^blk\\.2[0-9]\\.=CUDA1"});
    BOOST_TEST(rules[0].moves);
    BOOST_TEST(!rules[1].moves);
    BOOST_TEST(rules[0].tensors.size() == 15U * 3);
    BOOST_TEST(rules[1].tensors.size() == 20U * 10 - 10U * 3);
    BOOST_TEST(rules[0].bytes == 15U * 3 * 8 * 256 * 256 * 2);
}

BOOST_AUTO_TEST_CASE(layers_that_stay_in_system_memory_are_a_range_too) {
    const auto rules = rulesFor(expertModel(12), cudaMachine({1000}), words({"-ngl", "10"}));
    checkLines(lines(rules), {"^blk\\.[0-2]\\.=CPU", "^blk\\.([3-9]|1[01])\\.=CUDA0"});
}

BOOST_AUTO_TEST_CASE(a_layer_that_overflows_names_what_lies_elsewhere) {
    const Settings settings = words({"-ngl", "99", "-ts", "6,6", "-ot", "blk\\.5\\.ffn_(gate|down).*=CUDA1"});
    const auto rules = rulesFor(expertModel(11), cudaMachine({1000, 1000}), settings);
    checkLines(lines(rules), {"^blk\\.5\\.ffn_(down_exps|gate_exps|gate_inp)\\.weight$=CUDA1", "^blk\\.[0-5]\\.=CUDA0",
                              "^blk\\.([6-9]|10)\\.=CUDA1"});
}

BOOST_AUTO_TEST_CASE(experts_in_every_other_layer_are_one_range) {
    std::vector<SmallTensor> tensors;
    for (uint32_t il = 0; il < 20; ++il) {
        const std::string block = "blk." + std::to_string(il) + ".";
        tensors.push_back({block + "attn_q.weight", GgmlType::f16, {256, 256}});
        tensors.push_back({block + "attn_k.weight", GgmlType::f16, {256, 256}});
        tensors.push_back({block + (il % 2 == 0 ? "ffn_up.weight" : "ffn_up_exps.weight"), GgmlType::f16, {256, 256}});
    }
    const Model model = smallModel(kPlain, 20, tensors);
    const auto rules = rulesFor(model, cudaMachine({1000}), words({"-ngl", "99", "-cmoe"}));
    checkLines(lines(rules), {"^blk\\.([1-9]|1[0-9])\\.ffn_up_exps\\.weight$=CPU", "^blk\\.([0-9]|1[0-9])\\.=CUDA0"});
}

BOOST_AUTO_TEST_CASE(weights_and_biases_share_a_rule_where_both_move) {
    const Model model = expertModel(4, {{"blk.2.ffn_up_exps.bias", GgmlType::f32, {256, 8}},
                                        {"blk.2.ffn_gate_exps.bias", GgmlType::f32, {256, 8}},
                                        {"blk.2.ffn_down_exps.bias", GgmlType::f32, {256, 8}}});
    const auto rules = rulesFor(model, cudaMachine({1000}), words({"-ngl", "99", "-ot", "blk\\.2\\..*_exps=CPU"}));
    checkLines(lines(rules), {"^blk\\.2\\.ffn_(down|gate|up)_exps\\.(bias|weight)$=CPU", "^blk\\.[0-3]\\.=CUDA0"});
}

BOOST_AUTO_TEST_CASE(names_out_of_a_file_cannot_break_a_rule) {
    const std::string evil = "blk.1.x,y=CUDA0'; rm -rf ~\n\x1b[31m\xff(.*|";
    const Model model = expertModel(3, {{evil, GgmlType::f16, {256, 256}}, {"blk.002.q", GgmlType::f16, {256, 256}}});
    const auto rules = rulesFor(model, cudaMachine({1000}), words({"-ngl", "99", "-ot", "blk\\.1\\.x=CPU"}));
    BOOST_REQUIRE(rules.size() >= 2U);
    std::vector<std::string> patterns;
    for (const OverrideRule & rule : rules) {
        BOOST_TEST(rule.rule.pattern.find_first_of(",='\"\n\x1b\xff ") == std::string::npos, rule.rule.pattern);
        patterns.push_back(rule.rule.pattern);
    }
    const int32_t decides = StdPatterns(patterns).firstMatch(evil);  // as llama.cpp compiles them
    BOOST_REQUIRE(decides >= 0);
    BOOST_TEST(rules[static_cast<size_t>(decides)].rule.buffer == "CPU");
}

BOOST_AUTO_TEST_CASE(a_placement_without_an_order_is_refused_rather_than_written_for_ever) {
    std::vector<SmallTensor> tensors;
    for (uint32_t i = 0; i < 9000; ++i) {
        tensors.push_back({"blk.0" + std::to_string(i) + ".w", GgmlType::f16, {256, 256}});
    }
    const Model model = smallModel(kPlain, 1, tensors);
    const auto placed = placeWeights(model, cudaMachine({1000}), words({"-ngl", "99"}));
    BOOST_REQUIRE(placed.ok());
    const auto rules = overrideRules(model, cudaMachine({1000}), *placed);
    BOOST_REQUIRE(!rules.ok());
    BOOST_TEST(exitCode(rules.error().code) == 4);
}

// The first rule that matches decides, by std::regex as by ours; nothing outside the blocks is matched.
BOOST_AUTO_TEST_CASE(every_tensor_of_every_header_goes_where_it_was) {
    const Machine machine = truthMachine("3090x3");
    const std::vector<std::vector<std::string>> settings = {
        {"-ngl", "99"},
        {"-ngl", "99", "-ts", "3,5,2", "-ncmoe", "7"},
        {"-ngl", "9", "-cmoe"},
        {"-ngl", "99", "-ts", "1,1,2", "-ot", "blk\\.1\\.ffn_(gate|up)=CUDA2,blk\\.(3|5)\\.=CPU,attn_q=CUDA1"},
    };
    size_t n_tensors = 0, most_rules = 0;
    for (const std::string & name : sampledModels()) {
        const Model & model = truthModel(name);
        for (const auto & list : settings) {
            Settings placed_settings = words(list);
            const auto placed = placeWeights(model, machine, placed_settings);
            if (!placed) continue;
            const auto rules = overrideRules(model, machine, *placed);
            BOOST_REQUIRE_MESSAGE(rules.ok(), name << ": " << (rules.ok() ? "" : rules.error().text()));
            most_rules = std::max(most_rules, rules->size());
            placed_settings.override_tensors.clear();
            for (const OverrideRule & rule : *rules) placed_settings.override_tensors.push_back(rule.rule);
            const auto again = placeWeights(model, machine, placed_settings);
            BOOST_REQUIRE_MESSAGE(again.ok(), name << ": " << (again.ok() ? "" : again.error().text()));
            BOOST_REQUIRE(again->weights.size() == placed->weights.size());
            for (size_t i = 0; i < placed->weights.size(); ++i) {
                const PlacedWeight &was = placed->weights[i], &is = again->weights[i];
                const bool same = was.tensor == is.tensor && was.device == is.device &&
                                  was.host_buffer == is.host_buffer && was.bytes == is.bytes;
                BOOST_TEST(same, name << ": " << model.file.tensors[was.tensor].name);
                ++n_tensors;
            }
        }
    }
    BOOST_TEST(n_tensors * kEveryNth > 30000U);
    BOOST_TEST(most_rules < 40U);
}

BOOST_AUTO_TEST_SUITE_END()
