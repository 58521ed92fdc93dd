// Versions of llama.cpp: how they are written, and which rules each has.
#include "settings/llama_cpp.h"

#include <boost/test/unit_test.hpp>

#include "settings/arguments.h"

using namespace ggufit;

namespace {

LlamaVersion version(const std::string & text) {
    const auto read = parseLlamaVersion(text);
    BOOST_REQUIRE_MESSAGE(read.ok(), text);
    return *read;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(llama_cpp)

BOOST_AUTO_TEST_CASE(changes_stand_in_the_order_of_their_builds_days_and_rules) {
    uint32_t build = 0, day = 0;
    size_t position = 0;
    for (const LlamaChange & change : llamaChanges()) {
        BOOST_TEST(static_cast<size_t>(change.rule) == position++);
        BOOST_TEST(change.build > build);
        BOOST_TEST(change.day >= day);
        BOOST_TEST(change.day <= kNewestLlamaDay);
        build = change.build;
        day = change.day;
    }
}

BOOST_AUTO_TEST_CASE(a_version_is_a_build_or_a_day) {
    BOOST_TEST(version("b9460").build == 9460U);
    BOOST_TEST(version("9460").build == 9460U);
    BOOST_TEST(version("9849 (799fcc04a)").build == 9849U);  // as logs print it
    BOOST_TEST(version("b9849-799fcc04a").build == 9849U);
    BOOST_TEST(version("2026-06-01").day == 20260601U);
    BOOST_TEST(versionText(version("9849 (799fcc04a)")) == "b9849");
    BOOST_TEST(versionText(version("2026-06-01")) == "2026-06-01");
    BOOST_TEST(versionText({}) == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_version_and_what_is_too_old_is_said) {
    for (const char * text :
         {"", "b", "newest", "b94x", "2026-13-01", "2026-06-00", "26-06-01", "-9460", "9460 ", "b99999999999"}) {
        const auto read = parseLlamaVersion(text);
        BOOST_REQUIRE_MESSAGE(!read.ok(), text);
        BOOST_CHECK(read.error().code == ErrorCode::usage);
    }
    for (const char * text : {"b3999", "b1-e365e65", "2023-08-01"}) {
        const auto read = parseLlamaVersion(text);
        BOOST_REQUIRE_MESSAGE(!read.ok(), text);
        BOOST_CHECK(read.error().code == ErrorCode::unsupported);
    }
}

BOOST_AUTO_TEST_CASE(a_rule_holds_from_its_build_and_its_day_on) {
    // pull request 16653, merged as b7407 on 2025-12-15
    BOOST_TEST(!hasRule(version("b7406"), LlamaRule::fit));
    BOOST_TEST(hasRule(version("b7407"), LlamaRule::fit));
    BOOST_TEST(!hasRule(version("2025-12-14"), LlamaRule::fit));
    BOOST_TEST(hasRule(version("2025-12-15"), LlamaRule::fit));
    for (const LlamaChange & change : llamaChanges()) BOOST_TEST(hasRule({}, change.rule));
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_version) {
    const Settings newest = defaultsOf({});
    BOOST_CHECK(newest == Settings());
    // common.h of b7406: n_ctx = 4096, no fit; -fa auto and all layers since b6325
    const Settings winter = defaultsOf(version("b7406"));
    BOOST_TEST(winter.n_ctx == 4096U);
    BOOST_TEST(!winter.fit);
    BOOST_CHECK(winter.flash_attn == FlashAttention::automatic);
    BOOST_TEST(winter.n_gpu_layers == kGpuLayersAuto);
    const Settings summer = defaultsOf(version("b6324"));
    BOOST_CHECK(summer.flash_attn == FlashAttention::off);
    BOOST_TEST(summer.n_gpu_layers == 0);
    // an argument wins over them
    const std::vector<std::string> words = {"-fa", "on", "-ngl", "99", "-c", "8192"};
    const auto given = parseArguments(words, summer);
    BOOST_REQUIRE(given.ok());
    BOOST_CHECK(given->settings.flash_attn == FlashAttention::on);
    BOOST_TEST(given->settings.n_gpu_layers == 99);
    BOOST_TEST(given->settings.n_ctx == 8192U);
}

BOOST_AUTO_TEST_CASE(slots_follow_the_version) {
    Settings settings;
    settings.llama_cpp = version("b6925");
    BOOST_TEST(resolveSlots(settings).n_seq_max == 4U);
    BOOST_TEST(resolveSlots(settings).kv_unified);
    settings.llama_cpp = version("b6924");
    BOOST_TEST(resolveSlots(settings).n_seq_max == 1U);
    BOOST_TEST(!resolveSlots(settings).kv_unified);
    settings.n_parallel = 3;
    settings.llama_cpp = version("b5912");  // before -kvu every cache was one for all slots
    BOOST_TEST(resolveSlots(settings).n_seq_max == 3U);
    BOOST_TEST(resolveSlots(settings).kv_unified);
}

BOOST_AUTO_TEST_SUITE_END()
