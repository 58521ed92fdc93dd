// Sentences with gaps.
#include "base/phrase.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

BOOST_AUTO_TEST_CASE(gaps_are_filled_in_order) {
    const std::string n = "24";
    BOOST_TEST(phrase("{} of {} layers{}", n, std::string("48"), n == "1" ? "" : ".") == "24 of 48 layers.");
    BOOST_TEST(phrase("{}", n) == "24");
    BOOST_TEST(phrase("a{}{}b", "", n) == "a24b");
}

BOOST_AUTO_TEST_CASE(what_fills_a_gap_is_no_gap) {
    const std::string name = "{}{}.gguf";
    BOOST_TEST(phrase("{}: {}", name, std::string("{}")) == "{}{}.gguf: {}");
    BOOST_TEST(phrase("{ {} }", name) == "{ {}{}.gguf }");
}
