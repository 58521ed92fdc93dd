// Arithmetic on sizes says when it overflows.
#include "base/checked.h"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ggufit;

constexpr uint64_t kHalf = uint64_t{1} << 32;

BOOST_AUTO_TEST_SUITE(checked)

BOOST_AUTO_TEST_CASE(sums_and_products_up_to_64_bits_are_exact) {
    BOOST_TEST(checkedAdd(UINT64_MAX - 1, 1).value_or(0) == UINT64_MAX);
    BOOST_TEST(checkedMul(kHalf - 1, kHalf + 1).value_or(0) == UINT64_MAX);  // (2^32 - 1)(2^32 + 1) = 2^64 - 1
    BOOST_TEST(checkedMul(0, UINT64_MAX).value_or(1) == 0);
    BOOST_TEST(checkedMul(UINT64_MAX, 0).value_or(1) == 0);
}

BOOST_AUTO_TEST_CASE(sums_and_products_beyond_64_bits_give_nothing) {
    BOOST_TEST(!checkedAdd(UINT64_MAX, 1).has_value());
    BOOST_TEST(!checkedMul(kHalf, kHalf).has_value());
    BOOST_TEST(!checkedMul(UINT64_MAX, 2).has_value());
}

BOOST_AUTO_TEST_CASE(saturating_sums_and_products_stay_at_the_top) {
    BOOST_TEST(saturatingAdd(UINT64_MAX, 5) == UINT64_MAX);
    BOOST_TEST(saturatingAdd(2, 3) == 5);
    BOOST_TEST(saturatingMul(kHalf, kHalf) == UINT64_MAX);
    BOOST_TEST(saturatingMul(6, 7) == 42);
    BOOST_TEST(saturatingSub(3, 5) == 0);
    BOOST_TEST(saturatingSub(5, 3) == 2);
}

BOOST_AUTO_TEST_CASE(padding_reaches_the_next_multiple_of_any_number) {
    BOOST_TEST(padTo(0, 32) == 0);
    BOOST_TEST(padTo(1, 32) == 32);
    BOOST_TEST(padTo(32, 32) == 32);
    BOOST_TEST(padTo(33, 32) == 64);
    BOOST_TEST(padTo(10, 3) == 12);
    BOOST_TEST(padTo(UINT64_MAX, 32) == UINT64_MAX);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
