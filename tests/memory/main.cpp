// Entry point of the tests of memory.
#define BOOST_TEST_MODULE memory
#include <boost/test/unit_test.hpp>
