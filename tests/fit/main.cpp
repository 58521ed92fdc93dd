// The test program of core/fit.
#define BOOST_TEST_MODULE fit
#include <boost/test/unit_test.hpp>
