// The matcher against std::regex on patterns and names of real use, and its bounds on hostile ones.
#include "base/regex.h"

// g++ 12 takes std::regex's own states for uninitialized where the sanitizers are on.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <regex>
#include <string>
#include <vector>

using ggufit::Regex;

namespace {

const std::vector<std::string> kNames = {
    "token_embd.weight",
    "output.weight",
    "output_norm.weight",
    "rope_freqs.weight",
    "per_layer_token_embd.weight",
    "blk.0.attn_q.weight",
    "blk.0.attn_q.bias",
    "blk.1.attn_norm.weight",
    "blk.9.ffn_up_exps.weight",
    "blk.10.ffn_down_exps.weight",
    "blk.14.ffn_gate_up_exps.weight",
    "blk.15.ffn_gate_exps.bias",
    "blk.19.ffn_gate_inp.weight",
    "blk.21.attn_output.weight",
    "blk.22.ffn_down_shexp.weight",
    "blk.27.ffn_up.weight",
    "blk.30.ssm_a",
    "blk.35.ssm_conv1d.weight",
    "blk.47.nextn.eh_proj.weight",
    "blk.99.ffn_down_chexps.weight",
    "blk.111.attn_sinks.weight",
    "dec.blk.3.cross_attn_rel_b.weight",
    "enc.blk.11.ffn_gate.weight",
    "cls.output.weight",
    "",
    "a",
    "aaab",
    "A_b-9 .",
    "tab\there",
    "x\ny",
    "(){}[]*+?|^$\\.",
};

// As llama.cpp's users write them, as --fit and --n-cpu-moe make them, and every piece of the grammar.
const std::vector<std::string> kPatterns = {
    "exps",
    "\\.ffn_(up|down|gate)_(ch|)exps",
    "blk\\.([0-9]|1[0-4])\\.",
    "blk\\.(1[5-9]|2[0-1])\\.",
    "blk\\.10\\.ffn_(up|down|gate_up|gate)_(ch|)exps",
    "blk\\.22\\.ffn_down.*",
    "blk\\.27\\.ffn_(gate|up|gate_up|down).*",
    "blk\\.12\\.ffn_(up|down|gate)_(ch|)exps",
    "blk\\.(1[2-9]|[2-9][0-9])\\.ffn_.*_exps\\.",
    "ffn_.*_exps=?",
    "\\.ffn_.*_exps.",
    "([4-9]|[1-9][0-9]).ffn_(gate|up|down)_exps.=*",
    "blk\\.\\d+\\.attn_.*",
    "^token_embd\\.weight$",
    "^blk\\.(?:[02468]|\\d*[13579])\\.",
    "(attn|ffn)_(norm|output)",
    "blk\\.[0-9]{2}\\.",
    "blk\\.[0-9]{1,2}\\.ffn",
    "weight$",
    "^output",
    "blk\\.3[0-9]\\.ssm_",
    "shexp|output|token_embd",
    "per_layer_.*",
    "blk\\.\\d{3,}\\.",
    ".*",
    "",
    "^$",
    "^",
    "$",
    "a*",
    "a+b",
    "a?b",
    "a{2}",
    "a{2,}",
    "a{3,3}b",
    "a{0}b",
    "(a|b)*",
    "(a*)*b",
    "(a|aa)+$",
    "(?:a|)b",
    "()",
    "(|a)",
    "a|",
    "|a",
    "a**",
    "a+*",
    "(a{2}){2}",
    "[a-c]+",
    "[^a-z]",
    "[a-]",
    "[-a]",
    "[]",
    "[^]",
    "[.]",
    "[\\d_]",
    "[\\w.]+$",
    "[^\\s]\\.",
    "[[:alpha:]]+\\.",
    "[[:digit:]][[:punct:]]",
    "[[.a.]]",
    "[[=a=]]",
    "[\\]\\[]",
    "[(){}]",
    "\\(\\)",
    "\\{\\}",
    "\\[\\]",
    "\\*\\+\\?",
    "\\|\\^\\$\\\\",
    "\\.",
    "}",
    "]",
    "a]",
    "\\bffn",
    "ffn\\b",
    "\\Battn",
    "attn_q\\b",
    "\\w+\\s\\.",
    "\\W$",
    "\\D\\d\\D",
    "\\S\\t\\S",
    "x.y",
    "x\\ny",
    "x\\x0ay",
    "\\x61",
    "\\u0061+b",
    "\\-",
    "\\_",
    "\\e",
    "\\0",
    "a{1,2}?b",
    "a*?b",
    "a??b",
    "(a)(a)(a)b",
    "((((a))))",
    "blk\\.(0|1|2|3|4|5|6|7|8|9|10|11|12)\\.ffn_(gate|up|down)_exps\\.weight",
    "[0-9]+\\.(?:ffn|attn)_[a-z]+\\.(?:weight|bias)$",
};

// Rejected by std::regex as well.
const std::vector<std::string> kBroken = {
    "(",     ")",    "(a",  "a)",     "[",  "[a",         "[z-a]", "*",    "+a", "?",    "{2}",
    "a{",    "a{x}", "a{2", "a{2,1}", "\\", "[[:nope:]]", "a|*",   "(*a)", "^*", "\\x6", "[[:alpha:]-z]",
    "[[.ab",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(regex)

BOOST_AUTO_TEST_CASE(finds_what_std_regex_finds) {
    for (const std::string & pattern : kPatterns) {
        const std::regex expected(pattern);
        const auto ours = Regex::compile(pattern);
        BOOST_REQUIRE_MESSAGE(ours.ok(), pattern << ": " << (ours.ok() ? "" : ours.error().text()));
        for (const std::string & name : kNames) {
            BOOST_CHECK_MESSAGE(ours->search(name) == std::regex_search(name, expected),
                                "'" << pattern << "' in '" << name << "'");
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_std_regex_refuses_with_a_sentence) {
    for (const std::string & pattern : kBroken) {
        BOOST_CHECK_THROW(std::regex{pattern}, std::regex_error);
        const auto ours = Regex::compile(pattern);
        BOOST_REQUIRE_MESSAGE(!ours.ok(), "accepted '" << pattern << "'");
        BOOST_CHECK(ours.error().code == ggufit::ErrorCode::usage);
        BOOST_TEST(ours.error().text().find(pattern) != std::string::npos);
        BOOST_TEST(ours.error().detail.size() > 10U);
    }
}

BOOST_AUTO_TEST_CASE(names_what_it_does_not_support) {
    BOOST_TEST(Regex::compile("blk(?=x)").error().detail.find("look-ahead") != std::string::npos);
    BOOST_TEST(Regex::compile("(a)\\1").error().detail.find("back-reference") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_copy_matches_as_the_original) {
    Regex copy = *Regex::compile("x");
    {
        const auto pattern = Regex::compile("blk\\.[0-4]\\.");
        copy = *pattern;
    }
    BOOST_TEST(copy.search("blk.4.attn_q.weight"));
    BOOST_TEST(!copy.search("blk.5.attn_q.weight"));
}

BOOST_AUTO_TEST_CASE(hostile_patterns_are_answered_in_bounded_time) {
    const auto started = std::chrono::steady_clock::now();
    const std::string text(20'000, 'a');
    for (const std::string pattern :
         {"(a*)*[bc]", "(a|a)*[bc]", "(a|aa)+$[bc]", "(.*)(.*)(.*)(.*)(.*)[xy]", "((a?){30}){20}[bc]"}) {
        const auto compiled = Regex::compile(pattern);
        BOOST_REQUIRE(compiled.ok());
        BOOST_TEST(!compiled->search(text));
    }
    BOOST_TEST(!Regex::compile(std::string(10'000, '(') + "a" + std::string(10'000, ')')).ok());
    BOOST_TEST(!Regex::compile("a" + std::string(10'000, '*')).ok());
    for (const std::string pattern :
         {"a{1000000}", "a{99999999999999999999}", "((a{1000}){1000}){1000}", "((a*){1000,}){1000}"}) {
        const auto compiled = Regex::compile(pattern);
        BOOST_REQUIRE(!compiled.ok());
        BOOST_TEST(compiled.error().detail.find("too large") != std::string::npos);
    }
    BOOST_TEST(Regex::compile("(){1000000}").ok());
    BOOST_TEST(Regex::compile("((((){1000}){1000}){1000}){1000}").ok());
    BOOST_TEST(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count() < 10.0);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_pattern_is_compiled_or_refused) {
    const std::string pattern = "^blk\\.(?:[02468]|[[:digit:]]*[13579]{1,3}?)\\.\\x66\\u0066n_(up|down)+\\b$";
    for (size_t length = 0; length <= pattern.size(); ++length) {
        const auto ours = Regex::compile(pattern.substr(0, length));
        if (ours.ok()) BOOST_CHECK_NO_THROW(std::regex(pattern.substr(0, length)));
        if (!ours.ok()) BOOST_CHECK_THROW(std::regex(pattern.substr(0, length)), std::regex_error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
