// The text of --gpu → devices.
#include <algorithm>
#include <charconv>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/budget.h"
#include "machine/fields.h"
#include "machine/gpu_words.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

constexpr uint64_t kMostCopies = 64;
constexpr size_t kLongestGpu = 1000;
constexpr double kLargestBandwidth = 1e6;

/// The words after the name, read.
struct Extras {
    GivenMemory memory;
    std::string name, backend, compute_capability;
    std::optional<double> bandwidth_gb_s;
    std::optional<bool> unified_memory;
    std::optional<PcieLink> pcie;
};

Error gpuError(std::string_view text, std::string detail) {
    return usageError("--gpu " + quotedText(text), std::move(detail));
}

/// A size in MiB; a plain number below `gib_below` is GiB, since nobody has a card of 24 MiB.
std::optional<uint64_t> parseMib(std::string_view text, uint64_t gib_below) {
    const auto plain = parseUnsigned(text);
    const auto bytes = parseSize(text, plain && *plain < gib_below ? kGib : kMib);
    if (!bytes || *bytes / kMib > kLargestMib) return std::nullopt;
    return *bytes / kMib;
}

std::optional<Error> readSizeExtra(std::string_view text, std::string_view key, std::string_view value,
                                   Extras & extras) {
    constexpr uint64_t kGibBelow = 1024;
    const bool whole = key == "vram" || key == "free";
    const auto mib = parseMib(value, whole ? kGibBelow : 0);
    if (!mib || (key == "vram" && *mib == 0)) {
        return gpuError(text, phrase("{}={} is no size; write for example {}{}.", std::string(key),
                                     std::string(value.substr(0, 40)), std::string(key), whole ? "=24GB" : "=500MiB"));
    }
    auto & field = key == "vram"       ? extras.memory.total_mib
                   : key == "free"     ? extras.memory.free_mib
                   : key == "reserved" ? extras.memory.reserved_mib
                                       : extras.memory.driver_mib;
    field = *mib;
    return std::nullopt;
}

std::optional<Error> readExtra(std::string_view text, std::string_view extra, Extras & extras) {
    const size_t equals = extra.find('=');
    const auto key = trimmed(extra.substr(0, equals));
    const auto value = equals == std::string_view::npos ? std::string_view() : trimmed(extra.substr(equals + 1));
    if (key == "vram" || key == "free" || key == "reserved" || key == "driver")
        return readSizeExtra(text, key, value, extras);
    if (key == "cc") {
        if (!isComputeCapability(value)) return gpuError(text, "cc= is a compute capability such as 8.9.");
        extras.compute_capability = std::string(value);
    } else if (key == "bandwidth") {
        const auto number = parseDecimal(value);
        if (!number || *number <= 0 || *number > kLargestBandwidth) {
            return gpuError(text, "bandwidth= is in GB/s, for example bandwidth=1008.");
        }
        extras.bandwidth_gb_s = *number;
    } else if (key == "backend") {
        const auto backend = backendByName(value);
        if (!backend) return gpuError(text, phrase("backend= is one of {}.", std::string(kBackends)));
        extras.backend = *backend;
    } else if (key == "name") {
        if (!isDeviceName(value)) return gpuError(text, "name= is a device name such as CUDA0.");
        extras.name = std::string(value);
    } else if (key == "pcie") {
        extras.pcie = parsePcie(value);
        if (!extras.pcie) return gpuError(text, "pcie= is a generation and lanes, for example pcie=4x16.");
    } else if (key == "unified") {
        const auto on = parseSwitch(value);
        if (!on) return gpuError(text, "unified= is on or off.");
        extras.unified_memory = *on;
    } else {
        return gpuError(text,
                        quotedText(key) +
                            " is not one of vram=, free=, reserved=, driver=, cc=, bandwidth=, pcie=, backend=, name=, "
                            "unified=.");
    }
    return std::nullopt;
}

/// Takes "2x " off a name.
uint64_t takeCount(std::string_view & name) {
    uint64_t count = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), count);
    if (fault != std::errc()) return 1;
    std::string_view rest = trimmed(name.substr(static_cast<size_t>(end - name.data())));
    constexpr std::string_view kTimes = "×";
    if (rest.substr(0, kTimes.size()) == kTimes) {
        rest.remove_prefix(kTimes.size());
    } else if (rest.size() > 1 && (rest[0] == 'x' || rest[0] == 'X') && rest[1] == ' ') {
        rest.remove_prefix(1);
    } else {
        return 1;
    }
    name = trimmed(rest);
    return count;
}

/// Parts between commas that stand outside brackets.
std::vector<std::string_view> splitParts(std::string_view text) {
    std::vector<std::string_view> parts;
    size_t start = 0, open = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(') ++open;
        if (text[i] == ')' && open > 0) --open;
        if (text[i] != ',' || open > 0) continue;
        parts.push_back(text.substr(start, i - start));
        start = i + 1;
    }
    parts.push_back(text.substr(start));
    return open > 0 ? splitAt(text, ',') : parts;
}

/// Takes "(PCIe 3.0 x4)" off a name.
std::optional<PcieLink> takeLink(std::string_view & name) {
    const size_t open = name.rfind('(');
    if (open == std::string_view::npos || name.empty() || name.back() != ')') return std::nullopt;
    std::string_view inner = name.substr(open + 1, name.size() - open - 2);
    constexpr size_t kWord = 4;
    const std::string_view word = inner.substr(0, kWord);
    if (word != "PCIe" && word != "pcie" && word != "PCIE") return std::nullopt;
    const auto link = parsePcie(inner.substr(kWord));
    if (link) name = trimmed(name.substr(0, open));
    return link;
}

/// The variant that a bare name means where the others are rare.
bool isUsual(const GpuPreset & preset) {
    return preset.name == "GeForce RTX 3060 12GB" || preset.name == "GeForce RTX 3080 10GB" ||
           preset.name == "Tesla P100 PCIe 16GB";
}

/// Whether the cards differ in the size of their memory alone, so far as memory and speed go.
bool differInSizeAlone(const std::vector<GpuPreset> & presets) {
    const GpuPreset & first = presets.front();
    return std::all_of(presets.begin(), presets.end(), [&](const GpuPreset & other) {
        return other.bandwidth_gb_s == first.bandwidth_gb_s && other.compute_capability == first.compute_capability &&
               other.unified_memory == first.unified_memory;
    });
}

/// Presets of the name; where a size is given and only one has it, that one.
std::vector<GpuPreset> presetsFor(std::string_view name, const std::optional<uint64_t> & total_mib, bool any_variant) {
    std::vector<GpuPreset> presets = matchGpu(name);
    if (presets.size() < 2) return presets;
    if (total_mib) {
        std::vector<GpuPreset> sized;
        for (const GpuPreset & preset : presets) {
            if (isSizeOf(preset, *total_mib)) sized.push_back(preset);
        }
        return sized.size() == 1 ? sized : presets;
    }
    const auto usual = std::find_if(presets.begin(), presets.end(), isUsual);
    if (usual != presets.end()) return {*usual};
    if (!any_variant || !differInSizeAlone(presets)) return presets;
    return {*std::max_element(presets.begin(), presets.end(),
                              [](const GpuPreset & a, const GpuPreset & b) { return a.vram_mib < b.vram_mib; })};
}

/// Whether two cards hold different amounts, beyond what drivers keep of one.
bool isOtherSize(const GpuPreset & a, const GpuPreset & b) {
    return !a.unified_memory && !b.unified_memory && !isSizeOf(a, b.vram_mib);
}

/// The size among the words of a name ("M2 Ultra 192GB"); 0 where there is none.
uint64_t sizeInName(std::string_view name) {
    uint64_t mib = 0;
    for (const std::string & word : gpuWords(name)) mib = std::max(mib, sizeWordMib(word));
    return mib;
}

std::string listOf(const std::vector<GpuPreset> & presets) {
    constexpr size_t kMostNamed = 8;
    std::string list;
    for (size_t i = 0; i < presets.size() && i < kMostNamed; ++i) {
        if (i > 0) list += ", ";
        list += presets[i].name;
    }
    return presets.size() > kMostNamed ? list + ", …" : list;
}

void takePreset(const GpuPreset & preset, Device & device) {
    device.description = std::string(preset.description);
    device.backend = usualBackend(preset.vendor, preset.compute_capability);
    device.total_mib = preset.vram_mib;
    takeSpeeds(preset, device);
    device.unified_memory = preset.unified_memory;
    if (preset.vendor == "NVIDIA") device.compute_capability = std::string(preset.compute_capability);
}

Result<Device> describe(std::string_view text, std::string_view name, const Extras & extras,
                        const GpuReading & reading) {
    const auto presets = presetsFor(name, extras.memory.total_mib, reading.any_variant);
    Device device;
    if (presets.size() > 1) {
        return gpuError(text,
                        phrase("several cards are called so: {}. Write one of these names, or add vram= for its size.",
                               listOf(presets)));
    }
    if (presets.empty() && !extras.memory.total_mib && !extras.memory.free_mib) {
        const auto near = similarGpus(name);
        return gpuError(text,
                        phrase("no such card is known{}. Add its size, as in \"My card,vram=24GB,bandwidth=900\".",
                               near.empty() ? std::string() : "; near it are " + listOf(near)));
    }
    if (presets.empty()) {
        device.description = std::string(name);
    } else {
        takePreset(presets[0], device);
        if (device.total_mib == 0) device.total_mib = unifiedMib(device, sizeInName(name));
    }
    if (!reading.backend.empty()) device.backend = reading.backend;
    if (!extras.backend.empty()) device.backend = extras.backend;
    const std::string_view vendor = presets.empty() ? std::string_view() : presets[0].vendor;
    if (!drives(device.backend, vendor)) {
        return gpuError(text, phrase("{} does not drive cards of {}; it is {} or Vulkan.", device.backend,
                                     std::string(vendor), usualBackend(vendor, presets[0].compute_capability)));
    }
    return device;
}

}  // namespace

std::optional<Warning> sizeWarning(std::string_view text, const GpuReading & reading) {
    const auto parts = splitParts(text.substr(0, kLongestGpu));
    std::string_view name = trimmed(parts[0]);
    takeCount(name);
    (void)takeLink(name);
    const bool sized = std::any_of(parts.begin() + 1, parts.end(),
                                   [](std::string_view part) { return trimmed(part).substr(0, 5) == "vram="; });
    const auto taken = sized ? std::vector<GpuPreset>() : presetsFor(name, std::nullopt, reading.any_variant);
    if (taken.size() != 1) return std::nullopt;
    std::vector<GpuPreset> others;
    for (const GpuPreset & preset : matchGpu(name)) {
        if (isOtherSize(preset, taken[0])) others.push_back(preset);
    }
    if (others.empty()) return std::nullopt;
    return Warning{phrase("--gpu {} is taken as {}; {}{} called so too.", quotedText(name), std::string(taken[0].name),
                          listOf(others), others.size() > 1 ? " are" : " is"),
                   phrase("If yours is another, write its size, as in \"{}\".", std::string(others[0].name))};
}

Result<std::vector<Device>> parseGpu(std::string_view text, const GpuReading & reading) {
    if (text.size() > kLongestGpu) return gpuError(text, "the description is longer than 1,000 characters.");
    const auto parts = splitParts(text);
    std::string_view name = trimmed(parts[0]);
    const uint64_t count = takeCount(name);
    Extras extras;
    extras.pcie = takeLink(name);
    if (count < 1 || count > kMostCopies) return gpuError(text, "a machine has 1 to 64 of a card.");
    if (name.empty()) return gpuError(text, "the name is missing, as in \"RTX 4090\".");
    if (name.find('=') != std::string_view::npos)
        return gpuError(text, "a name stands first, as in \"My card,vram=24GB\".");

    for (size_t i = 1; i < parts.size(); ++i) {
        if (auto fault = readExtra(text, parts[i], extras)) return *fault;
    }
    if (count > 1 && !extras.name.empty()) return gpuError(text, "name= can name one device alone.");
    auto device = describe(text, name, extras, reading);
    if (!device) return device.error();
    device->name = extras.name;
    if (!extras.compute_capability.empty()) device->compute_capability = extras.compute_capability;
    if (device->backend != "CUDA") device->compute_capability.clear();
    if (extras.bandwidth_gb_s) device->bandwidth_gb_s = *extras.bandwidth_gb_s;
    if (extras.unified_memory) device->unified_memory = *extras.unified_memory;
    if (extras.pcie) {
        device->pcie_gen = extras.pcie->gen;
        device->pcie_lanes = extras.pcie->lanes;
    }
    if (device->total_mib == 0 && !extras.memory.total_mib && !extras.memory.free_mib) {
        if (reading.open_size) return std::vector<Device>(static_cast<size_t>(count), *device);
        return gpuError(text, "this GPU uses the system's memory: add vram= with as much as it may take.");
    }
    if (auto fault = completeMemory(*device, extras.memory)) return gpuError(text, *fault);
    return std::vector<Device>(static_cast<size_t>(count), *device);
}

}  // namespace ggufit
