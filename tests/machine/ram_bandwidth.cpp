// What system memory gives, by transfers, channels and measured figures, and the ways to say it.
#include "machine/ram_bandwidth.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

namespace {

RamBandwidth bandwidth(const std::string & memory) { return ramBandwidth(Host{65536, memory}); }
double peak(const std::string & memory) { return bandwidth(memory).peak_gb_s; }

const auto kClose = boost::test_tools::tolerance(1e-9);

Host ram(const std::string & text) {
    const auto host = parseRam(text);
    BOOST_TEST_REQUIRE(host.ok(), text + " is refused: " + (host.ok() ? "" : host.error().text()));
    return *host;
}

/// What published measurements of llama.cpp say of the memory of their machines, its size in GiB and its peak:
/// transfers × 8 bytes × channels, where these are said or usual of the kind.
struct Published {
    const char * text;
    uint64_t gib;
    double peak_gb_s;
};
constexpr Published kPublished[] = {
    {"128GB LPDDR5X-8000 unified", 128, 256},  // 256 bits
    {"128GB LPDDR5X unified", 128, 256},
    {"DDR4 (speed not stated)", 0, 51.2},
    {"128GB quad-channel DDR4", 128, 102.4},
    {"32GB DDR4", 32, 51.2},
    {"DDR5 dual channel (~60 GB/s achieved per ik PR #232)", 0, 89.6},
    {"12ch DDR5-6000, ~500 GB/s measured (likwid)", 0, 576},
    {"64GB DDR5-6000 (4 sticks)", 64, 96},
    {"DDR4 (2 TB after upgrade; speed not stated)", 2048, 51.2},
    {"DDR5 dual channel", 0, 89.6},
    {"1.1 TB DDR5 (12 channels assumed; not stated)", 1126, 460.8},
    {"8ch DDR5-4800, 225-256 GB/s measured", 0, 307.2},
    {"2x DDR4-2133", 0, 34.128},
    {"64GB DDR4-3200", 64, 51.2},
    {"16GB DDR4-2667", 16, 42.672},
};

}  // namespace

BOOST_AUTO_TEST_CASE(memory_names_give_their_peak) {
    BOOST_TEST(peak("DDR4-3200 2ch") == 51.2, kClose);
    BOOST_TEST(peak("DDR5-6000") == 96.0, kClose);
    BOOST_TEST(peak("DDR5 6000") == 96.0, kClose);
    BOOST_TEST(peak("ddr5 6000 MT/s") == 96.0, kClose);
    BOOST_TEST(peak("6000 MHz DDR5") == 96.0, kClose);
    BOOST_TEST(peak("DDR5-4800 12ch") == 460.8, kClose);
    BOOST_TEST(peak("12ch DDR5-4800") == 460.8, kClose);
    BOOST_TEST(peak("8-channel DDR4-3200") == 204.8, kClose);
    BOOST_TEST(peak("DDR4-3200, octa channel") == 204.8, kClose);
    BOOST_TEST(peak("single-channel DDR4-3200") == 25.6, kClose);
    BOOST_TEST(peak("LPDDR5X-8000 256-bit") == 256.0, kClose);
    BOOST_TEST(peak("LPDDR5X-7500 128 bit") == 120.0, kClose);
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_usual_and_marked) {
    BOOST_TEST(bandwidth("DDR4").peak_gb_s == 51.2, kClose);
    BOOST_TEST(bandwidth("DDR4").assumed);
    BOOST_TEST(bandwidth("DDR5 dual channel").peak_gb_s == 89.6, kClose);
    BOOST_TEST(bandwidth("DDR5 dual channel").assumed);
    BOOST_TEST(bandwidth("DDR5-6000").assumed);  // its channels
    BOOST_TEST(!bandwidth("DDR5-6000 2ch").assumed);
    BOOST_TEST(bandwidth("DDR3").peak_gb_s == 25.6, kClose);
    BOOST_TEST(bandwidth("8ch DDR5").peak_gb_s == 307.2, kClose);  // servers: 4800
}

BOOST_AUTO_TEST_CASE(processors_read_less_than_the_peak) {
    BOOST_TEST(bandwidth("DDR4-3200 2ch").read_gb_s == 0.9 * 51.2, kClose);
    BOOST_TEST(bandwidth("DDR5-6000 2ch").read_gb_s == 0.75 * 96, kClose);  // between AM5 and Intel
    BOOST_TEST(bandwidth("DDR5-4800 8ch").read_gb_s == 0.8 * 307.2, kClose);
    BOOST_TEST(bandwidth("LPDDR5X-8000 unified").read_gb_s == 0.43 * 256, kClose);
}

// 2 channels × 8 bytes × 4000 MT/s × 0.75: what Intel and AMD specify for two sticks a channel lies around it
BOOST_AUTO_TEST_CASE(four_sticks_of_ddr5_on_two_channels_are_slower_than_rated) {
    for (const char * memory :
         {"DDR5-6000 (4 sticks)", "DDR5-6400 2ch, four DIMMs", "DDR5-5600 dual channel 4 modules"}) {
        BOOST_TEST(bandwidth(memory).read_gb_s == 48.0, kClose);
        BOOST_TEST(bandwidth(memory).slowed, memory);
    }
    BOOST_TEST(bandwidth("DDR5-6000 (4 sticks)").peak_gb_s == 96.0, kClose);
    for (const char * memory : {"DDR5-6000 (2 sticks)", "DDR4-3600 (4 sticks)", "8ch DDR5-4800 (8 sticks)",
                                "DDR5-6000 (4 sticks), 58 GB/s measured", "LPDDR5X-8000 unified (8 modules)"})
        BOOST_TEST(!bandwidth(memory).slowed, memory);
    BOOST_TEST(bandwidth("DDR5-6000 (4 sticks), 58 GB/s measured").read_gb_s == 58.0, kClose);
    BOOST_TEST(ramBandwidth(ram("4x16GB DDR5-6000")).read_gb_s == 48.0, kClose);
    BOOST_TEST(ram("4x16GB DDR5-6000").memory == "DDR5-6000 (4 sticks)");
    BOOST_TEST(ram("2x32GB DDR5-6000").memory == "DDR5-6000");
}

BOOST_AUTO_TEST_CASE(a_measured_figure_wins) {
    BOOST_TEST(bandwidth("DDR5-6000 2ch, 62 GB/s").read_gb_s == 62.0, kClose);
    BOOST_TEST(bandwidth("8ch DDR5-4800, 225-256 GB/s measured").read_gb_s == 240.5, kClose);
    BOOST_TEST(bandwidth("90 GB/s").read_gb_s == 90.0, kClose);
    BOOST_TEST(bandwidth("90 GB/s").peak_gb_s == 90.0, kClose);
    BOOST_TEST(bandwidth("unified 400 GB/s").peak_gb_s == 400.0, kClose);  // the GPU's
    BOOST_TEST(bandwidth("unified 400 GB/s").read_gb_s == 112.0, kClose);  // 0.28 of it
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_name_gives_nothing) {
    for (const char * memory :
         {"", "fast", "2ch", "DDR", "DDRs", "GB/s", "-bit", "channel", "0 GB/s", "99999999 GB/s"}) {
        BOOST_TEST(peak(memory) == 0.0, memory);
        BOOST_TEST(bandwidth(memory).read_gb_s == 0.0, memory);
    }
}

BOOST_AUTO_TEST_CASE(nonsense_counts_as_not_said) {
    BOOST_TEST(peak("DDR4-3200 0ch") == 51.2, kClose);
    BOOST_TEST(peak("DDR5-fast 99999999999999999999ch") == 89.6, kClose);
    BOOST_TEST(peak("DDR5-99999999999999999999 2ch") == 89.6, kClose);
    BOOST_TEST(peak("DDR5-6000 999999-bit") == 96.0, kClose);
    BOOST_TEST(peak(std::string(100000, '9') + "DDR4") == 0.0);
    BOOST_TEST(peak("DDR4" + std::string(100000, '-')) == 51.2, kClose);
}

BOOST_AUTO_TEST_CASE(memory_of_published_measurements_is_understood) {
    for (const Published & published : kPublished) {
        BOOST_TEST_CONTEXT(published.text) {
            const Host host = ram(published.text);
            BOOST_TEST(host.total_mib / 1024 == published.gib);
            BOOST_TEST(ramBandwidth(host).peak_gb_s == published.peak_gb_s, kClose);
        }
    }
}

BOOST_AUTO_TEST_CASE(ram_is_a_size_and_what_it_is_made_of) {
    BOOST_TEST(ram("64GB").total_mib == 65536u);
    BOOST_TEST(ram("64").total_mib == 65536u);
    BOOST_TEST(ram("64 GB").total_mib == 65536u);
    BOOST_TEST(ram("64GB DDR5-6000 2ch").memory == "DDR5-6000 2ch");
    BOOST_TEST(ram("64 GiB, DDR5-6000 2ch").memory == "DDR5-6000 2ch");
    BOOST_TEST(ram("64 DDR5-6000").total_mib == 65536u);
    BOOST_TEST(ram("64 DDR5-6000").memory == "DDR5-6000");
    BOOST_TEST(ram("2x32GB DDR5-6000").total_mib == 65536u);
    BOOST_TEST(ram("2 x 32 GB DDR5-6000").memory == "DDR5-6000");
    BOOST_TEST(ram("1.5 TB DDR4").total_mib == 1536u * 1024);
    BOOST_TEST(ram("8-channel DDR4-3200 256GB").total_mib == 262144u);
    BOOST_TEST(ram("192GB unified").total_mib == 196608u);
    BOOST_TEST(ram("DDR5").total_mib == 0u);
    BOOST_TEST(ram("DDR5-6000, 60 GB/s").total_mib == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_is_refused) {
    for (const char * text : {"", " ", "lots", "-1GB", "0", "0GB", "1e30GB", "64GBx", "GB", "99999999999999999999GB",
                              "x64GB", "64x64x64GB", "DDR5 9999999TB", "0x64GB", "🦙"}) {
        BOOST_TEST_CONTEXT(text) {
            const auto refused = parseRam(text);
            BOOST_TEST_REQUIRE(!refused.ok());
            BOOST_TEST((refused.error().code == ErrorCode::usage));
            BOOST_TEST(refused.error().detail.back() == '.');
        }
    }
    BOOST_TEST(!parseRam("64GB " + std::string(5000, 'x')).ok());
}
