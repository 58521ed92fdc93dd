// /proc/meminfo, /proc/cpuinfo, dmidecode, sysctl and pci.ids, line by line.
#include "machine/host_facts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit {

using namespace listings;

namespace {

constexpr uint64_t kMostProcessors = 65536;

/// Takes a line off the front of a text.
std::string_view nextLine(std::string_view & text) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string_view firstLineOf(std::string_view text) { return trimmed(nextLine(text)); }

uint32_t processors(std::string_view text) {
    const auto number = leadingNumber(text);
    return number && *number <= kMostProcessors ? static_cast<uint32_t>(*number) : 0;
}

void readMeminfo(std::string_view text, HostFacts & facts) {
    while (!text.empty()) {
        const auto pair = keyAndValue(nextLine(text));
        if (!pair) continue;
        const auto mib = listedMib(pair->second, kKib).value_or(0);
        if (pair->first == "MemTotal") facts.total_mib = mib;
        if (pair->first == "MemAvailable") facts.available_mib = mib;
        if (pair->first == "SwapTotal") facts.swap_total_mib = mib;
        if (pair->first == "SwapFree") facts.swap_free_mib = mib;
    }
}

/// A core is a pair of socket and core number; processors that say neither count as cores of their own.
void readCpuinfo(std::string_view text, HostFacts & facts) {
    std::set<std::pair<uint64_t, uint64_t>> cores;
    uint64_t socket = 0;
    while (!text.empty()) {
        const auto pair = keyAndValue(nextLine(text));
        if (!pair) continue;
        const auto [key, value] = *pair;
        if (key == "processor" && leadingNumber(value) && facts.n_threads < kMostProcessors) ++facts.n_threads;
        if (key == "model name" && facts.processor.empty()) facts.processor = listedName(value);
        if (key == "physical id") socket = leadingNumber(value).value_or(0);
        const auto core = key == "core id" ? leadingNumber(value) : std::nullopt;
        if (core && cores.size() < kMostProcessors) cores.emplace(socket, *core);
    }
    facts.n_cores = cores.empty() ? facts.n_threads : static_cast<uint32_t>(cores.size());
}

/// Sticks, their kind and the rate that they run at, of the blocks "Memory Device".
class Sticks {
  public:
    void read(std::string_view line) {
        if (line == "Memory Device") {
            finishStick();
            inside_ = true;
        }
        const auto pair = keyAndValue(line);
        if (!pair || !inside_) return;
        const auto [key, value] = *pair;
        if (key == "Size") filled_ = leadingNumber(value).value_or(0) > 0;
        if (key == "Type" && (value.starts_with("DDR") || value.starts_with("LPDDR"))) kind_ = listedName(value);
        if (key == "Speed" && configured_ == 0) rate_ = leadingNumber(value).value_or(0);
        if (key == "Configured Memory Speed" || key == "Configured Clock Speed")
            configured_ = leadingNumber(value).value_or(0);
    }

    [[nodiscard]] std::string words() {
        finishStick();
        if (n_sticks_ == 0 || all_kind_.empty()) return {};
        std::string text = all_kind_;
        if (slowest_ > 0) text += "-" + std::to_string(slowest_);
        return phrase("{} ({}{}", text, std::to_string(n_sticks_), (n_sticks_ == 1 ? " stick)" : " sticks)"));
    }

  private:
    void finishStick() {
        constexpr uint64_t kFastest = 50000;
        const uint64_t rate = configured_ > 0 ? configured_ : rate_;
        if (inside_ && filled_ && !kind_.empty()) {
            ++n_sticks_;
            all_kind_ = kind_;
            if (rate > 0 && rate < kFastest && (slowest_ == 0 || rate < slowest_)) slowest_ = rate;
        }
        inside_ = filled_ = false;
        kind_.clear();
        rate_ = configured_ = 0;
    }

    bool inside_ = false, filled_ = false;
    std::string kind_, all_kind_;
    uint64_t rate_ = 0, configured_ = 0, slowest_ = 0;
    uint32_t n_sticks_ = 0;
};

/// The digits of "0x744c" in the lower case of pci.ids; empty where it is no such number.
std::string hexDigits(std::string_view id) {
    const bool hex =
        id.size() == 6 && id.starts_with("0x") && id.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    return hex ? std::string(id.substr(2)) : std::string();
}

}  // namespace

HostFacts parseHostFacts(std::string_view meminfo, std::string_view cpuinfo, std::string_view dmidecode) {
    HostFacts facts;
    readMeminfo(meminfo, facts);
    readCpuinfo(cpuinfo, facts);
    Sticks sticks;
    while (!dmidecode.empty()) sticks.read(trimmed(nextLine(dmidecode)));
    facts.memory = sticks.words();
    return facts;
}

std::vector<std::string> controlGroupFolders(std::string_view proc_self_cgroup) {
    constexpr size_t kDeepest = 64;
    std::vector<std::string> folders;
    while (!proc_self_cgroup.empty()) {
        const auto line = nextLine(proc_self_cgroup);  // "0::/path", "9:memory:/path"
        const size_t first = line.find(':');
        const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos) continue;
        const auto controllers = line.substr(first + 1, second - first - 1);
        const bool memory = (phrase(",{},", std::string(controllers))).find(",memory,") != std::string::npos;
        if (!controllers.empty() && !memory) continue;
        const std::string root = controllers.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        std::string path(line.substr(second + 1));
        // ".." leads out of the part of the tree that is seen
        if (!path.starts_with('/') || (path + "/").find("/../") != std::string::npos) path = "/";
        for (size_t end = path.size(); end > 0 && end != std::string::npos && folders.size() < kDeepest;
             end = path.rfind('/', end - 1)) {
            if (end > 1) folders.push_back(root + path.substr(0, end));
        }
        folders.push_back(root);
    }
    return folders;
}

void limitTo(const ControlGroup & group, HostFacts & facts) {
    if (const auto swap = listedMib(firstLineOf(group.swap_limit), 1)) {  // "max" is no number
        facts.swap_total_mib = std::min(facts.swap_total_mib, *swap);
        facts.swap_free_mib = std::min(facts.swap_free_mib, *swap);
    }
    const auto limit = listedMib(firstLineOf(group.limit), 1);
    if (!limit || *limit >= facts.total_mib) return;
    if (facts.machine_mib == 0) facts.machine_mib = facts.total_mib;
    facts.total_mib = *limit;
    const uint64_t used = listedMib(firstLineOf(group.usage), 1).value_or(0);
    uint64_t cached = 0;
    for (std::string_view stat = group.stat; !stat.empty();) {
        const auto words = wordsOf(nextLine(stat));
        if (words.size() != 2 || (words[0] != "inactive_file" && words[0] != "total_inactive_file")) continue;
        cached = std::max(cached, listedMib(words[1], 1).value_or(0));
    }
    const uint64_t held = used - std::min(used, cached);
    facts.available_mib = std::min(facts.available_mib, *limit - std::min(*limit, held));
}

HostFacts parseSysctl(std::string_view text) {
    HostFacts facts;
    while (!text.empty()) {
        const auto pair = keyAndValue(nextLine(text));
        if (!pair) continue;
        const auto [key, value] = *pair;
        if (key == "hw.memsize") facts.total_mib = listedMib(value, 1).value_or(0);
        if (key == "hw.physicalcpu") facts.n_cores = processors(value);
        if (key == "hw.logicalcpu") facts.n_threads = processors(value);
        if (key == "machdep.cpu.brand_string") facts.processor = listedName(value);
    }
    return facts;
}

std::string pciDeviceName(std::string_view pci_ids, std::string_view vendor, std::string_view device) {
    const std::string maker = hexDigits(vendor), card = hexDigits(device);
    if (maker.empty() || card.empty()) return {};
    bool inside = false;
    while (!pci_ids.empty()) {
        const auto line = nextLine(pci_ids);
        if (line.empty() || line[0] == '#') continue;
        if (line[0] != '\t') {
            if (inside) return {};
            inside = line.starts_with(maker + " ");
        } else if (inside && line.substr(1).starts_with(card + " ")) {
            return listedName(line.substr(5));
        }
    }
    return {};
}

}  // namespace ggufit
