// Tests of the decision tree: which placement is chosen, why, and what stands beside it.
#define BOOST_TEST_MODULE plan
#include <boost/test/unit_test.hpp>
