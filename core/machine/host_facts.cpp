// /proc/meminfo, /proc/cpuinfo, dmidecode, sysctl and pci.ids, line by line.
#include "machine/host_facts.h"

#include <algorithm>
#include <set>
#include <utility>

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
        return text + " (" + std::to_string(n_sticks_) + (n_sticks_ == 1 ? " stick)" : " sticks)");
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
