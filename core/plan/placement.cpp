// Measures one way to run a model: memory by device against what is free there.
#include "plan/placement.h"

#include <algorithm>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

namespace {

constexpr uint64_t kTightBytes = 512 * kMib;
constexpr uint64_t kTightShare = 33;           // of the whole: 3 %
constexpr uint64_t kHostKeptBytes = 4 * kGib;  // operating system and programs: of 64 GB about 60 are usable

int64_t difference(uint64_t a, uint64_t b) {
    constexpr uint64_t kMost = INT64_MAX;
    return a >= b ? static_cast<int64_t>(std::min(a - b, kMost)) : -static_cast<int64_t>(std::min(b - a, kMost));
}

Verdict worse(Verdict a, Verdict b) { return std::max(a, b); }

Verdict judge(int64_t headroom, uint64_t total, uint64_t least) {
    if (headroom < 0) return Verdict::does_not_fit;
    const uint64_t wanted = std::max(least, total / kTightShare);
    return static_cast<uint64_t>(headroom) < wanted ? Verdict::tight : Verdict::fits;
}

/// What system memory has to hold: the host's share, and the devices' where they share it.
uint64_t hostNeed(const Estimate & estimate, const Machine & machine) {
    uint64_t need = estimate.host.total_bytes();
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (machine.devices[i].unified_memory) need = saturatingAdd(need, estimate.devices[i].total_bytes());
    }
    return need;
}

void judgePlacement(Placement & placement, const Machine & machine) {
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        const uint64_t need = placement.estimate.devices[i].total_bytes();
        placement.used.push_back(need > 0);
        placement.headroom_bytes.push_back(difference(budgetBytes(machine.devices[i]), need));
        if (need == 0) continue;
        const uint64_t total = saturatingMul(machine.devices[i].total_mib, kMib);
        placement.verdict = worse(placement.verdict, judge(placement.headroom_bytes[i], total, kTightBytes));
    }
    const uint64_t host_total = saturatingMul(machine.host.total_mib, kMib);
    if (host_total == 0) return;
    placement.host_headroom_bytes = difference(host_total, hostNeed(placement.estimate, machine));
    placement.verdict = worse(placement.verdict, judge(placement.host_headroom_bytes, host_total, kHostKeptBytes));
}

}  // namespace

Result<Placement> measure(const Model & model, const Machine & machine, const Settings & settings, Strategy strategy,
                          GraphStore * graphs, const Placement * known) {
    GraphStore own(model);
    if (graphs == nullptr) graphs = &own;
    Placement placement;
    placement.strategy = strategy;
    placement.asked = settings;
    placement.placed = settings;
    if (settings.fit) {
        auto fit = fitMemory(model, machine, settings, graphs);
        if (!fit) return fit.error();
        placement.fit = std::move(*fit);
        placement.placed = placement.fit.settings;
    }
    if (known != nullptr && known->placed == placement.placed) {
        placement.estimate = known->estimate;
    } else {
        auto estimate = estimateMemory(model, machine, placement.placed, Reserving::started, graphs);
        if (!estimate) return estimate.error();
        placement.estimate = std::move(*estimate);
        placement.estimate.devices.resize(machine.devices.size());
    }
    judgePlacement(placement, machine);
    return placement;
}

Settings openSettings(Settings settings) {
    settings.fit = true;
    settings.n_gpu_layers = kGpuLayersAuto;
    settings.tensor_split.clear();
    settings.override_tensors.clear();
    if (settings.split_mode != SplitMode::none) settings.split_mode = SplitMode::layer;
    markGiven(settings);
    return settings;
}

uint64_t budgetBytes(const Device & device) {
    const uint64_t free_mib = device.total_mib == 0 ? device.free_mib : std::min(device.free_mib, device.total_mib);
    return saturatingMul(free_mib, kMib);
}

uint64_t marginBytes(const Settings & settings, size_t position) {
    return saturatingMul(fitTargetMib(settings, position), kMib);
}

PlacedLayers countLayers(const Placement & placement) {
    PlacedLayers count;
    for (const LayerPlacement & layer : placement.estimate.layers) {
        if (layer.weight_bytes == 0) continue;
        ++count.total;
        if (layer.device != kHost) ++count.on_devices;
    }
    return count;
}

PlacedLayers countExperts(const Placement & placement) {
    PlacedLayers count;
    for (const LayerPlacement & layer : placement.estimate.layers) {
        if (layer.expert_bytes == 0) continue;
        ++count.total;
        if (layer.expert_device != kHost) ++count.on_devices;
    }
    return count;
}

bool allOnDevices(const Placement & placement) {
    const DeviceEstimate & host = placement.estimate.host;
    const auto & parts = host.parts;
    return host.context_bytes == 0 && std::all_of(parts.begin(), parts.end(), [](const Part & part) {
               return part.bytes == 0 || part.name == weightPartName(WeightPart::embeddings) || part.name == "compute";
           });
}

uint64_t deviceBytes(const Estimate & estimate) {
    uint64_t sum = 0;
    for (const DeviceEstimate & device : estimate.devices) sum = saturatingAdd(sum, device.total_bytes());
    return sum;
}

int64_t leastHeadroom(const Placement & placement, const Machine & machine) {
    int64_t least = placement.verdict == Verdict::does_not_fit ? -1 : INT64_MAX;
    for (size_t i = 0; i < placement.headroom_bytes.size(); ++i) {
        if (placement.used[i]) least = std::min(least, placement.headroom_bytes[i]);
    }
    if (machine.host.total_mib != 0) least = std::min(least, placement.host_headroom_bytes);
    return least;
}

std::string whatLacks(const Placement & placement, const Machine & machine) {
    std::string text;
    const auto add = [&text](const std::string & name, int64_t headroom) {
        if (headroom >= 0) return;
        text += phrase("{}{} lacks {}", text.empty() ? "" : ", ", name, formatMib(static_cast<uint64_t>(-headroom)));
    };
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (placement.used[i]) add(machine.devices[i].name, placement.headroom_bytes[i]);
    }
    add("system memory", placement.host_headroom_bytes);
    return text;
}

}  // namespace ggufit
