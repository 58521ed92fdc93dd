// Arguments on placement: devices, layers, splits, overrides, --fit, and how the file is loaded.
#include "base/values.h"
#include "settings/option.h"
#include "settings/overrides.h"

namespace ggufit {

namespace {

constexpr size_t kMostEntries = 15;  // a list must be shorter than llama_max_devices(), which is 16
constexpr uint64_t kLargestTargetMib = uint64_t{1} << 32;

std::optional<Error> readLayers(const OptionGiven & given) {
    auto & field = given.out.settings.n_gpu_layers;
    if (given.value == "auto") {
        field = kGpuLayersAuto;
    } else if (given.value == "all") {
        field = kGpuLayersAll;
    } else {
        const auto number = parseInteger(given.value);
        if (!number)
            return usageError(given.name, quotedText(given.value) + " is not a number of layers, 'auto' or 'all'");
        // −1 is auto and everything below is all (common/common.h)
        field = *number < kGpuLayersAuto ? kGpuLayersAll : *number;
    }
    return std::nullopt;
}

std::optional<Error> readSplitMode(const OptionGiven & given) {
    auto & field = given.out.settings.split_mode;
    if (given.value == "none") {
        field = SplitMode::none;
    } else if (given.value == "layer") {
        field = SplitMode::layer;
    } else if (given.value == "row") {
        field = SplitMode::row;
    } else if (given.value == "tensor") {
        field = SplitMode::tensor;
    } else {
        return usageError(given.name, quotedText(given.value) + " is not one of none, layer, row, tensor");
    }
    return std::nullopt;
}

std::optional<Error> readMainGpu(const OptionGiven & given) {
    if (given.number < 0) return usageError(given.name, "a device's number cannot be negative");
    given.out.settings.main_gpu = static_cast<uint32_t>(given.number);
    return std::nullopt;
}

std::optional<Error> tooManyEntries(const OptionGiven & given) {
    return usageError(given.name, "the list has more than 15 entries, the most that llama.cpp takes");
}

std::optional<Error> readTensorSplit(const OptionGiven & given) {
    const auto parts = splitProportions(given.value);
    if (parts.size() > kMostEntries) return tooManyEntries(given);
    std::vector<double> split;
    bool any = false;
    for (const auto part : parts) {
        const auto share = parseDecimal(part);
        if (!share || *share < 0) {
            return usageError(given.name, quotedText(part) + " is not a proportion; write for example 3,1");
        }
        split.push_back(*share);
        any = any || *share > 0;
    }
    if (!any) split.clear();  // all zero is llama.cpp's default
    given.out.settings.tensor_split = std::move(split);
    return std::nullopt;
}

std::optional<Error> readDevices(const OptionGiven & given) {
    std::vector<std::string> devices;
    for (const auto name : splitAt(given.value, ',')) {
        const bool none = name == "none";
        if (name.empty() || name == "CPU" || (none && given.value != name)) {
            return usageError(given.name,
                              quotedText(name) + " is not a GPU; write for example CUDA0,CUDA1, or none alone");
        }
        devices.emplace_back(name);
    }
    given.out.settings.devices = std::move(devices);
    return std::nullopt;
}

std::optional<Error> readFit(const OptionGiven & given) {
    const auto on = parseSwitch(given.value);
    if (!on) return usageError(given.name, quotedText(given.value) + " is not one of on, off");
    given.out.settings.fit = *on;
    return std::nullopt;
}

std::optional<Error> readFitTarget(const OptionGiven & given) {
    const auto parts = splitProportions(given.value);
    if (parts.size() > kMostEntries) return tooManyEntries(given);
    std::vector<uint64_t> targets;
    for (const auto part : parts) {
        const auto mib = parseUnsigned(part);
        if (!mib || *mib > kLargestTargetMib) {
            return usageError(given.name, quotedText(part) + " is not a number of MiB; write for example 128,1024");
        }
        targets.push_back(*mib);
    }
    // a list leaves the devices that it does not name as they were (common/arg.cpp)
    auto & field = given.out.settings.fit_target_mib;
    if (targets.size() > 1) {
        const size_t size = field.size() == 1 && field[0] != kFitTargetMib ? kMostEntries : field.size();
        for (size_t i = targets.size(); i < size; ++i) targets.push_back(fitTargetMib(given.out.settings, i));
    }
    field = std::move(targets);
    return std::nullopt;
}

std::optional<Error> readFitContext(const OptionGiven & given) {
    if (given.number < -1) return usageError(given.name, "a context cannot be negative; -1 stands for the trained one");
    given.out.settings.fit_ctx = static_cast<uint32_t>(given.number);
    return std::nullopt;
}

std::optional<Error> setLoadMode(const OptionGiven & given, bool mmap, bool mlock, bool direct_io) {
    auto & settings = given.out.settings;
    settings.mmap = mmap;
    settings.mlock = mlock;
    settings.direct_io = direct_io;
    return std::nullopt;
}

// In this month's llama.cpp these are one setting, so the last of them wins (common/arg.cpp).
std::optional<Error> readMlock(const OptionGiven & given) { return setLoadMode(given, false, true, false); }
std::optional<Error> readMmap(const OptionGiven & given) { return setLoadMode(given, given.on, false, false); }
std::optional<Error> readDirectIo(const OptionGiven & given) { return setLoadMode(given, false, false, given.on); }

std::optional<Error> readLoadMode(const OptionGiven & given) {
    if (given.value == "none") return setLoadMode(given, false, false, false);
    if (given.value == "mmap") return setLoadMode(given, true, false, false);
    if (given.value == "mlock") return setLoadMode(given, false, true, false);
    if (given.value == "mmap+mlock") return setLoadMode(given, true, true, false);
    if (given.value == "dio") return setLoadMode(given, false, false, true);
    return usageError(given.name, quotedText(given.value) + " is not one of none, mmap, mlock, mmap+mlock, dio");
}

std::optional<Error> readRepack(const OptionGiven & given) {
    given.out.settings.repack = given.on;
    return std::nullopt;
}

std::optional<Error> readNoHost(const OptionGiven & given) {
    given.out.settings.no_host = true;
    return std::nullopt;
}

std::optional<Error> readOpOffload(const OptionGiven & given) {
    given.out.settings.op_offload = given.on;
    return std::nullopt;
}

using enum OptionKind;
using enum OptionUse;

constexpr Option kOptions[] = {
    {"--repack", "-nr --no-repack", toggle, "LLAMA_ARG_REPACK", setting, readRepack},
    {"--no-host", "", flag, "LLAMA_ARG_NO_HOST", setting, readNoHost},
    {"--rpc", "", text, "LLAMA_ARG_RPC", keep_and_note, nullptr,
     "adds devices over the network, which are in the plan where the machine has them",
     "describe each as a device of the machine, with the backend RPC"},
    {"--mlock", "", flag, "LLAMA_ARG_MLOCK", setting, readMlock},
    {"--mmap", "--no-mmap", toggle, "LLAMA_ARG_MMAP", setting, readMmap},
    {"-dio --direct-io", "-ndio --no-direct-io", toggle, "LLAMA_ARG_DIO", setting, readDirectIo},
    {"-lm --load-mode", "", text, "LLAMA_ARG_LOAD_MODE", setting, readLoadMode},
    {"-dev --device", "", text, "LLAMA_ARG_DEVICE", setting, readDevices},
    {"-ot --override-tensor", "", text, "LLAMA_ARG_OVERRIDE_TENSOR", setting, readOverrides},
    {"-cmoe --cpu-moe", "", flag, "LLAMA_ARG_CPU_MOE", setting, readCpuMoe},
    {"-ncmoe --n-cpu-moe", "", integer, "LLAMA_ARG_N_CPU_MOE", setting, readNCpuMoe},
    {"-ngl --gpu-layers --n-gpu-layers", "", text, "LLAMA_ARG_N_GPU_LAYERS", setting, readLayers},
    {"-sm --split-mode", "", text, "LLAMA_ARG_SPLIT_MODE", setting, readSplitMode},
    {"-ts --tensor-split", "", text, "LLAMA_ARG_TENSOR_SPLIT", setting, readTensorSplit},
    {"-mg --main-gpu", "", integer, "LLAMA_ARG_MAIN_GPU", setting, readMainGpu},
    {"-fit --fit", "", text, "LLAMA_ARG_FIT", setting, readFit},
    {"-fitt --fit-target", "", text, "LLAMA_ARG_FIT_TARGET", setting, readFitTarget},
    {"-fitc --fit-ctx", "", integer, "LLAMA_ARG_FIT_CTX", setting, readFitContext},
    {"--op-offload", "--no-op-offload", toggle, "", setting, readOpOffload},
};

}  // namespace

std::span<const Option> placementOptions() { return kOptions; }

}  // namespace ggufit
