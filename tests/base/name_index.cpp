// Numbers by names.
#include "base/name_index.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace ggufit;

BOOST_AUTO_TEST_CASE(the_first_number_of_a_name_stays) {
    NameIndex index;
    BOOST_TEST(index.find("a") == NameIndex::kNone);
    BOOST_TEST(index.add("a", 7) == 7U);
    BOOST_TEST(index.add("a", 8) == 7U);
    BOOST_TEST(index.find("a") == 7U);
    BOOST_TEST(index.find("") == NameIndex::kNone);
    BOOST_TEST(index.add("", 0) == 0U);
    BOOST_TEST(index.find("") == 0U);
}

BOOST_AUTO_TEST_CASE(finds_each_of_many_names) {
    std::vector<std::string> names;
    for (int i = 0; i < 5000; ++i) names.push_back("blk." + std::to_string(i) + ".attn_q.weight");
    NameIndex index;
    for (uint32_t i = 0; i < names.size(); ++i) index.add(names[i], i);
    for (uint32_t i = 0; i < names.size(); ++i) BOOST_TEST(index.find(names[i]) == i);
    BOOST_TEST(index.find("blk.5000.attn_q.weight") == NameIndex::kNone);
}
