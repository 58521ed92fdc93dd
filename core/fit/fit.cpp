// Sets the search to work on a model and a machine: which devices, which margins, and our own memory estimate.
#include "fit/fit.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "fit/search.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

constexpr uint64_t kDefaultMarginMib = 1024;
constexpr uint64_t kMostBytes = uint64_t{1} << 52;  // what no machine has; keeps sums and products in range

int64_t clampedBytes(uint64_t bytes) { return static_cast<int64_t>(std::min(bytes, kMostBytes)); }

int64_t bytesOfMib(uint64_t mib) { return clampedBytes(std::min(mib, kMostBytes / kMib) * kMib); }

/// -fitt: one figure is for all devices, several are for the first ones (common/arg.cpp).
int64_t marginOf(const Settings & settings, size_t id) {
    const std::vector<uint64_t> & targets = settings.fit_target_mib;
    if (targets.size() == 1) return bytesOfMib(targets[0]);
    return bytesOfMib(id < targets.size() ? targets[id] : kDefaultMarginMib);
}

/// Weights repacked for the CPU lie in a buffer that --fit does not count, as it is neither a device's nor plain
/// memory.
uint64_t repackedBytes(const Model & model, const Machine & machine, const Settings & settings) {
    const Result<WeightPlan> plan = placeWeights(model, machine, settings);
    if (!plan) return 0;
    uint64_t bytes = 0;
    for (const PlacedWeight & weight : plan->weights) {
        if (weight.device == kHost && weight.host_buffer == HostBuffer::repack) bytes += weight.bytes;
    }
    return bytes;
}

Result<TrialMemory> trialMemory(const Model & model, const Machine & machine, const std::vector<uint32_t> & used,
                                const Settings & trial, GraphStore & graphs) {
    const Result<Estimate> estimate = estimateMemory(model, machine, trial, Reserving::sized, &graphs);
    if (!estimate) return estimate.error();
    TrialMemory memory;
    for (const uint32_t position : used) {
        if (position >= estimate->devices.size()) continue;
        const DeviceEstimate & device = estimate->devices[position];
        memory.device_bytes.push_back(clampedBytes(device.total_bytes()));
        memory.device_model_bytes.push_back(clampedBytes(device.model_bytes));
    }
    if (used.empty()) {
        const uint64_t host = estimate->host.total_bytes();
        memory.host_bytes = clampedBytes(host - std::min(host, repackedBytes(model, machine, trial)));
    }
    return memory;
}

}  // namespace

const char * fitStatusName(FitStatus status) {
    switch (status) {
        case FitStatus::off: return "off";
        case FitStatus::success: return "success";
        case FitStatus::failure: return "failure";
    }
    return "failure";
}

Result<FitResult> fitMemory(const Model & model, const Machine & machine, const Settings & settings,
                            GraphStore * graphs) {
    if (!settings.fit) {
        FitResult result;
        result.n_ctx = settings.n_ctx;
        result.n_gpu_layers = settings.n_gpu_layers;
        result.settings = settings;
        return result;
    }
    const Result<std::vector<uint32_t>> used = usedDevices(machine, settings);
    if (!used) return used.error();

    FitProblem problem;
    for (size_t id = 0; id < used->size(); ++id) {
        const uint32_t position = (*used)[id];
        if (position >= machine.devices.size()) continue;
        const Device & device = machine.devices[position];
        problem.devices.push_back({device.name, bytesOfMib(device.free_mib), marginOf(settings, id)});
    }
    problem.host_total_bytes = bytesOfMib(machine.host.total_mib);
    problem.host_margin_bytes = marginOf(settings, 0);
    problem.n_layer = model.hparams.n_layer() + (settings.load_mtp ? model.hparams.n_layer_nextn : 0);
    problem.n_ctx_train = model.hparams.n_ctx_train;
    problem.n_expert = model.hparams.n_expert;
    problem.n_ctx_min = settings.fit_ctx;
    problem.settings = settings;
    GraphStore own(model);
    GraphStore & kept = graphs != nullptr ? *graphs : own;
    problem.memory = [&](const Settings & trial) { return trialMemory(model, machine, *used, trial, kept); };
    return searchFit(problem);
}

}  // namespace ggufit
