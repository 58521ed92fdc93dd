// Which devices llama.cpp uses, and which of them holds each layer.
#include <algorithm>
#include <string>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "placement/weights.h"

namespace ggufit {

namespace {

Error usage(std::string where, std::string detail) {
    return Error{ErrorCode::usage, std::move(where), std::move(detail), 0, 0};
}

std::string deviceNames(const Machine & machine) {
    std::string names;
    for (const Device & device : machine.devices) names += (names.empty() ? "" : ", ") + device.name;
    return names.empty() ? "no devices" : names;
}

/// llama.cpp, llama_prepare_model_devices: RPC servers, then all discrete GPUs, or the first integrated one where there
/// are none.
std::vector<uint32_t> defaultDevices(const Machine & machine) {
    std::vector<uint32_t> used, discrete, integrated;
    for (uint32_t i = 0; i < machine.devices.size(); ++i) {
        const Device & device = machine.devices[i];
        const bool shared = device.unified_memory && device.backend != "Metal";
        (device.backend == "RPC" ? used : shared ? integrated : discrete).push_back(i);
    }
    if (discrete.empty() && !integrated.empty()) discrete.push_back(integrated.front());
    used.insert(used.end(), discrete.begin(), discrete.end());
    return used;
}

Result<std::vector<uint32_t>> namedDevices(const Machine & machine, const Settings & settings) {
    std::vector<uint32_t> used;
    if (settings.devices.size() == 1 && settings.devices[0] == "none") return used;
    for (const std::string & name : settings.devices) {
        const auto found = std::find_if(machine.devices.begin(), machine.devices.end(),
                                        [&](const Device & device) { return device.name == name; });
        if (found == machine.devices.end()) {
            return usage("-dev " + name, "the machine has no such device, it has " + deviceNames(machine));
        }
        used.push_back(static_cast<uint32_t>(found - machine.devices.begin()));
    }
    return used;
}

/// Where each device's share ends, from 0 to 1. All arithmetic is in floats and in llama.cpp's order, since the sums
/// decide on which side of an edge a layer falls.
Result<std::vector<float>> splitPoints(const Machine & machine, const Settings & settings,
                                       const std::vector<uint32_t> & used) {
    std::vector<float> splits(used.size(), 0.0F);
    for (size_t i = 0; i < used.size() && i < settings.tensor_split.size(); ++i) {
        splits[i] = static_cast<float>(settings.tensor_split[i]);
    }
    if (std::all_of(splits.begin(), splits.end(), [](float share) { return share == 0.0F; })) {
        for (size_t i = 0; i < used.size(); ++i) {
            const Device & device = machine.devices[used[i]];
            // where the host's memory is not known either, all shares are alike
            const bool unknown = device.free_mib == 0 && device.total_mib == 0;
            splits[i] = static_cast<float>(
                saturatingMul(unknown ? std::max<uint64_t>(machine.host.total_mib, 1) : device.free_mib, kMib));
        }
    }
    float sum = 0.0F;
    for (float & split : splits) {
        sum += split;
        split = sum;
    }
    if (!splits.empty() && !(sum > 0.0F)) {
        return usage("-ts", "no device has free memory or a share, so layers can't be split: give shares with -ts");
    }
    for (float & split : splits) split /= sum;
    return splits;
}

}  // namespace

Result<std::vector<uint32_t>> usedDevices(const Machine & machine, const Settings & settings) {
    std::vector<uint32_t> used = defaultDevices(machine);
    if (!settings.devices.empty()) {
        auto named = namedDevices(machine, settings);
        if (!named) return named.error();
        used = std::move(*named);
    }
    if (settings.split_mode == SplitMode::none && !used.empty()) {
        if (settings.main_gpu >= used.size()) {
            return usage(
                "-mg " + std::to_string(settings.main_gpu),
                phrase("there is no device of this number: {} used, counted from 0", std::to_string(used.size())));
        }
        used = {used[settings.main_gpu]};
    }
    return used;
}

Result<std::vector<int32_t>> layerDevices(const Model & model, const Machine & machine, const Settings & settings) {
    const auto used = usedDevices(machine, settings);
    if (!used) return used.error();
    const auto splits = splitPoints(machine, settings, *used);
    if (!splits) return splits.error();

    const auto n_layers = static_cast<int32_t>(std::min(model.hparams.n_layer_all, kMaxLayers)) + 1;  // with the output
    const int32_t n_gpu_layers = settings.n_gpu_layers < 0 ? n_layers : settings.n_gpu_layers;
    const int32_t on_gpu = used->empty() ? 0 : std::min(n_gpu_layers, n_layers);
    // the output layer is the last of all to be left on the host, in older versions the first
    const int32_t counted = hasRule(settings.llama_cpp, LlamaRule::output_first) ? n_layers : n_layers - 1;
    const int32_t first = counted - std::min(n_gpu_layers, counted);
    std::vector<int32_t> devices(static_cast<size_t>(n_layers), kHost);
    for (int32_t il = first; il - first < on_gpu && il < n_layers; ++il) {
        const float place = static_cast<float>(il - first) / static_cast<float>(on_gpu);
        const auto split = std::upper_bound(splits->begin(), splits->end(), place);
        if (split == splits->end())
            return usage("-ts", "the shares leave a layer without a device: they must be numbers");
        devices[static_cast<size_t>(il)] = static_cast<int32_t>((*used)[static_cast<size_t>(split - splits->begin())]);
    }
    return devices;
}

}  // namespace ggufit
