// Edits of the seeds' profiles: what changes is what was asked for, and what was there can be had back.
#include "profile/edit.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "profile/lint.h"
#include "support/data.h"
#include "support/golden.h"
#include "support/models.h"
#include "support/plans.h"
#include "support/profile_reader.h"
#include "support/truth.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string file(const std::string & name) { return readDataText("conf/" + name + ".conf"); }

const Plan & glm() {
    static const Plan plan = planFor(truthModel("glm-4.7-flash-q4_k_m"), seedMachine());
    return plan;
}

/// The text of an edit that has to work.
std::string textOf(const Result<ConfEdit> & edit) {
    if (!edit) BOOST_ERROR(edit.error().text());
    return edit ? edit->text : "";
}

std::string replaced(const std::string & text, const std::string & id) {
    return textOf(replaceEntry(parseConf(text), id, withId(glm().entry, id)));
}

size_t countOf(const std::string & text, const std::string & part) {
    size_t n = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

std::vector<std::string> idsOf(const std::string & text) {
    std::vector<std::string> ids;
    for (const Section & section : readProfile(text).sections) ids.push_back(section.id);
    return ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(edit)

BOOST_AUTO_TEST_CASE(edits_of_the_seeds_profiles_are_pinned) {
    const Conf fitted = parseConf(file("fitted"));
    std::string added = textOf(addEntry(fitted, file("entry")));
    added = textOf(addEntry(parseConf(added), file("bench_entry"), "glm-new"));
    BOOST_TEST(goldenDifference("conf/added.conf", added) == "");
    BOOST_TEST(goldenDifference("conf/replaced.conf", textOf(replaceEntry(parseConf(file("explicit")), "qwen3-coder-q5",
                                                                          withId(file("entry"), "qwen3-coder-q5")))) ==
               "");
    BOOST_TEST(goldenDifference("conf/removed.conf", textOf(removeEntry(fitted, "glm-flash-q4"))) == "");
    const ConfMeasurement measured{"2026-03-01", "33.0 t/s, 55 graph splits, CUDA0 93 %, CUDA1 65 %", "~33 t/s"};
    const std::string id = "qwen3-next-80b-a3b-instruct-ud-q5-k-xl-262144-for-the-agents";
    BOOST_TEST(goldenDifference("conf/tested.conf", textOf(recordTest(fitted, id, measured))) == "");
}

BOOST_AUTO_TEST_CASE(adding_keeps_every_byte_that_was_there) {
    for (const char * name : {"explicit", "fitted"}) {
        const std::string before = file(name);
        const std::string after = textOf(addEntry(parseConf(before), withId(glm().entry, "new")));
        BOOST_TEST(after == before + "\n" + withId(glm().entry, "new"));
        const std::string between = textOf(addEntry(parseConf(before), withId(glm().entry, "new"), "glm-flash-q4"));
        const size_t at = between.find(withId(glm().entry, "new"));
        BOOST_REQUIRE(at != std::string::npos);
        BOOST_TEST(between.substr(0, at) + between.substr(at + withId(glm().entry, "new").size() + 1) == before);
        BOOST_TEST((idsOf(between)[1] == "new"));
    }
}

BOOST_AUTO_TEST_CASE(new_lines_take_the_file_s_line_ends) {
    const std::string windows = "# a\r\n[a]\r\nMODEL=1\r\nEXTRA_ARGS=-np 1";
    const std::string added = textOf(addEntry(parseConf(windows), "# why\n[b]\nMODEL=2\n"));
    BOOST_TEST(added == windows + "\r\n\r\n# why\r\n[b]\r\nMODEL=2\r\n");
    const std::string other = textOf(replaceEntry(parseConf(windows), "a", "[a]\nMODEL=2\n"));
    BOOST_TEST(
        other ==
        "[a]\r\nMODEL=2\r\n\r\n# Previous: no figures of a test\r\n# # a\r\n# [a]\r\n# MODEL=1\r\n# EXTRA_ARGS=-np 1");
    BOOST_TEST(textOf(addEntry(parseConf(""), "[b]\nMODEL=2\n")) == "[b]\nMODEL=2\n");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_there_is_not_added_again) {
    const auto again = addEntry(parseConf(file("fitted")), withId(glm().entry, "glm-flash-q4"));
    BOOST_REQUIRE(!again.ok());
    BOOST_TEST(again.error().detail.starts_with("is in line 9 already"));
    BOOST_TEST(!addEntry(parseConf(""), "no section").ok());
    BOOST_TEST(!addEntry(parseConf(""), "[a]\n[b]\n").ok());
    BOOST_TEST(!addEntry(parseConf("[a]\n"), "[b]\n", "c").ok());
}

BOOST_AUTO_TEST_CASE(a_replaced_section_can_be_had_back_line_by_line) {
    for (const char * name : {"explicit", "fitted"}) {
        for (const ConfSection & section : sectionsOf(parseConf(file(name)))) {
            const Conf before = parseConf(file(name));
            const Conf after = parseConf(replaced(file(name), section.id));
            const auto now = findSection(after, section.id);
            BOOST_REQUIRE(now.ok());
            BOOST_TEST((idsOf(writeConf(after)) == idsOf(file(name))));
            // "", "# Previous: …", then the old lines
            std::string old;
            for (size_t i = now->end + 2; i < now->end + 2 + (section.end - section.first); ++i) {
                const std::string & line = after.lines[i].text;
                old += (line == "#" ? "" : line.substr(2)) + after.lines[i].end;
            }
            BOOST_TEST(old == confText(before, section.first, section.end));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_previous_version_carries_its_measured_figures) {
    const std::string text = replaced(file("explicit"), "qwen3-coder-q5");
    BOOST_TEST(countOf(text, "# Previous: tested 2026-02-15: 25.8 t/s, 136 graph splits, CUDA0 93 %, CUDA1 89 %\n") ==
               1U);
    BOOST_TEST(countOf(replaced(file("explicit"), "gpt-oss-120b"), "# Previous: ~20 t/s\n") == 1U);
    BOOST_TEST(countOf(replaced(file("fitted"), "bench-glm-flash-q4"), "# Previous: not tested\n") == 1U);
}

BOOST_AUTO_TEST_CASE(replacing_twice_keeps_both_versions) {
    const std::string once = replaced(file("fitted"), "glm-flash-q4");
    const std::string twice = replaced(once, "glm-flash-q4");
    BOOST_TEST(countOf(twice, "# Previous: ") == 3U);
    BOOST_TEST(countOf(twice, "# Previous: not tested") == 1U);
    BOOST_TEST((idsOf(twice) == idsOf(file("fitted"))));
    const std::string gone = textOf(removeEntry(parseConf(twice), "glm-flash-q4"));
    BOOST_TEST(countOf(gone, "# Previous: ") == 0U);
}

BOOST_AUTO_TEST_CASE(a_section_that_touches_the_next_one_s_comments_is_set_apart) {
    const std::string text = "[a]\nMODEL=1\n# of b\n[b]\nMODEL=2\n";
    const std::string after = textOf(replaceEntry(parseConf(text), "a", "[a]\nMODEL=3\n"));
    BOOST_TEST(after == "[a]\nMODEL=3\n\n# Previous: no figures of a test\n# [a]\n# MODEL=1\n\n# of b\n[b]\nMODEL=2\n");
}

BOOST_AUTO_TEST_CASE(an_entry_does_not_take_the_place_of_another_one) {
    const std::string text = "[a]\nMODEL=1\n\n[b]\nMODEL=2\n";
    BOOST_TEST(!replaceEntry(parseConf(text), "a", "[b]\nMODEL=3\n").ok());
    BOOST_TEST(
        textOf(replaceEntry(parseConf(text), "a", "[c]\nMODEL=3\n")).starts_with("[c]\nMODEL=3\n\n# Previous: "));
}

BOOST_AUTO_TEST_CASE(removing_says_what_goes_and_leaves_the_rest) {
    const auto gone = removeEntry(parseConf(file("fitted")), "glm-flash-q4");
    BOOST_REQUIRE(gone.ok());
    BOOST_TEST(
        gone->notes.at(0) ==
        "Removes [glm-flash-q4], lines 7 to 24, with 2 lines of comments that belong to it and 1 previous version. "
        "Comments that a blank line sets apart stay.");
    BOOST_TEST(countOf(gone->text, "# GLM-4.7 Flash — MoE") == 1U);
    BOOST_TEST(textOf(removeEntry(parseConf("[a]\nM=1\n\n# x\n[b]\nM=2\n"), "b")) == "[a]\nM=1\n");
    BOOST_TEST(textOf(removeEntry(parseConf("[a]\nM=1\n\n# x\n[b]\nM=2\n"), "a")) == "# x\n[b]\nM=2\n");
    BOOST_TEST(textOf(removeEntry(parseConf("[a]\nM=1\n[b]\nM=2\n"), "a")) == "[b]\nM=2\n");
    BOOST_TEST(textOf(removeEntry(parseConf("[a]\n"), "a")) == "");
}

BOOST_AUTO_TEST_CASE(adding_and_removing_again_gives_the_file_that_was_there) {
    for (const char * name : {"explicit", "fitted"}) {
        const std::string added = textOf(addEntry(parseConf(file(name)), withId(glm().entry, "new")));
        BOOST_TEST(textOf(removeEntry(parseConf(added), "new")) == file(name));
        const std::string between = textOf(addEntry(parseConf(file(name)), withId(glm().entry, "new"), "glm-flash-q4"));
        BOOST_TEST(textOf(removeEntry(parseConf(between), "new")) == file(name));
    }
}

BOOST_AUTO_TEST_CASE(a_measurement_takes_the_place_of_what_was_said_before) {
    const ConfMeasurement measured{"2026-03-01", "33.0 t/s, 55 graph splits", "~33 t/s"};
    const std::string text =
        "# why\n# NOT YET TESTED — run ./start.sh a and share startup logs\n[a]\nNAME=A\nSPEED=~estimated 30 "
        "t/s\nMODEL=1\n";
    const std::string once = textOf(recordTest(parseConf(text), "a", measured));
    BOOST_TEST(once == "# why\n# Tested 2026-03-01: 33.0 t/s, 55 graph splits\n[a]\nNAME=A\nSPEED=~33 t/s\nMODEL=1\n");
    const std::string twice = textOf(recordTest(parseConf(once), "a", {"2026-04-01", "35.0 t/s", "~35 t/s"}));
    BOOST_TEST(twice == "# why\n# Tested 2026-04-01: 35.0 t/s\n[a]\nNAME=A\nSPEED=~35 t/s\nMODEL=1\n");
    BOOST_TEST(textOf(recordTest(parseConf("[a]\nNAME=A\nMODEL=1"), "a", measured)) ==
               "# Tested 2026-03-01: 33.0 t/s, 55 graph splits\n[a]\nNAME=A\nSPEED=~33 t/s\nMODEL=1");
    BOOST_TEST(textOf(recordTest(parseConf("[bench-a]\nMODEL=1\n"), "bench-a", measured)) ==
               "# Tested 2026-03-01: 33.0 t/s, 55 graph splits\n[bench-a]\nMODEL=1\n");
    BOOST_TEST(!recordTest(parseConf(text), "a", {"2026-03-01", "", ""}).ok());
}

BOOST_AUTO_TEST_CASE(text_from_outside_stays_on_its_line) {
    const std::string hostile = "x\n[evil]\nMODEL=/etc/passwd\r\n\x1b[31m";
    const std::string text = withValue("[a]\nMODEL=1\n", "NAME", hostile);
    BOOST_TEST((idsOf(text) == std::vector<std::string>{"a"}));
    BOOST_TEST(withId("[a]\nMODEL=1\n", "b]\n[c") == "[a]\nMODEL=1\n");
    const std::string tested = textOf(recordTest(parseConf(text), "a", {"2026\n[d]", hostile, hostile}));
    BOOST_TEST((idsOf(tested) == std::vector<std::string>{"a"}));
    BOOST_TEST(readProfile(tested).sections[0].values.at("MODEL") == "1");
}

BOOST_AUTO_TEST_CASE(a_key_goes_where_the_convention_has_it) {
    BOOST_TEST(withValue("[a]\nNAME=x\nMODEL=1\n", "DESCRIPTION", "d") == "[a]\nNAME=x\nDESCRIPTION=d\nMODEL=1\n");
    BOOST_TEST(withValue("[a]\nMODEL=1\n", "NAME", "n") == "[a]\nNAME=n\nMODEL=1\n");
    BOOST_TEST(withValue("[a]\nNAME=x\n", "NAME", "y") == "[a]\nNAME=y\n");
}

BOOST_AUTO_TEST_CASE(planned_entries_have_no_findings) {
    std::string text = textOf(addEntry(parseConf(""), glm().entry));
    text = textOf(addEntry(parseConf(text), glm().bench_entry));
    for (const ConfFinding & finding : lintConf(parseConf(text))) BOOST_ERROR(finding.rule + ": " + finding.text);
}

BOOST_AUTO_TEST_SUITE_END()
