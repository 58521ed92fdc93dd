// What /proc, dmidecode, sysctl and pci.ids say of a machine.
#include "machine/host_facts.h"

#include <boost/test/unit_test.hpp>

using namespace ggufit;

namespace {

// dmidecode 3.4, two sticks in four slots; the rate that they run at is below the one that they could
constexpr const char * kSticks = R"(# dmidecode 3.4
Handle 0x0010, DMI type 16, 23 bytes
Physical Memory Array
	Maximum Capacity: 128 GB

Handle 0x0018, DMI type 17, 92 bytes
Memory Device
	Total Width: 64 bits
	Size: No Module Installed
	Type: Unknown
	Speed: Unknown

Handle 0x001B, DMI type 17, 92 bytes
Memory Device
	Size: 32 GB
	Type: DDR5
	Speed: 6000 MT/s
	Configured Memory Speed: 4800 MT/s

Handle 0x0021, DMI type 17, 92 bytes
Memory Device
	Size: 32 GB
	Type: DDR5
	Speed: 6000 MT/s
	Configured Memory Speed: 4800 MT/s
)";

}  // namespace

BOOST_AUTO_TEST_CASE(dmidecode_gives_kind_rate_and_sticks_that_are_in) {
    BOOST_TEST(parseHostFacts("", "", kSticks).memory == "DDR5-4800 (2 sticks)");
    BOOST_TEST(parseHostFacts("", "", "/dev/mem: Permission denied\n").memory == "");
    BOOST_TEST(parseHostFacts("", "", "Memory Device\n\tSize: 16 GB\n\tType: Unknown\n").memory == "");
}

BOOST_AUTO_TEST_CASE(processors_that_name_no_cores_count_as_cores) {
    const auto arm = parseHostFacts("", "processor\t: 0\nBogoMIPS\t: 50.00\n\nprocessor\t: 1\n", "");
    BOOST_TEST(arm.n_cores == 2U);
    BOOST_TEST(arm.n_threads == 2U);
}

BOOST_AUTO_TEST_CASE(sizes_beyond_any_machine_and_nonsense_are_not_known) {
    const auto facts =
        parseHostFacts("MemTotal: 99999999999999999999 kB\nMemAvailable: much\n:::\nSwapTotal\n", "", "");
    BOOST_TEST(facts.total_mib == 0U);
    BOOST_TEST(facts.available_mib == 0U);
    BOOST_TEST(facts.swap_total_mib == 0U);
}

BOOST_AUTO_TEST_CASE(sysctl_describes_a_mac) {
    const auto mac = parseSysctl(
        "hw.memsize: 17179869184\nhw.physicalcpu: 8\nhw.logicalcpu: 8\n"
        "machdep.cpu.brand_string: Apple M1\n");
    BOOST_TEST(mac.total_mib == 16384U);
    BOOST_TEST(mac.n_cores == 8U);
    BOOST_TEST(mac.processor == "Apple M1");
}

BOOST_AUTO_TEST_CASE(a_pci_name_is_that_of_its_own_maker) {
    const char * list = "# pci.ids\n1002  AMD\n\t744c  Navi 31\n\t\t744c 0001  Board\n10de  NVIDIA\n\t2684  AD102\n";
    BOOST_TEST(pciDeviceName(list, "0x1002", "0x744c") == "Navi 31");
    BOOST_TEST(pciDeviceName(list, "0x1002", "0x2684") == "");
    BOOST_TEST(pciDeviceName(list, "0x10de", "0x2684") == "AD102");
    BOOST_TEST(pciDeviceName(list, "1002", "../..") == "");
    BOOST_TEST(pciDeviceName("", "0x1002", "0x744c") == "");
}
