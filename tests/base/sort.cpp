// One sorter for all types.
#include "base/sort.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(sort)

BOOST_AUTO_TEST_CASE(equals_keep_their_order) {
    std::vector<std::string> words = {"pear", "fig", "kiwi", "plum", "lime", "yam"};
    ggufit::stableSort(words, [](const std::string & a, const std::string & b) { return a.size() < b.size(); });
    const std::vector<std::string> sorted = {"fig", "yam", "pear", "kiwi", "plum", "lime"};
    BOOST_TEST(words == sorted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sorts_values_that_can_only_be_moved) {
    std::vector<std::unique_ptr<int>> values;
    for (const int value : {3, 1, 2}) values.push_back(std::make_unique<int>(value));
    ggufit::stableSort(values, [](const auto & a, const auto & b) { return *a < *b; });
    BOOST_TEST(*values[0] == 1);
    BOOST_TEST(*values[1] == 2);
    BOOST_TEST(*values[2] == 3);
}

BOOST_AUTO_TEST_CASE(leaves_an_empty_list_empty) {
    std::vector<int> none;
    ggufit::stableSort(none, std::less<>());
    BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_SUITE_END()
