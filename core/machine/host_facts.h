// What Linux and its tools say of a machine beside its GPUs: memory, swap, cores; and names of PCI devices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machine/machine.h"

namespace ggufit {

/// 0 and empty where not known.
struct HostFacts {
    uint64_t total_mib = 0;
    uint64_t available_mib = 0;  // what the kernel would give to a program without swapping
    uint64_t swap_total_mib = 0;
    uint64_t swap_free_mib = 0;
    uint32_t n_cores = 0;    // physical
    uint32_t n_threads = 0;  // as the kernel counts processors
    std::string processor;   // "AMD Ryzen 9 7950X 16-Core Processor"
    std::string memory;      // "DDR5-6000, 2 sticks"; empty where dmidecode could not be read
};

/// From the texts of /proc/meminfo and /proc/cpuinfo and what `dmidecode -t memory` prints; each may be empty. Lines
/// that are none of theirs are passed over, sizes beyond any machine count as not known.
[[nodiscard]] HostFacts parseHostFacts(std::string_view meminfo, std::string_view cpuinfo, std::string_view dmidecode);

/// The same of a Mac, from `sysctl hw.memsize hw.physicalcpu hw.logicalcpu machdep.cpu.brand_string`.
[[nodiscard]] HostFacts parseSysctl(std::string_view text);

/// The name of a device in the text of pci.ids ("Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]"), by "0x1002" and
/// "0x744c" as sysfs writes them; empty where it isn't there.
[[nodiscard]] std::string pciDeviceName(std::string_view pci_ids, std::string_view vendor, std::string_view device);

}  // namespace ggufit
