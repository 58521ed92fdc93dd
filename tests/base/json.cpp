// JSON in and out: what nlohmann's own parser and writer say of the same texts.
#include "base/json.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace ggufit;
using Json = nlohmann::ordered_json;

namespace {

const std::vector<std::string> kTexts = {
    "null",
    " true ",
    "false",
    "truefalse",
    "nul",
    "",
    " ",
    "[]",
    "{}",
    "[ ]",
    "{ }",
    "[1,]",
    "[,1]",
    "[1 2]",
    "{,}",
    R"({"a":1,"b":[true,null,{"c":"d"}],"a":2})",
    R"({"a":{"b":1},"c":3,"a":[]})",
    R"({"a" 1})",
    R"({"a":})",
    R"({a:1})",
    R"({"a":1,})",
    R"({"a":1]})",
    "[1}",
    "[[[]]]",
    "[[[",
    "]",
    "1 2",
    "0",
    "-0",
    "-",
    "01",
    "-01",
    "1.",
    ".5",
    "1.5",
    "1e5",
    "1E+5",
    "1e-5",
    "1e",
    "1e+",
    "+1",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e308",
    "1e309",
    "-1e999",
    "0.1",
    "123456789.123456789",
    "0x10",
    R"("")",
    R"("a\"b\\c\/\b\f\n\r\t")",
    R"("\u0041\u00e9\u20ac\ud83d\ude00\u0000")",
    R"("\ud83d")",
    R"("\ude00")",
    R"("\ud83dx")",
    R"("\ud83d\u0041")",
    R"("\u12g4")",
    R"("\u12")",
    R"("\u+123")",
    R"("\x")",
    "\"\\",
    "\"a",
    "\"a\nb\"",
    "\"\x7f\"",
    "\"é€😀\"",
    "\"\xff\"",
    "\"\xc3\"",
    "\"\xed\xa0\x80\"",
    "\"\xc0\x80\"",
    "\"\xf4\x90\x80\x80\"",
    "\xef\xbb\xbf[1]",
    "\xef\xbb[1]",
    std::string("[1]\0x", 5),
    std::string("[1\0]", 4),
    "// no\n1",
    "{\"a\":\"\xe2\x82\"}",
};

std::string nested(size_t depth, char open, char close) { return std::string(depth, open) + std::string(depth, close); }

void check(const std::string & text) {
    const Json theirs = Json::parse(text, nullptr, false);
    const Json ours = parseJson(text);
    BOOST_TEST_REQUIRE(ours.is_discarded() == theirs.is_discarded(), text);
    if (theirs.is_discarded()) return;
    BOOST_TEST(dumpJson(ours) == theirs.dump(), text);
    BOOST_TEST(dumpJson(ours, 2) == theirs.dump(2), text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_and_writes_what_the_library_does) {
    for (const auto & text : kTexts) check(text);
}

BOOST_AUTO_TEST_CASE(takes_and_refuses_damaged_texts_as_the_library_does) {
    std::mt19937 random(7);
    const std::string known = "{}[]\",:\\u0123dD8e-+.\xc3\xa9\xe2 \n";
    for (int round = 0; round < 20000; ++round) {
        std::string text = kTexts[random() % kTexts.size()];
        if (random() % 2 == 0) text = "{\"k\":[" + text + ",1.25e2],\"\xc3\xa9\":\"\\ud83d\\ude00\"}";
        for (auto n = random() % 3; n > 0 && !text.empty(); --n) {
            const size_t at = random() % text.size();
            if (random() % 2 == 0)
                text[at] = known[random() % known.size()];
            else
                text.erase(at, 1);
        }
        check(text);
    }
}

BOOST_AUTO_TEST_CASE(numbers_come_back_as_they_were) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 20000; ++round) {
        const uint64_t bits = random();
        double value = 0;
        std::memcpy(&value, &bits, sizeof(value));
        BOOST_TEST(dumpDecimal(value) == Json(value).dump());
        if (!std::isfinite(value)) continue;
        BOOST_TEST(parseJson(dumpDecimal(value)).get<double>() == value);
    }
    BOOST_TEST(dumpDecimal(std::numeric_limits<double>::infinity()) == "null");
}

BOOST_AUTO_TEST_CASE(writes_text_that_is_no_utf8_with_replacements) {
    BOOST_TEST(dumpJson(Json("a\xff"
                             "b\x01\x1f\x7f")) ==
               "\"a\xEF\xBF\xBD"
               "b\\u0001\\u001f\x7f\"");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_nested_deeper_than_asked) {
    bool too_deep = true;
    BOOST_TEST(!parseJson("[[1],{}]", 2, &too_deep).is_discarded());
    BOOST_TEST(!too_deep);
    BOOST_TEST(parseJson("[[[1]]]", 2, &too_deep).is_discarded());
    BOOST_TEST(too_deep);
    BOOST_TEST(parseJson(std::string(100000, '['), 12).is_discarded());
    BOOST_TEST(parseJson("[[1", 2, &too_deep).is_discarded());
    BOOST_TEST(!too_deep);
}

BOOST_AUTO_TEST_CASE(an_object_of_more_fields_than_any_has_is_none) {
    const auto with = [](size_t n_fields) {
        std::string text = "{";
        for (size_t i = 0; i < n_fields; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
        return parseJson(text + "}");
    };
    BOOST_TEST(with(kMostJsonFields).size() == kMostJsonFields);
    BOOST_TEST(with(kMostJsonFields + 1).is_discarded());
    BOOST_TEST(with(1000000).is_discarded());
}

BOOST_AUTO_TEST_CASE(json_that_is_nested_without_end_is_none) {
    BOOST_TEST(parseJson(nested(60, '[', ']')).is_array());
    for (const size_t depth : {size_t{100}, size_t{100000}, size_t{4000000}}) {
        BOOST_TEST(parseJson(nested(depth, '[', ']')).is_discarded(), depth);
        BOOST_TEST(parseJson(std::string(depth, '[')).is_discarded(), depth);
    }
    std::string objects;
    for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
    BOOST_TEST(parseJson(objects + "1" + std::string(100000, '}')).is_discarded());
}
