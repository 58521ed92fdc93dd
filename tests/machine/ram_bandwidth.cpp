// Peak bandwidths by transfers and channels.
#include "machine/ram_bandwidth.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

BOOST_AUTO_TEST_CASE(memory_names_give_their_peak) {
    const auto peak = [](const char * memory) { return ramBandwidth(Host{65536, memory}); };
    BOOST_TEST(peak("DDR4-3200 2ch") == 51.2);
    BOOST_TEST(peak("DDR5-6000") == 96.0);
    BOOST_TEST(peak("DDR5-4800 12ch") == 460.8);
    BOOST_TEST(peak("LPDDR5X-8000 256-bit") == 256.0);
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_name_gives_nothing) {
    for (const char * memory : {"", "fast", "DDR5", "DDR5-", "DDR5-fast 2ch", "DDR5-99999999999999999999 2ch", "2ch"}) {
        BOOST_TEST(ramBandwidth(Host{65536, memory}) == 0.0, memory);
    }
    BOOST_TEST(ramBandwidth(Host{65536, "DDR4-3200 0ch"}) == 51.2);
}
