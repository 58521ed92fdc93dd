// JSON from outside: how deep it may be, and what is none.
#include "base/json.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace ggufit;

namespace {

std::string nested(size_t depth, char open, char close) { return std::string(depth, open) + std::string(depth, close); }

}  // namespace

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

// Depths as the parser counts them: an array's start by what is around it, what is in it one more.
BOOST_AUTO_TEST_CASE(a_filter_sees_each_depth_and_its_choice_counts) {
    int deepest = 0;
    const auto all = parseJson("[1, [2, [3]]]", [&](int depth, auto, auto &) {
        deepest = std::max(deepest, depth);
        return true;
    });
    BOOST_TEST(deepest == 3);
    BOOST_TEST(all.dump() == "[1,[2,[3]]]");
    const auto flat = parseJson("[1, [2, [3]]]", [](int depth, auto, auto &) { return depth < 2; });
    BOOST_TEST(flat.dump() == "[1,[]]");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_is_discarded) {
    for (const char * text : {"", "{", "nul", "[1,]", "{\"a\"}", "\"\xff\"", "1 2", "'a'"}) {
        BOOST_TEST(parseJson(text).is_discarded(), text);
    }
}
