// Takes devices and settings over from what a log prints.
#include "log/run.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/checked.h"
#include "base/sort.h"
#include "base/values.h"
#include "log/text.h"
#include "machine/budget.h"
#include "machine/fields.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

std::string backendOf(std::string_view device) {
    if (device.starts_with("MTL")) return "Metal";
    const std::string_view letters = device.substr(0, device.find_first_of("0123456789"));
    return backendByName(letters).value_or("CUDA");
}

/// What the table of GPUs knows of a description, where it is one card.
void fillFromTable(Device & device) {
    std::vector<GpuPreset> found = matchGpu(device.description);
    if (device.total_mib != 0 && found.size() > 1) {
        std::erase_if(found, [&](const GpuPreset & preset) { return !isSizeOf(preset, device.total_mib); });
    }
    if (found.empty()) return;
    const GpuPreset & preset = found.front();
    if (device.total_mib == 0) device.total_mib = preset.vram_mib;
    if (device.compute_capability.empty() && device.backend == "CUDA")
        device.compute_capability = preset.compute_capability;
    takeSpeeds(preset, device);
    device.unified_memory = preset.unified_memory;
}

/// The row of the table that was printed at the end; nothing where only --fit's is there.
const LogMemoryRow * finalRow(const Log & log, std::string_view name) {
    const LogMemoryRow * found = nullptr;
    for (const LogMemoryRow & row : log.breakdown) {
        if (row.name == name && !row.planned) found = &row;
    }
    return found;
}

Device deviceOf(const Log & log, const LogDevice & printed) {
    Device device;
    device.name = printed.name;
    device.description = printed.description;
    device.backend = backendOf(printed.name);
    if (isComputeCapability(printed.compute_capability)) device.compute_capability = printed.compute_capability;
    const LogMemoryRow * row = finalRow(log, printed.name);
    if (printed.total_mib) device.total_mib = std::min(*printed.total_mib, kLargestMib);
    if (row != nullptr && row->total_mib > 0) {
        device.total_mib = std::min(static_cast<uint64_t>(row->total_mib), kLargestMib);
    }
    fillFromTable(device);
    GivenMemory given;
    if (printed.free_mib) given.free_mib = std::min(*printed.free_mib, kLargestMib);
    if (!given.free_mib) given.free_mib = printed.free_at_list_mib;
    if (given.free_mib) device.total_mib = std::max(device.total_mib, *given.free_mib);
    if (device.total_mib != 0) given.total_mib = device.total_mib;
    if (completeMemory(device, given)) device.free_mib = given.free_mib.value_or(device.total_mib);
    return device;
}

/// Names of devices that hold buffers, in order: what is left of a log that prints no device.
std::vector<LogDevice> devicesOfBuffers(const Log & log) {
    std::vector<LogDevice> devices;
    const LogFigures & figures = log.measured;
    for (const auto * buffers : {&figures.model_buffers, &figures.kv_buffers, &figures.compute_buffers}) {
        for (const LogBuffer & buffer : *buffers) {
            if (isHostBuffer(buffer.name)) continue;
            LogDevice device;
            device.name = buffer.name.substr(0, buffer.name.find('_'));
            const bool known = std::any_of(devices.begin(), devices.end(),
                                           [&](const LogDevice & other) { return other.name == device.name; });
            if (!known && isDeviceName(device.name) && devices.size() < 64) devices.push_back(device);
        }
    }
    stableSort(devices, [](const LogDevice & a, const LogDevice & b) { return a.name < b.name; });
    return devices;
}

/// Devices as llama.cpp was about to use them; those that were only listed where it does not say.
std::vector<LogDevice> usedDevicesOf(const Log & log) {
    std::vector<LogDevice> used;
    std::copy_if(log.devices.begin(), log.devices.end(), std::back_inserter(used),
                 [](const LogDevice & device) { return device.free_mib.has_value() && isDeviceName(device.name); });
    std::vector<LogDevice> held = devicesOfBuffers(log);
    for (const LogDevice & device : held) {
        const auto same = [&](const LogDevice & other) { return other.name == device.name; };
        if (std::any_of(used.begin(), used.end(), same)) continue;
        const auto listed = std::find_if(log.devices.begin(), log.devices.end(), same);
        used.push_back(listed == log.devices.end() ? device : *listed);
    }
    return used;
}

/// A device of a log that names none may be of any size: large enough for what it holds.
void sizeByContents(Device & device, const Log & log) {
    if (device.total_mib != 0) return;
    const LogFigures & figures = log.measured;
    double mib = 1024;
    for (const auto * buffers :
         {&figures.model_buffers, &figures.kv_buffers, &figures.rs_buffers, &figures.compute_buffers})
        mib += deviceSum(*buffers, device.name).mib;
    device.total_mib = device.free_mib = static_cast<uint64_t>(std::min(mib, 1e9)) + 1;
}

}  // namespace

bool isHostBuffer(std::string_view name) {
    return name.starts_with("CPU") || name.starts_with("AMX") || name.ends_with("_Host") || name.starts_with("BLAS");
}

BufferSum deviceSum(const std::vector<LogBuffer> & buffers, std::string_view device) {
    BufferSum sum;
    for (const LogBuffer & buffer : buffers) {
        const std::string_view name = buffer.name;
        const bool own = name == device || (name.starts_with(device) && name.substr(device.size()) == "_Mapped");
        if (!own) continue;
        sum.mib += buffer.mib;
        ++sum.n_lines;
    }
    return sum;
}

BufferSum hostSum(const std::vector<LogBuffer> & buffers) {
    BufferSum sum;
    for (const LogBuffer & buffer : buffers) {
        if (!isHostBuffer(buffer.name)) continue;
        sum.mib += buffer.mib;
        ++sum.n_lines;
    }
    return sum;
}

Machine machineOf(const Log & log) {
    Machine machine;
    for (const LogDevice & printed : usedDevicesOf(log)) {
        machine.devices.push_back(deviceOf(log, printed));
        sizeByContents(machine.devices.back(), log);
    }
    return machine;
}

Machine learnedMachine(Machine machine, const Log & log) {
    for (Device & device : machine.devices) {
        const auto printed = std::find_if(log.devices.begin(), log.devices.end(),
                                          [&](const LogDevice & one) { return one.name == device.name; });
        if (printed == log.devices.end()) continue;
        const LogMemoryRow * row = finalRow(log, device.name);
        GivenMemory given;
        given.total_mib = device.total_mib;
        if (row != nullptr && row->total_mib > 0) given.total_mib = static_cast<uint64_t>(row->total_mib);
        if (printed->free_mib) given.free_mib = std::min(*printed->free_mib, *given.total_mib);
        if (!given.free_mib) continue;
        // What other programs hold is what the user says; the rest of what was not free is the driver's.
        const uint64_t held = *given.total_mib - *given.free_mib;
        const uint64_t usual = usualDriverMib(device.backend);
        const bool said = device.reserved_mib != 0 && device.reserved_mib <= held;
        given.reserved_mib = said ? device.reserved_mib : held > 2 * usual ? held - usual : 0;
        given.driver_mib = held - *given.reserved_mib;
        Device learned = device;
        learned.total_mib = *given.total_mib;
        if (!completeMemory(learned, given)) device = learned;
    }
    return machine;
}

}  // namespace ggufit
