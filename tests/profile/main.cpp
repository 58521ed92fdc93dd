// Tests of models.conf entries: they load in the wrapper's reader and say nothing that a file put there.
#define BOOST_TEST_MODULE profile
#include <boost/test/unit_test.hpp>
