// models.conf read and written back: no byte is lost, and the sections are those that the wrapper's reader finds.
#include "profile/conf.h"

#include <boost/test/unit_test.hpp>

#include "profile/conf_settings.h"
#include "profile/lint.h"
#include "render/conf.h"
#include "support/data.h"
#include "support/profile_reader.h"

using namespace ggufit;
using namespace ggufit::test;

namespace {

std::string file(const std::string & name) { return readDataText("conf/" + name + ".conf"); }

std::string withCarriageReturns(const std::string & text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conf)

BOOST_AUTO_TEST_CASE(what_is_not_changed_is_written_back_byte_by_byte) {
    for (const char * name : {"explicit", "fitted", "faulty"}) {
        const std::string text = file(name);
        BOOST_REQUIRE(!text.empty());
        BOOST_TEST((writeConf(parseConf(text)) == text), name);
        BOOST_TEST((writeConf(parseConf(withCarriageReturns(text))) == withCarriageReturns(text)), name);
        for (size_t length = 0; length < text.size(); length += 7) {
            BOOST_REQUIRE(writeConf(parseConf(text.substr(0, length))) == text.substr(0, length));
        }
    }
    for (const std::string & odd :
         {std::string(), std::string("\n"), std::string("\r"), std::string("\r\n\n\r\r\n"), std::string("[a]"),
          std::string("\xEF\xBB\xBF[a]\n\xFF\xFE=\x1b[31m"), std::string("a\0b=\0\n", 6), std::string(3, '\n')}) {
        BOOST_TEST((writeConf(parseConf(odd)) == odd));
    }
}

BOOST_AUTO_TEST_CASE(sections_and_values_are_those_of_the_wrapper_s_reader) {
    for (const char * name : {"explicit", "fitted"}) {
        for (const std::string & text : {file(name), withCarriageReturns(file(name))}) {
            const Conf read = parseConf(text);
            const auto sections = sectionsOf(read);
            const Profile profile = readProfile(text);
            BOOST_REQUIRE(sections.size() == profile.sections.size());
            for (size_t i = 0; i < sections.size(); ++i) {
                BOOST_TEST(sections[i].id == profile.sections[i].id);
                for (const auto & [key, value] : profile.sections[i].values)
                    BOOST_TEST(valueOf(read, sections[i], key).value_or("nothing") == value);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_value_starts_after_the_first_equals_sign_and_the_last_one_wins) {
    const Conf read = parseConf("  [a_B-9]  \n  MODEL=x=y  \nMODEL=z\nKEY =v\n");
    const auto section = findSection(read, "a_B-9");
    BOOST_REQUIRE(section.ok());
    BOOST_TEST(valueOf(read, *section, "MODEL").value_or("") == "z");
    BOOST_TEST(!valueOf(read, *section, "KEY"));
    BOOST_TEST(valueOf(read, *section, "KEY ").value_or("") == "v");
}

BOOST_AUTO_TEST_CASE(comments_that_touch_a_header_belong_to_it_and_others_do_not) {
    const Conf read =
        parseConf("# of nobody\n\n# of a\n[a]\nMODEL=1\n# still of a\n\n# of nobody\n\n# ====\n# of b\n[b]\n");
    const auto a = findSection(read, "a"), b = findSection(read, "b");
    BOOST_REQUIRE((a.ok() && b.ok()));
    BOOST_TEST(confText(read, a->first, a->previous_end) == "# of a\n[a]\nMODEL=1\n# still of a\n");
    BOOST_TEST(confText(read, b->first, b->previous_end) == "# of b\n[b]\n");
}

BOOST_AUTO_TEST_CASE(previous_versions_behind_a_section_belong_to_it) {
    const Conf read = parseConf(file("fitted"));
    const auto section = findSection(read, "glm-flash-q4");
    BOOST_REQUIRE(section.ok());
    const std::string previous = confText(read, section->end, section->previous_end);
    BOOST_TEST(previous.starts_with("\n# Previous: 105 t/s\n"));
    BOOST_TEST(previous.ends_with("# EXTRA_ARGS=--jinja -np 1\n"));
    const Conf other = parseConf("[a]\nMODEL=1\n\n# Previous: 3 t/s\n# [b]\n# MODEL=2\n");
    BOOST_TEST(findSection(other, "a")->previous_end == 2U);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_not_there_is_answered_with_those_that_are_near) {
    const Conf read = parseConf(file("explicit"));
    const auto section = findSection(read, "qwen3");
    BOOST_REQUIRE(!section.ok());
    BOOST_TEST(section.error().detail.starts_with("no section of this name; there are qwen3-coder-q5, "));
    BOOST_TEST(!findSection(parseConf("[a]\n[a]\n"), "a").ok());
    BOOST_TEST(!findSection(parseConf(""), "a").ok());
}

BOOST_AUTO_TEST_CASE(a_section_starts_the_server_with_its_keys_over_the_wrapper_s_defaults) {
    const Conf read = parseConf(file("explicit"));
    const auto given = argumentsOf(read, *findSection(read, "gpt-oss-120b"));
    BOOST_REQUIRE(given.ok());
    BOOST_TEST(given->settings.n_ctx == 131072U);
    BOOST_TEST(given->settings.n_gpu_layers == 99);
    BOOST_TEST(!given->settings.fit);
    BOOST_TEST(given->settings.n_ubatch == 2048U);
    BOOST_TEST(given->settings.n_parallel == 1);
    BOOST_TEST(given->settings.override_tensors.size() == 3U);
    BOOST_TEST((given->kept == std::vector<std::string>{"--jinja", "--temp", "1.0", "--top-p", "1.0"}));

    const Conf bare = parseConf("[a]\nMODEL=1\n");
    const auto defaults = argumentsOf(bare, *findSection(bare, "a"));
    BOOST_REQUIRE(defaults.ok());
    BOOST_TEST(defaults->settings.n_ctx == 131072U);
    BOOST_TEST((defaults->settings.type_k == GgmlType::q8_0));
    BOOST_TEST((defaults->settings.fit_target_mib == std::vector<uint64_t>{128, 1024}));
    BOOST_TEST(defaults->settings.n_parallel == -1);
}

// A great deal of one thing again and again: what is quadratic would take minutes.
BOOST_AUTO_TEST_CASE(hostile_files_are_read_and_linted_in_no_time) {
    for (const std::string & unit :
         {std::string("[a]\n"), std::string("# x\n"), std::string("k=v\n"), std::string("\n"),
          std::string("# Previous:\n# [a]\n\n"), std::string("[x.y]\n;\n")}) {
        std::string text = "[a]\nMODEL=1\n";
        while (text.size() < (size_t{1} << 18) / kEveryNth) text += unit;
        const Conf read = parseConf(text);
        BOOST_TEST((writeConf(read) == text));
        BOOST_TEST(lintConf(read).size() < text.size());
        BOOST_TEST(!confListJson(read).empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
