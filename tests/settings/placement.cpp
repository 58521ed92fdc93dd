// Lists and rules on placement: splits, margins, devices, overrides.
#include <boost/test/unit_test.hpp>

#include "settings/settings.h"
#include "support/arguments.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

using Numbers = std::vector<double>;
using Targets = std::vector<uint64_t>;

/// "PATTERN=BUFFER PATTERN=BUFFER" of a line, in order.
std::string rules(const std::string & line) {
    std::string text;
    for (const auto & [pattern, buffer] : parsed(line).settings.override_tensors) {
        text += (text.empty() ? "" : " ") + (pattern + "=" + buffer);
    }
    return text;
}

// common/common.h, LLM_FFN_EXPS_REGEX
const std::string kExperts = R"(\.ffn_(up|down|gate|gate_up)_(ch|)exps)";

}  // namespace

BOOST_AUTO_TEST_CASE(splits_are_separated_by_commas_or_slashes) {
    for (const char * line : {"-ts 3,1", "-ts 3/1", "-ts 3,,1", "-ts 3,/1", "-ts 3,1,", "-ts 3.0,1e0"}) {
        BOOST_TEST(parsed(line).settings.tensor_split == (Numbers{3, 1}), boost::test_tools::per_element());
    }
    BOOST_TEST(parsed("-ts 0.75,0,0.25").settings.tensor_split == (Numbers{0.75, 0, 0.25}),
               boost::test_tools::per_element());
    BOOST_TEST(parsed("-ts 1,1 -ts 0,0").settings.tensor_split.empty());
}

BOOST_AUTO_TEST_CASE(wrong_splits_are_refused) {
    for (const char * line : {"-ts ,1", "-ts a,b", "-ts 3,-1", "-ts nan,1", "-ts inf,1", "-ts 1e999,1", "-ts 0x3,1",
                              "-ts 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"}) {
        BOOST_TEST(refusal(line).where == "-ts");
    }
    // 15 are the most: fewer than llama_max_devices()
    BOOST_TEST(parsed("-ts 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1").settings.tensor_split.size() == 15u);
}

BOOST_AUTO_TEST_CASE(one_margin_is_for_all_and_a_list_leaves_the_rest_as_it_was) {
    const auto margins = [](const char * line) {
        const Settings settings = parsed(line).settings;
        return Targets{fitTargetMib(settings, 0), fitTargetMib(settings, 1), fitTargetMib(settings, 2)};
    };
    const auto check = [&](const char * line, const Targets & expected) {
        BOOST_TEST_CONTEXT(line) { BOOST_TEST(margins(line) == expected, boost::test_tools::per_element()); }
    };
    check("", {1024, 1024, 1024});
    check("-fitt 512", {512, 512, 512});
    check("-fitt 128,1024", {128, 1024, 1024});
    check("-fitt 128/256/512", {128, 256, 512});
    check("-fitt 512 -fitt 128,256", {128, 256, 512});
    check("-fitt 1,2,3 -fitt 4,5", {4, 5, 3});
    check("-fitt 1,2,3 -fitt 4", {4, 4, 4});
    check("-fitt 0", {0, 0, 0});
    for (const char * line : {"-fitt x", "-fitt 1,-2", "-fitt 1.5", "-fitt 99999999999999999999", "-fitt ,1"}) {
        BOOST_TEST(refusal(line).where == "-fitt");
    }
}

BOOST_AUTO_TEST_CASE(fit_is_on_or_off) {
    BOOST_TEST(!parsed("-fit off").settings.fit);
    BOOST_TEST(!parsed("--fit 0").settings.fit);
    BOOST_TEST(parsed("-fit off -fit on").settings.fit);
    BOOST_TEST(refusal("-fit auto").where == "-fit");
    BOOST_TEST(parsed("-fitc -1").settings.fit_ctx == kFitCtxFull);
}

BOOST_AUTO_TEST_CASE(devices_are_a_list_or_none) {
    BOOST_TEST(parsed("-dev CUDA1,CUDA0").settings.devices == (Words{"CUDA1", "CUDA0"}),
               boost::test_tools::per_element());
    BOOST_TEST(parsed("-dev none").settings.devices == Words{"none"}, boost::test_tools::per_element());
    for (const char * line : {"-dev CUDA0,none", "-dev ,CUDA0", "-dev CPU"}) BOOST_TEST(refusal(line).where == "-dev");
}

BOOST_AUTO_TEST_CASE(overrides_keep_their_order_over_several_arguments) {
    BOOST_TEST(rules("-ot a=CPU,b=CUDA0 -ot c=CUDA1") == "a=CPU b=CUDA0 c=CUDA1");
    BOOST_TEST(rules(R"(-ot blk\.([0-9]|1[0-4])\.=CUDA0,exps=CPU)") == R"(blk\.([0-9]|1[0-4])\.=CUDA0 exps=CPU)");
    BOOST_TEST(rules("-ot a=b=c") == "a=b=c");
    BOOST_TEST(parsed("-ot a=b=c").settings.override_tensors.at(0).buffer == "b=c");
}

BOOST_AUTO_TEST_CASE(a_comma_inside_a_pattern_splits_it_as_in_llama_server) {
    BOOST_TEST(refusal("-ot x{1,2}=CPU").detail.find("comma") != std::string::npos);
    for (const char * line : {"-ot exps", "-ot =CPU", "-ot exps=", "-ot a=CPU,", "-ot ,a=CPU"}) {
        BOOST_TEST(refusal(line).where == "-ot");
    }
}

BOOST_AUTO_TEST_CASE(moe_arguments_expand_to_llama_cpps_patterns_in_order) {
    BOOST_TEST(rules("-cmoe") == kExperts + "=CPU");
    BOOST_TEST(rules("-ncmoe 2") == "blk\\.0" + kExperts + "=CPU blk\\.1" + kExperts + "=CPU");
    BOOST_TEST(rules("-ncmoe 0").empty());
    BOOST_TEST(rules("-ncmoe 1 -ot a=CUDA0 -cmoe") == "blk\\.0" + kExperts + "=CPU a=CUDA0 " + kExperts + "=CPU");
}

BOOST_AUTO_TEST_CASE(rules_are_bounded_whatever_is_asked_for) {
    BOOST_TEST(parsed("-ncmoe 2147483647").settings.override_tensors.size() == 512u);  // LLAMA_MAX_LAYERS
    std::string line = "-ot a=CPU";
    for (int i = 0; i < 5000; ++i) line += ",a=CPU";
    BOOST_TEST(refusal(line).where == "-ot");
    std::string many;
    for (int i = 0; i < 9; ++i) many += "-ncmoe 512 ";
    BOOST_TEST(refusal(many).where == "-ncmoe");
}

BOOST_AUTO_TEST_CASE(split_modes_and_main_gpu) {
    BOOST_TEST((parsed("-sm none -mg 1").settings.split_mode == SplitMode::none));
    BOOST_TEST(parsed("-sm none -mg 1").settings.main_gpu == 1u);
    BOOST_TEST((parsed("-sm tensor").settings.split_mode == SplitMode::tensor));
    BOOST_TEST((parsed("-sm row -sm layer").settings.split_mode == SplitMode::layer));
    BOOST_TEST(refusal("-sm graph").where == "-sm");
}
