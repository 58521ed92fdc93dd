// /proc and /sys, read as they stand; GGUFIT_SYSTEM_ROOT puts another folder in place of /.
#include "host.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ggufit::cli {

namespace {

constexpr size_t kMostCards = 64;
constexpr size_t kLargestFile = size_t{8} << 20;  // /proc/cpuinfo of a thousand processors is 1.5 MB, as is pci.ids

std::string systemPath(const std::string & path) {
    const char * root = std::getenv("GGUFIT_SYSTEM_ROOT");
    return (root == nullptr ? "" : root) + path;
}

/// The file's text as far as it is of use; empty where it can't be read. The kernel's files have no size.
std::string readSystemFile(const std::string & path) {
    std::ifstream in(systemPath(path), std::ios::binary);
    std::string text;
    std::string block(size_t{1} << 16, '\0');
    while (in && text.size() < kLargestFile) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        text.append(block.data(), static_cast<size_t>(in.gcount()));
    }
    return text;
}

std::string firstLine(std::string text) {
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    return text;
}

/// "card0", "card1", … without their connectors ("card0-DP-1"), by number.
std::vector<std::string> cardNames() {
    std::vector<std::string> names;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(systemPath("/sys/class/drm"), failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        const bool card = name.starts_with("card") && name.size() > 4 && name.size() < 8 &&
                          name.find_first_not_of("0123456789", 4) == std::string::npos;
        if (card && names.size() < kMostCards) names.push_back(name);
    }
    std::sort(names.begin(), names.end(), [](const std::string & a, const std::string & b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    return names;
}

/// The card's name of the list of PCI devices that most systems have.
std::string nameOfCard(const std::string & folder) {
    const auto vendor = firstLine(readSystemFile(folder + "/device/vendor"));
    const auto device = firstLine(readSystemFile(folder + "/device/device"));
    for (const char * list : {"/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids"}) {
        if (auto name = pciDeviceName(readSystemFile(list), vendor, device); !name.empty()) return name;
    }
    return {};
}

/// "0000:03:00.0": where a card is plugged in. Empty for a processor's own graphics, which are on the processor's bus.
std::string slotOf(const std::string & folder) {
    std::error_code failed;
    const auto target = std::filesystem::read_symlink(systemPath(folder + "/device"), failed);
    std::string address = failed ? std::string() : target.filename().string();
    return address.find(":00:") == std::string::npos ? address : std::string();
}

/// A container or a service may use less than the machine has.
void limitByControlGroups(HostFacts & facts) {
    for (const std::string & folder : controlGroupFolders(readSystemFile("/proc/self/cgroup"))) {
        const bool first_version = (folder + "/").starts_with("/sys/fs/cgroup/memory/");
        const std::string memory = folder + "/memory.";
        limitTo({readSystemFile(memory + (first_version ? "limit_in_bytes" : "max")),
                 readSystemFile(memory + (first_version ? "usage_in_bytes" : "current")),
                 readSystemFile(memory + "swap.max"), readSystemFile(memory + "stat")},
                facts);
    }
}

}  // namespace

HostFacts readHost(const RunLimits & limits) {
    const auto meminfo = readSystemFile("/proc/meminfo");
    if (meminfo.empty()) {
        const auto sysctl = findProgram("sysctl");
        if (!sysctl) return {};
        return parseSysctl(
            runProgram(*sysctl, {"hw.memsize", "hw.physicalcpu", "hw.logicalcpu", "machdep.cpu.brand_string"}, limits)
                .out);
    }
    // it prints nothing of use unless it may read the firmware's tables
    const auto dmidecode = findProgram("dmidecode");
    const auto sticks = dmidecode ? runProgram(*dmidecode, {"-t", "memory"}, limits) : ProgramRun{};
    auto facts = parseHostFacts(meminfo, readSystemFile("/proc/cpuinfo"), sticks.succeeded() ? sticks.out : "");
    limitByControlGroups(facts);
    return facts;
}

std::string readGraphicsCards(const std::vector<std::string> & skipped) {
    std::string text;
    for (const std::string & name : cardNames()) {
        const std::string folder = "/sys/class/drm/" + name;
        const auto vendor = firstLine(readSystemFile(folder + "/device/vendor"));
        if (std::find(skipped.begin(), skipped.end(), vendor) != skipped.end()) continue;
        std::string product = firstLine(readSystemFile(folder + "/device/product_name"));
        if (product.empty()) product = nameOfCard(folder);
        if (!product.empty()) text.append(folder).append("/device/product_name:").append(product).append("\n");
        if (const auto slot = slotOf(folder); vendor == "0x8086" && !slot.empty())
            text.append(folder).append("/device/address:").append(slot).append("\n");
        for (const char * file :
             {"device/vendor", "device/mem_info_vram_total", "device/mem_info_vram_used", "lmem_total_bytes",
              "device/tile0/physical_vram_size_bytes", "device/max_link_speed", "device/max_link_width"}) {
            const auto value = firstLine(readSystemFile(folder + "/" + file));
            if (!value.empty()) text.append(folder).append("/").append(file).append(":").append(value).append("\n");
        }
    }
    return text;
}

bool hasCardOf(const std::string & vendor) {
    const auto names = cardNames();
    return std::any_of(names.begin(), names.end(), [&](const std::string & name) {
        return firstLine(readSystemFile("/sys/class/drm/" + name + "/device/vendor")) == vendor;
    });
}

}  // namespace ggufit::cli
