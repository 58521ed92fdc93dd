// Each device as the one before it, as a card of the table or as nothing yet, and then what differs from that.
#include "link/machine.h"

#include <algorithm>

#include "base/checked.h"
#include "link/header.h"

namespace ggufit {

namespace {

constexpr uint64_t kMostLinkedDevices = 64;
constexpr size_t kLongestField = 255;

enum Start : uint32_t { kBefore, kCard, kNothing };

/// The device that a card of the table is, before anything is said of it.
std::optional<Device> cardDevice(std::string_view name) {
    auto devices = parseGpu(name, {.open_size = true});
    if (!devices || devices->size() != 1) return std::nullopt;
    return devices->front();
}

size_t differences(const Device & a, const Device & b) {
    const bool differ[] = {a.description != b.description,       a.backend != b.backend,
                           a.total_mib != b.total_mib,           a.driver_mib != b.driver_mib,
                           a.reserved_mib != b.reserved_mib,     a.compute_capability != b.compute_capability,
                           a.bandwidth_gb_s != b.bandwidth_gb_s, a.fp16_tflops != b.fp16_tflops,
                           a.architecture != b.architecture,     a.pcie_gen != b.pcie_gen,
                           a.pcie_lanes != b.pcie_lanes,         a.unified_memory != b.unified_memory};
    return static_cast<size_t>(std::count(std::begin(differ), std::end(differ), true));
}

/// The card of the table that a device is most like, among those that its driver calls so.
std::string nearestCard(const Device & device) {
    std::string nearest;
    size_t least = SIZE_MAX;
    for (const GpuPreset & preset : gpuPresets()) {
        if (preset.description != device.description) continue;
        const auto card = cardDevice(preset.name);
        if (!card || differences(*card, device) >= least) continue;
        least = differences(*card, device);
        nearest = std::string(preset.name);
    }
    return nearest;
}

/// The name that a device has without being given one.
std::string usualName(const std::vector<Device> & devices, size_t index) {
    std::vector<Device> named(devices.begin(), devices.begin() + static_cast<std::ptrdiff_t>(index) + 1);
    named.back().name.clear();
    nameDevices(named);
    return named.back().name;
}

template <typename Coder>
class MachineCoder {
  public:
    MachineCoder(Coder & coder, Texts & texts) : coder_(coder), texts_(texts) {}
    void code(Machine & machine);

  private:
    Device startOf(const std::vector<Device> & devices, size_t index);
    void codeDevice(std::vector<Device> & devices, size_t index);

    /// A field that is most often as in the start.
    template <typename Field>
    void codeField(size_t chance, Field & field, const Field & start) {
        bool differs = field != start;
        coder_.bit(differs_[chance], differs);
        if (!differs)
            field = start;
        else
            codeFresh(field);
    }
    void codeFresh(std::string & field) { texts_.code(coder_, field, kLongestField); }
    void codeFresh(double & field) { decimals_.code(coder_, field); }
    void codeFresh(uint64_t & field) { numbers_.code(coder_, field); }
    void codeFresh(uint32_t & field) { numbers_.codeUpTo(coder_, field, UINT32_MAX); }
    void codeFresh(bool & field) {
        Chance chance;
        coder_.bit(chance, field);
    }

    Coder & coder_;
    Texts & texts_;
    Numbers numbers_;
    Decimals decimals_;
    Tree<2> starts_;
    std::array<Chance, 20> differs_{};
};

template <typename Coder>
Device MachineCoder<Coder>::startOf(const std::vector<Device> & devices, size_t index) {
    const Device & device = devices[index];
    std::string card;
    uint32_t start = kNothing;
    if constexpr (!Coder::kReads) {
        card = nearestCard(device);
        if (!card.empty()) start = kCard;
        if (index > 0 && differences(devices[index - 1], device) <= 2 &&
            device.description == devices[index - 1].description)
            start = kBefore;
    }
    starts_.code(coder_, start);
    if (start == kBefore && index > 0) return devices[index - 1];
    if (start == kNothing) return Device();
    if (start == kCard) texts_.code(coder_, card, kLongestField);
    const auto known = start == kCard ? cardDevice(card) : std::nullopt;
    if (known) return *known;
    coder_.refuse();
    return Device();
}

template <typename Coder>
void MachineCoder<Coder>::codeDevice(std::vector<Device> & devices, size_t index) {
    const Device start = startOf(devices, index);
    Device & device = devices[index];
    codeField(0, device.description, start.description);
    codeField(1, device.backend, start.backend);
    codeField(2, device.total_mib, start.total_mib);
    codeField(3, device.reserved_mib, start.reserved_mib);
    codeField(4, device.driver_mib, start.driver_mib);
    const uint64_t taken = saturatingAdd(device.reserved_mib, device.driver_mib);
    codeField(5, device.free_mib, saturatingSub(device.total_mib, taken));
    codeField(6, device.compute_capability, start.compute_capability);
    codeField(7, device.bandwidth_gb_s, start.bandwidth_gb_s);
    codeField(8, device.fp16_tflops, start.fp16_tflops);
    codeField(9, device.architecture, start.architecture);
    codeField(10, device.pcie_gen, start.pcie_gen);
    codeField(11, device.pcie_lanes, start.pcie_lanes);
    codeField(12, device.unified_memory, start.unified_memory);
    codeField(13, device.name, usualName(devices, index));
    if (device.backend == "RPC") codeField(19, device.link_gb_s, start.link_gb_s);
}

template <typename Coder>
void MachineCoder<Coder>::code(Machine & machine) {
    codeField(14, machine.name, std::string());
    uint64_t n_devices = machine.devices.size();
    numbers_.codeUpTo(coder_, n_devices, kMostLinkedDevices);
    if constexpr (Coder::kReads) machine.devices.resize(static_cast<size_t>(n_devices));
    for (size_t i = 0; i < machine.devices.size() && !coder_.failed(); ++i) codeDevice(machine.devices, i);
    codeField(15, machine.host.total_mib, uint64_t{0});
    codeField(16, machine.host.memory, std::string());
    codeField(17, machine.calibration.decode, 1.0);
    codeField(18, machine.calibration.prompt, 1.0);
}

}  // namespace

template <typename Coder>
void codeMachine(Coder & coder, Texts & texts, Machine & machine) {
    MachineCoder<Coder>(coder, texts).code(machine);
}

template void codeMachine(LinkWriter &, Texts &, Machine &);
template void codeMachine(LinkReader &, Texts &, Machine &);

}  // namespace ggufit
