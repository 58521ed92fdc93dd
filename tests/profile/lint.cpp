// The linter's rules: each fires where it should, and nowhere else.
#include "profile/lint.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "render/conf.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

/// Rules that fire on a section with these lines, which has a reason.
std::set<std::string> rulesOf(const std::string & lines, const std::string & id = "a") {
    std::set<std::string> rules;
    for (const ConfFinding & finding : lintConf(parseConf("# why\n[" + id + "]\nMODEL=m.gguf\n" + lines)))
        rules.insert(finding.rule);
    return rules;
}

using Rules = std::set<std::string>;

std::set<std::string> placedRules(const std::string & model, const std::string & lines) {
    const Conf conf = parseConf("# why\n[a]\nMODEL=m.gguf\n" + lines);
    std::set<std::string> rules;
    for (const ConfFinding & finding : lintPlacement(conf, sectionsOf(conf)[0], truthModel(model), seedMachine()))
        rules.insert(finding.rule);
    return rules;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lint)

BOOST_AUTO_TEST_CASE(findings_in_the_seeds_profiles_are_pinned) {
    for (const std::string name : {"explicit", "fitted", "faulty"}) {
        const Conf conf = parseConf(readDataText("conf/" + name + ".conf"));
        const auto findings = lintConf(conf);
        const size_t n_sections = sectionsOf(conf).size();
        BOOST_TEST(
            goldenDifference("conf/lint_" + name + ".txt", renderLint(name + ".conf", findings, n_sections, {})) == "");
        BOOST_TEST(goldenDifference("conf/lint_" + name + ".json", lintJson(name + ".conf", findings, n_sections)) ==
                   "");
    }
}

BOOST_AUTO_TEST_CASE(every_finding_says_why_what_to_do_and_where_the_rule_comes_from) {
    for (const ConfFinding & finding : lintConf(parseConf(readDataText("conf/faulty.conf")))) {
        BOOST_TEST(finding.line > 0U);
        BOOST_TEST(!finding.text.empty());
        BOOST_TEST(finding.why.ends_with("."), finding.rule << ": " << finding.why);
        BOOST_TEST(!finding.remedy.empty(), finding.rule);
        BOOST_TEST(!finding.source.empty(), finding.rule);
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_nothing_but_faults_has_no_more_findings_than_can_be_read) {
    std::string text = "[a]\nMODEL=m.gguf\n";
    for (int i = 0; i < 5000; ++i) text += "UNKNOWN_" + std::to_string(i) + "=1\n";
    const auto findings = lintConf(parseConf(text));
    BOOST_TEST(findings.size() == kMostConfFindings);
    BOOST_TEST(std::count_if(findings.begin(), findings.end(),
                             [](const ConfFinding & finding) { return finding.rule == "unknown_key"; }) > 900);
}

BOOST_AUTO_TEST_CASE(a_number_of_layers_is_a_finding_only_where_fit_is_on) {
    BOOST_TEST((rulesOf("N_GPU_LAYERS=99\n") == Rules{"layers_with_fit"}));
    BOOST_TEST((rulesOf("N_GPU_LAYERS=99\nFIT=on\n") == Rules{"layers_with_fit"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-np 1 -ngl 40\n") == Rules{"layers_with_fit"}));
    BOOST_TEST((rulesOf("N_GPU_LAYERS=99\nFIT=off\n") == Rules{"fit_off"}));
    BOOST_TEST((rulesOf("N_GPU_LAYERS=auto\n") == Rules{}));
}

BOOST_AUTO_TEST_CASE(batches_of_one_size_are_a_finding_but_for_small_bench_entries) {
    BOOST_TEST((rulesOf("EXTRA_ARGS=-b 2048 -ub 2048\n") == Rules{"batch_equals_ubatch"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-b 512 -ub 512\n") == Rules{"batch_equals_ubatch"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=--batch-size 512 --ubatch-size=512\n") == Rules{"batch_equals_ubatch"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-b 512 -ub 512\n", "bench-a") == Rules{}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-b 1024 -ub 1024\n", "bench-a") == Rules{"batch_equals_ubatch"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-b 2048 -ub 512\n") == Rules{}));
}

BOOST_AUTO_TEST_CASE(placement_by_hand_is_a_finding_unless_the_entry_says_so) {
    const std::string lines = "FIT=off\nEXTRA_ARGS=-ot blk\\.1\\.=CUDA0\n";
    BOOST_TEST((rulesOf(lines) == Rules{"fit_off", "override_to_gpu"}));
    BOOST_TEST((rulesOf("# Placement by hand: this switches --fit off.\n" + lines) == Rules{}));
    BOOST_TEST((rulesOf("FIT=off\nEXTRA_ARGS=-ot exps=CPU\n") == Rules{"fit_off"}));
    BOOST_TEST((rulesOf("EXTRA_ARGS=-ts 3,1\n") == Rules{"placement_with_fit"}));
}

BOOST_AUTO_TEST_CASE(a_line_that_says_nothing_is_no_reason) {
    const auto rules = [](const std::string & text) {
        std::set<std::string> found;
        for (const ConfFinding & finding : lintConf(parseConf(text))) found.insert(finding.rule);
        return found;
    };
    BOOST_TEST((rules("[a]\nMODEL=1\n") == Rules{"no_reason"}));
    BOOST_TEST((rules("# -----\n# NOT YET TESTED — run ./start.sh a\n# Tested 2026-01-01: 3 t/s\n[a]\nMODEL=1\n") ==
                Rules{"no_reason"}));
    BOOST_TEST((rules("# ====\n# Bench profiles\n# ====\n\n[a]\nMODEL=1\n") == Rules{"no_reason"}));
    BOOST_TEST((rules("# -----\n# one card holds all\n# -----\n\n[a]\nMODEL=1\n") == Rules{}));
    BOOST_TEST((rules("[a]\n# one card holds all\nMODEL=1\n") == Rules{}));
    BOOST_TEST(
        (rules("# of a\n[a]\nMODEL=1\n\n# Previous: 3 t/s\n# [a]\n# MODEL=0\n\n[b]\nMODEL=1\n") == Rules{"no_reason"}));
}

// The 20.4 GiB of Q4_K_M fit on the 4090 alone, the 35 GiB of Q8_0 on both cards, the 61 GiB of GPT-OSS on neither.
BOOST_AUTO_TEST_CASE(experts_in_system_memory_are_a_finding_where_the_model_fits_on_the_gpus) {
    const std::string lines = "CTX_SIZE=32768\nN_GPU_LAYERS=99\nFIT=off\nEXTRA_ARGS=-np 1 ";
    BOOST_TEST((placedRules("glm-4.7-flash-q4_k_m", lines + "-ot exps=CPU\n") == Rules{"experts_in_memory"}));
    BOOST_TEST((placedRules("glm-4.7-flash-q4_k_m", lines + "-cmoe\n") == Rules{"experts_in_memory"}));
    BOOST_TEST((placedRules("gpt-oss-120b-f16", lines + "-ot exps=CPU\n") == Rules{}));
    BOOST_TEST((placedRules("glm-4.7-flash-q4_k_m", "CTX_SIZE=32768\nEXTRA_ARGS=-np 1\n") == Rules{}));
}

BOOST_AUTO_TEST_CASE(an_entry_that_does_not_fit_says_what_lacks_and_what_would_help) {
    BOOST_TEST((placedRules("gpt-oss-120b-f16", "N_GPU_LAYERS=99\nEXTRA_ARGS=-np 1\n") == Rules{"does_not_fit"}));
    BOOST_TEST((placedRules("gpt-oss-120b-f16", "EXTRA_ARGS=-np 1\n") == Rules{}));
    const Conf conf = parseConf("[a]\nMODEL=m.gguf\nN_GPU_LAYERS=99\nEXTRA_ARGS=-np 1\n");
    const auto findings = lintPlacement(conf, sectionsOf(conf)[0], truthModel("gpt-oss-120b-f16"), seedMachine());
    BOOST_REQUIRE(findings.size() == 1U);
    BOOST_TEST(findings[0].text.find("does not fit: CUDA0 lacks ") == 0U);
    BOOST_TEST(findings[0].remedy.find("Leave the placement to --fit") == 0U);
    BOOST_TEST(findings[0].line == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
