// Splits each device into named parts: model, cache, compute, driver, reserved, free.
#include "plan/devices.h"

#include <algorithm>

#include "base/checked.h"
#include "base/units.h"

namespace ggufit {

namespace {

void addPart(std::vector<Part> & parts, const char * name, uint64_t bytes) {
    if (bytes > 0) parts.push_back({name, bytes});
}

PlanDevice fromEstimate(const DeviceEstimate & estimate) {
    PlanDevice device;
    device.name = estimate.name;
    device.model_bytes = estimate.model_bytes;
    device.context_bytes = estimate.context_bytes;
    device.compute_bytes = estimate.compute_bytes;
    device.used = estimate.total_bytes() > 0;
    for (const Part & part : estimate.parts) addPart(device.parts, part.name.c_str(), part.bytes);
    return device;
}

void countLayersOf(PlanDevice & device, const std::vector<LayerPlacement> & layers, int32_t position) {
    for (const LayerPlacement & layer : layers) {
        if (layer.weight_bytes > 0 && layer.device == position) ++device.n_layers;
        if (layer.expert_bytes > 0 && layer.expert_device == position) ++device.n_expert_layers;
    }
}

}  // namespace

std::vector<PlanDevice> planDevices(const Placement & placement, const Machine & machine) {
    std::vector<PlanDevice> devices;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        const Device & given = machine.devices[i];
        PlanDevice device = fromEstimate(placement.estimate.devices[i]);
        device.name = given.name;
        device.description = given.description;
        device.budget_bytes = budgetBytes(given);
        device.total_bytes = std::max(saturatingMul(given.total_mib, kMib), device.budget_bytes);
        const uint64_t held = device.total_bytes - device.budget_bytes;
        device.driver_bytes = std::min(saturatingMul(given.driver_mib, kMib), held);
        device.reserved_bytes = held - device.driver_bytes;
        device.headroom_bytes = placement.headroom_bytes[i];
        countLayersOf(device, placement.estimate.layers, static_cast<int32_t>(i));
        addPart(device.parts, "driver", device.driver_bytes);
        addPart(device.parts, "reserved", device.reserved_bytes);
        addPart(device.parts, "free", device.headroom_bytes > 0 ? static_cast<uint64_t>(device.headroom_bytes) : 0);
        devices.push_back(std::move(device));
    }
    return devices;
}

PlanDevice planHost(const Placement & placement, const Machine & machine) {
    PlanDevice host = fromEstimate(placement.estimate.host);
    host.name = "host";
    host.description = machine.host.memory;
    host.total_bytes = saturatingMul(machine.host.total_mib, kMib);
    host.budget_bytes = host.total_bytes;
    host.headroom_bytes = placement.host_headroom_bytes;
    countLayersOf(host, placement.estimate.layers, kHost);
    const uint64_t need = placement.estimate.host.total_bytes();
    const uint64_t rest = saturatingSub(host.total_bytes, need);
    const uint64_t free = host.headroom_bytes > 0 ? std::min(static_cast<uint64_t>(host.headroom_bytes), rest) : 0;
    if (host.total_bytes > 0) {
        host.reserved_bytes = rest - free;  // what devices with unified memory hold of it
        addPart(host.parts, "reserved", host.reserved_bytes);
        addPart(host.parts, "free", free);
    }
    return host;
}

}  // namespace ggufit
