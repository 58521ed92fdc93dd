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

BOOST_AUTO_TEST_CASE(control_groups_of_a_process_are_its_own_and_all_above) {
    using Folders = std::vector<std::string>;
    BOOST_TEST(
        controlGroupFolders("0::/system.slice/llama.service\n") ==
            Folders({"/sys/fs/cgroup/system.slice/llama.service", "/sys/fs/cgroup/system.slice", "/sys/fs/cgroup"}),
        boost::test_tools::per_element());
    BOOST_TEST(controlGroupFolders("0::/\n") == Folders({"/sys/fs/cgroup"}), boost::test_tools::per_element());
    BOOST_TEST(
        controlGroupFolders("12:cpu,cpuacct:/docker/ab\n9:memory:/docker/ab\n") ==
            Folders({"/sys/fs/cgroup/memory/docker/ab", "/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/memory"}),
        boost::test_tools::per_element());
    BOOST_TEST(controlGroupFolders("0::/../../other\n") == Folders({"/sys/fs/cgroup"}),
               boost::test_tools::per_element());
    BOOST_TEST(controlGroupFolders("\n:\nnonsense\n").empty());
    BOOST_TEST(controlGroupFolders("0::" + std::string(100'000, '/')).size() <= 65U);
}

BOOST_AUTO_TEST_CASE(a_group_s_limit_is_what_programs_may_use_and_its_cached_files_are_available) {
    const std::string meminfo =
        "MemTotal: 65536000 kB\nMemAvailable: 60000256 kB\nSwapTotal: 8388608 kB\nSwapFree: 8388608 kB\n";
    auto facts = parseHostFacts(meminfo, "", "");
    // 8 GiB, of which 3 are in use, 1 of these for files that nothing maps
    limitTo({"8589934592\n", "3221225472\n", "0\n", "anon 2147483648\ninactive_file 1073741824\n"}, facts);
    BOOST_TEST(facts.total_mib == 8192U);
    BOOST_TEST(facts.machine_mib == 64000U);
    BOOST_TEST(facts.available_mib == 8192U - 3072 + 1024);
    BOOST_TEST(facts.swap_total_mib == 0U);
    limitTo({"17179869184\n", "", "", ""}, facts);  // that of a group above is wider
    BOOST_TEST(facts.total_mib == 8192U);
    limitTo({"4294967296\n", "9999999999\n", "", ""}, facts);  // or narrower, and full
    BOOST_TEST(facts.total_mib == 4096U);
    BOOST_TEST(facts.machine_mib == 64000U);
    BOOST_TEST(facts.available_mib == 0U);
}

BOOST_AUTO_TEST_CASE(a_group_without_a_limit_changes_nothing) {
    for (const char * none : {"max\n", "", "9223372036854771712\n", "-1\n", "68719476736000\n"}) {
        auto facts = parseHostFacts("MemTotal: 65536000 kB\nMemAvailable: 60000256 kB\n", "", "");
        limitTo({none, "1\n", "max\n", ""}, facts);
        BOOST_TEST(facts.total_mib == 64000U);
        BOOST_TEST(facts.machine_mib == 0U);
        BOOST_TEST(facts.available_mib == 60000256U / 1024);
    }
}
