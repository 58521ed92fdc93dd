// What cleaning promises for strings that a file brings along.
#include <boost/test/unit_test.hpp>
#include <chrono>

#include "model/clean_text.h"

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(card_text)

BOOST_AUTO_TEST_CASE(controls_and_line_ends_become_one_space) {
    BOOST_TEST(cleanText("  Llama\r\n\t3\x1b[31m \x07 ") == "Llama 3 [31m");
    BOOST_TEST(cleanText("a\xC2\x9B"
                         "b") == "a b");  // U+009B, a control sequence introducer
    BOOST_TEST(cleanText("a\xE2\x80\xAE"
                         "b") == "a b");  // U+202E turns the direction of writing
    BOOST_TEST(cleanText("a\xE2\x80\xA8"
                         "b") == "a b");  // U+2028 ends a line
    BOOST_TEST(cleanText("x\n[other-section]\nMODEL=y") == "x [other-section] MODEL=y");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_become_the_replacement_character) {
    BOOST_TEST(cleanText("a\xFF"
                         "b") ==
               "a\xEF\xBF\xBD"
               "b");
    BOOST_TEST(cleanText("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(cleanText("\xF4\x90\x80\x80").find('\xF4') == std::string::npos);  // beyond U+10FFFF
}

BOOST_AUTO_TEST_CASE(long_text_is_cut_between_characters) {
    BOOST_TEST(cleanText("abcdef", 3) == "abc…");
    BOOST_TEST(cleanText("abc", 3) == "abc");
    BOOST_TEST(cleanText("模型模型", 2) == "模型…");
    BOOST_TEST(cleanText("ab   c", 3) == "ab…");
}

BOOST_AUTO_TEST_CASE(a_hundred_megabytes_are_not_walked_through) {
    const std::string spaces(100'000'000, ' ');
    const std::string letters(100'000'000, 'x');
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(cleanText(spaces) == "");
    BOOST_TEST(cleanText(letters).size() < 200);
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::milliseconds(50)));
}

BOOST_AUTO_TEST_SUITE_END()
