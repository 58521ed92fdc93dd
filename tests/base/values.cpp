// Strict readings of values.
#include "base/values.h"

#include <boost/test/unit_test.hpp>
#include <limits>

using namespace ggufit;

BOOST_AUTO_TEST_CASE(whole_numbers_have_a_sign_at_most_and_nothing_after_them) {
    BOOST_TEST(parseInteger("0").value() == 0);
    BOOST_TEST(parseInteger("-12").value() == -12);
    BOOST_TEST(parseInteger("+12").value() == 12);
    BOOST_TEST(parseInteger("2147483647").value() == 2147483647);
    for (const char * text : {"", "-", "+", "+-1", "--1", "12abc", " 12", "12 ", "1.0", "0x10", "2147483648", "1e3"}) {
        BOOST_TEST(!parseInteger(text).has_value(), text);
    }
    BOOST_TEST(parseUnsigned("18446744073709551615").value() == UINT64_MAX);
    for (const char * text : {"", "-1", "+1", "18446744073709551616", "1x"})
        BOOST_TEST(!parseUnsigned(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(decimals_are_finite_and_plain) {
    BOOST_TEST(parseDecimal("0.75").value() == 0.75);
    BOOST_TEST(parseDecimal("1e3").value() == 1000);
    BOOST_TEST(parseDecimal(".5").value() == 0.5);
    for (const char * text : {"", ".", "e", "nan", "inf", "1e999", "0x1p3", "1 ", "1,5", "1.5.2"}) {
        BOOST_TEST(!parseDecimal(text).has_value(), text);
    }
    BOOST_TEST(!parseDecimal(std::string(1000, '1')).has_value());
}

BOOST_AUTO_TEST_CASE(decimals_are_written_short_and_read_back_the_same) {
    BOOST_TEST(writeDecimal(3) == "3");
    BOOST_TEST(writeDecimal(0.1) == "0.1");
    BOOST_TEST(writeDecimal(0) == "0");
    for (const double value : {1.0 / 3, 1e300, 5e-324, 123456789.125, std::numeric_limits<double>::max()}) {
        BOOST_TEST(parseDecimal(writeDecimal(value)).value() == value);
    }
}

BOOST_AUTO_TEST_CASE(shown_text_is_short_and_holds_no_control_characters) {
    BOOST_TEST(quotedText("abc") == "'abc'");
    BOOST_TEST(quotedText("a\x1b[31m\n") == "'a?[31m?'");
    BOOST_TEST(quotedText(std::string(100, 'x')) == "'" + std::string(60, 'x') + "…'");
    // 20 characters of 3 bytes fill 60 bytes; one byte before them must not leave half a character
    std::string text = "a";
    for (int i = 0; i < 30; ++i) text += "…";
    std::string kept = "'a";
    for (int i = 0; i < 19; ++i) kept += "…";
    BOOST_TEST(quotedText(text) == kept + "…'");
}
