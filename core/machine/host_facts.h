// What Linux and its tools say of a machine beside its GPUs: memory, swap, cores; and names of PCI devices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machine/machine.h"

namespace ggufit {

/// 0 and empty where not known.
struct HostFacts {
    uint64_t total_mib = 0;      // that programs may use: the machine's, or a control group's limit
    uint64_t machine_mib = 0;    // the machine's, where a control group has less; else 0
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

/// The files of a control group that limit memory, as the kernel writes them; empty where there is none. Version 2
/// calls them memory.max, memory.current, memory.swap.max and memory.stat, version 1 memory.limit_in_bytes,
/// memory.usage_in_bytes and memory.stat.
struct ControlGroup {
    std::string limit, usage, swap_limit, stat;
};

/// The folders of the group of a process and of all groups above it, from /proc/self/cgroup: those that limit its
/// memory. Within a container the last, the root of what it sees, is its own. At most 64.
[[nodiscard]] std::vector<std::string> controlGroupFolders(std::string_view proc_self_cgroup);

/// Lowers what programs may use to a group's limit, and what is available to what the group has left; cached files,
/// which are given back when memory is asked for, count as available as the kernel counts them.
void limitTo(const ControlGroup & group, HostFacts & facts);

/// The same of a Mac, from `sysctl hw.memsize hw.physicalcpu hw.logicalcpu machdep.cpu.brand_string`.
[[nodiscard]] HostFacts parseSysctl(std::string_view text);

/// The name of a device in the text of pci.ids ("Navi 31 [Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M]"), by "0x1002" and
/// "0x744c" as sysfs writes them; empty where it isn't there.
[[nodiscard]] std::string pciDeviceName(std::string_view pci_ids, std::string_view vendor, std::string_view device);

}  // namespace ggufit
