// Devices of several lists, matched by their descriptions in order.
#include "machine/join_listings.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/phrase.h"

namespace ggufit {

namespace {

constexpr const char * kLlama = "llama.cpp";

/// For each device of llama.cpp's the one of the tools that it is: of equal ones the first that is left.
std::vector<std::optional<size_t>> matched(const std::vector<Device> & llama, const std::vector<Device> & tools) {
    std::vector<std::optional<size_t>> matches;
    std::vector<bool> taken(tools.size());
    for (const Device & device : llama) {
        std::optional<size_t> match;
        for (size_t i = 0; i < tools.size() && !match; ++i) {
            if (!taken[i] && tools[i].description == device.description) match = i;
        }
        if (match) taken[*match] = true;
        matches.push_back(match);
    }
    return matches;
}

/// "CUDA0 is GPU 1, CUDA1 is GPU 0", where the order of CUDA's devices is not that of nvidia-smi.
std::string otherOrder(const std::vector<Device> & llama, const std::vector<std::optional<size_t>> & matches) {
    std::string pairs;
    size_t last = 0;
    bool falls = false;
    for (size_t i = 0; i < llama.size(); ++i) {
        if (llama[i].backend != "CUDA" || !matches[i]) continue;
        falls = falls || *matches[i] < last;
        last = *matches[i];
        pairs += phrase("{}{} is its GPU {}", pairs.empty() ? "" : ", ", llama[i].name, std::to_string(*matches[i]));
    }
    return falls ? pairs : "";
}

void addTo(Device & device, const Device & tool) {
    if (tool.pcie_gen > 0) device.pcie_gen = tool.pcie_gen;
    if (tool.pcie_lanes > 0) device.pcie_lanes = tool.pcie_lanes;
    if (device.backend == "CUDA" && device.compute_capability.empty())
        device.compute_capability = tool.compute_capability;
}

/// What the device has free without llama.cpp, by the tool that tells its memory from that of others. False where that
/// is no more than llama.cpp saw free.
bool freeLlama(Device & device, const Device & tool) {
    const uint64_t held = tool.reserved_mib + device.driver_mib;
    if (held >= device.total_mib || device.total_mib - held <= device.free_mib) return false;
    device.reserved_mib = tool.reserved_mib;
    device.free_mib = device.total_mib - held;
    return true;
}

}  // namespace

Listing joinTools(std::vector<Listing> listings) {
    Listing joined;
    for (Listing & listing : listings) {
        joined.source += (joined.source.empty() ? "" : " and ") + listing.source;
        for (size_t i = 0; i < listing.machine.devices.size(); ++i) {
            joined.machine.devices.push_back(std::move(listing.machine.devices[i]));
            joined.machine.devices.back().name.clear();
            joined.held.push_back(i < listing.held.size() ? listing.held[i] : "");
        }
        if (joined.machine.host.total_mib == 0) joined.machine.host = listing.machine.host;
        std::move(listing.notes.begin(), listing.notes.end(), std::back_inserter(joined.notes));
    }
    nameDevices(joined.machine.devices);
    return joined;
}

Listing preferLlama(Listing llama, const Listing & tools) {
    auto & devices = llama.machine.devices;
    const auto matches = matched(devices, tools.machine.devices);
    std::vector<bool> seen(tools.machine.devices.size());
    llama.held.resize(devices.size());
    if (llama.machine.host.total_mib == 0) llama.machine.host = tools.machine.host;
    for (size_t i = 0; i < devices.size(); ++i) {
        if (!matches[i]) continue;
        seen[*matches[i]] = true;
        const Device & tool = tools.machine.devices[*matches[i]];
        addTo(devices[i], tool);
        if (*matches[i] >= tools.held.size()) continue;
        llama.held[i] = tools.held[*matches[i]];
        if (!llama.held[i].starts_with(kLlama) || !freeLlama(devices[i], tool)) continue;
        const std::string other_words = phrase(" of {} were not free", devices[i].name);
        std::erase_if(llama.notes,
                      [&](const Warning & note) { return note.text.find(other_words) != std::string::npos; });
        llama.notes.push_back(
            {phrase("llama.cpp itself runs on {}; what it holds counts as free.", devices[i].name), ""});
    }
    if (const auto pairs = otherOrder(devices, matches); !pairs.empty()) {
        llama.notes.push_back({phrase("llama.cpp lists the GPUs in another order than nvidia-smi: {}.", pairs),
                               "-ts and -mg go by llama.cpp's; with CUDA_DEVICE_ORDER=PCI_BUS_ID where it runs both "
                               "are the same."});
    }
    for (size_t i = 0; i < seen.size(); ++i) {
        const bool other_name = devices.size() >= seen.size();  // another spelling of the same card
        if (seen[i] || other_name) continue;
        llama.notes.push_back({tools.machine.devices[i].description + " is not in llama-server's list.",
                               "Look at CUDA_VISIBLE_DEVICES and at the backends that llama-server was built with."});
    }
    return llama;
}

}  // namespace ggufit
