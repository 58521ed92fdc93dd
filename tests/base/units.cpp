// Sizes and counts are written as people read them, and read as people write them.
#include "base/units.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

namespace {

using namespace ggufit;

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(counts_have_a_comma_at_every_third_digit) {
    BOOST_TEST(formatCount(0) == "0");
    BOOST_TEST(formatCount(999) == "999");
    BOOST_TEST(formatCount(1000) == "1,000");
    BOOST_TEST(formatCount(24564) == "24,564");
    BOOST_TEST(formatCount(100200300) == "100,200,300");
    BOOST_TEST(formatCount(UINT64_MAX) == "18,446,744,073,709,551,615");
}

BOOST_AUTO_TEST_CASE(mebibytes_are_rounded_to_the_nearest) {
    BOOST_TEST(formatMib(0) == "0 MiB");
    BOOST_TEST(formatMib(kMib / 2 - 1) == "0 MiB");
    BOOST_TEST(formatMib(kMib / 2) == "1 MiB");
    BOOST_TEST(formatMib(24564 * kMib) == "24,564 MiB");
    BOOST_TEST(formatMib(UINT64_MAX) == "17,592,186,044,416 MiB");  // 2^64 / 2^20 = 2^44
}

BOOST_AUTO_TEST_CASE(gibibytes_fall_back_to_smaller_units_below_one) {
    BOOST_TEST(formatGib(60 * kGib + kGib * 87 / 100) == "60.87 GiB");
    BOOST_TEST(formatGib(kGib) == "1.00 GiB");
    BOOST_TEST(formatGib(512 * kMib) == "512.0 MiB");
    BOOST_TEST(formatGib(12 * kKib) == "12.0 KiB");
    BOOST_TEST(formatGib(0) == "0.0 KiB");
    BOOST_TEST(formatGib(UINT64_MAX) == "17179869184.00 GiB");  // 2^64 / 2^30 = 2^34
}

BOOST_AUTO_TEST_CASE(a_size_that_rounds_up_to_a_full_unit_is_written_in_that_unit) {
    BOOST_TEST(formatGib(kGib - 1) == "1.00 GiB");
    BOOST_TEST(formatGib(kMib - 1) == "1.0 MiB");
    BOOST_TEST(formatGib(1023 * kMib + kMib * 9 / 10) == "1023.9 MiB");
    BOOST_TEST(formatGib(kGib + kGib * 999 / 1000) == "2.00 GiB");
}

BOOST_AUTO_TEST_CASE(parameters_have_three_digits_or_one_decimal) {
    BOOST_TEST(formatParameters(0) == "0");
    BOOST_TEST(formatParameters(999) == "999");
    BOOST_TEST(formatParameters(12345) == "12.3 K");
    BOOST_TEST(formatParameters(596049920) == "596 M");
    BOOST_TEST(formatParameters(24500000) == "24.5 M");
    BOOST_TEST(formatParameters(8030261312) == "8.0 B");
    BOOST_TEST(formatParameters(116829156672) == "116.8 B");
    BOOST_TEST(formatParameters(1026470000000) == "1026.5 B");
    BOOST_TEST(formatParameters(999960000) == "1.0 B");
    BOOST_TEST(formatParameters(999999) == "1.0 M");
}

BOOST_AUTO_TEST_CASE(memory_sizes_are_powers_of_two_whatever_the_letters) {
    for (const char * text : {"64GB", "64 GiB", "64G", "64g", "64gib", " 64  Gb ", "65536M", "64.0G"}) {
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(parseSize(text, 1).value_or(0) == 64 * kGib); }
    }
    BOOST_TEST(parseSize("3500MiB", 1).value_or(0) == 3500 * kMib);
    BOOST_TEST(parseSize("3.5G", 1).value_or(0) == 3 * kGib + 512 * kMib);
    BOOST_TEST(parseSize("512k", 1).value_or(0) == 512 * kKib);
    BOOST_TEST(parseSize("2T", 1).value_or(0) == 2048 * kGib);
}

BOOST_AUTO_TEST_CASE(a_plain_number_is_in_the_default_unit) {
    BOOST_TEST(parseSize("3500", kMib).value_or(0) == 3500 * kMib);
    BOOST_TEST(parseSize("1.5", kGib).value_or(0) == 1536 * kMib);
    BOOST_TEST(parseSize("0", kGib).value_or(1) == 0);
}

BOOST_AUTO_TEST_CASE(decimals_are_exact_and_any_number_of_them_is_taken) {
    BOOST_TEST(parseSize("0.1G", 1).value_or(0) == 107374182);         // 2^30 / 10 = 107374182.4
    BOOST_TEST(parseSize("0.999999999G", 1).value_or(0) == kGib - 1);  // 2^30 - 1.07 bytes
    BOOST_TEST(parseSize("1.0000000000000000000000G", 1).value_or(0) == kGib);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_size_gives_nothing) {
    for (const char * text :
         {"",      " ",   "G",        "GB",   "-1G",  "+1G",    ".5G",  "5.G", "1..5G", "64GG",
          "64GBs", "64B", "64 bytes", "1e3G", "0x10", "1,000M", "1 2G", "NaN", "64iB",  "18446744073709551616"}) {
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parseSize(text, kMib).has_value()); }
    }
}

BOOST_AUTO_TEST_CASE(a_size_beyond_64_bits_gives_nothing) {
    BOOST_TEST(parseSize("17179869183G", 1).value_or(0) == 17179869183 * kGib);  // (2^34 - 1) × 2^30
    BOOST_TEST(!parseSize("17179869184G", 1).has_value());
    BOOST_TEST(parseSize("17179869183.999999999G", 1).value_or(0) ==
               17179869183 * kGib + kGib - 1);  // 2^30 - 1.07 bytes more
    BOOST_TEST(!parseSize("99999999999999999999T", 1).has_value());
}

BOOST_AUTO_TEST_CASE(tokens_are_counted_in_units_of_1024) {
    BOOST_TEST(parseTokens("131072").value_or(0) == 131072);
    BOOST_TEST(parseTokens("128k").value_or(0) == 131072);
    BOOST_TEST(parseTokens("128K").value_or(0) == 131072);
    BOOST_TEST(parseTokens(" 1m ").value_or(0) == 1048576);
    BOOST_TEST(parseTokens("0").value_or(1) == 0);
    for (const char * text : {"", "k", "-1", "1.5k", "128kb", "128 k", "1,000", "18014398509481984k"}) {
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parseTokens(text).has_value()); }
    }
}

BOOST_AUTO_TEST_CASE(decimals_are_rounded_half_up) {
    BOOST_TEST(formatFixed(0.125, 2) == "0.13");
    BOOST_TEST(formatFixed(2.5, 0) == "3");
    BOOST_TEST(formatFixed(33.04, 1) == "33.0");
    BOOST_TEST(formatFixed(0.996, 2) == "1.00");
    BOOST_TEST(formatFixed(1.0, 3) == "1.000");
    BOOST_TEST(formatFixed(0.000000001, 9) == "0.000000001");
    BOOST_TEST(formatFixed(-1.25, 1) == "-1.3");
    BOOST_TEST(formatFixed(-0.04, 1) == "0.0");
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_written_as_zero) {
    BOOST_TEST(formatFixed(std::numeric_limits<double>::quiet_NaN(), 2) == "0");
    BOOST_TEST(formatFixed(std::numeric_limits<double>::infinity(), 2) == "0");
    BOOST_TEST(formatFixed(-std::numeric_limits<double>::infinity(), 2) == "0");
}

BOOST_AUTO_TEST_CASE(the_largest_double_is_written_whole) {
    BOOST_TEST(formatFixed(1e18, 2) == "1000000000000000000.00");
    BOOST_TEST(formatFixed(std::numeric_limits<double>::max(), 9).size() == 309 + 10);
    BOOST_TEST(formatFixed(3.0, 12) == "3.000000000");
    BOOST_TEST(formatFixed(3.0, -1) == "3");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_of_more_digits_than_a_double_has_are_written_whole) {
    BOOST_TEST(formatFixed(9007199254740992.0, 0) == "9007199254740992");            // 2^53
    BOOST_TEST(formatFixed(-1e23, 2) == "-99999999999999991611392.00");              // the double next to it
    BOOST_TEST(formatFixed(18446744073709551616.0, 1) == "18446744073709551616.0");  // 2^64
    BOOST_TEST(formatFixed(10000000.0009765625, 9) == "10000000.000976563");         // 10^7 + 2^-10, half up
    BOOST_TEST(formatFixed(9007199254740.998046875, 3) == "9007199254740.998");      // 511 / 512
    BOOST_TEST(formatFixed(9007199254740991.0, 2) == "9007199254740991.00");         // 2^53 - 1
    BOOST_TEST(formatFixed(4503599627370495.5, 0) == "4503599627370496");
    BOOST_TEST(formatFixed(4503599627370495.5, 1) == "4503599627370495.5");
}
