// Walks the decision tree: given by hand? no GPU? one GPU? all GPUs? what leaves first?
#include "plan/choose.h"

#include <algorithm>
#include <numeric>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"

namespace ggufit {

namespace {

const char * const kMemorySource = "weights by the tensor directory, cache by llama_kv_cache, compute buffers";

std::string countOf(uint64_t count, const std::string & noun) {
    return phrase("{} {}{}", formatCount(count), noun, count == 1 ? "" : "s");
}

/// Positions among the used devices, the fastest first where all bandwidths are known, else as listed.
std::vector<uint32_t> bySpeed(const Machine & machine, const std::vector<uint32_t> & devices) {
    std::vector<uint32_t> positions(devices.size());
    std::iota(positions.begin(), positions.end(), 0U);
    const bool known =
        std::all_of(devices.begin(), devices.end(), [&](uint32_t i) { return machine.devices[i].bandwidth_gb_s > 0; });
    if (!known) return positions;
    stableSort(positions, [&](uint32_t a, uint32_t b) {
        return machine.devices[devices[a]].bandwidth_gb_s > machine.devices[devices[b]].bandwidth_gb_s;
    });
    return positions;
}

uint64_t budgetOf(const Machine & machine, const std::vector<uint32_t> & devices) {
    uint64_t sum = 0;
    for (const uint32_t i : devices) sum = saturatingAdd(sum, budgetBytes(machine.devices[i]));
    return sum;
}

Reason aloneReason(const Placement & alone, const Machine & machine, uint32_t device, bool passed, uint64_t margin) {
    const uint64_t need = alone.estimate.devices[device].total_bytes();
    const uint64_t budget = budgetBytes(machine.devices[device]);
    std::string text = phrase("{} alone? It needs {} of {} free", deviceLabel(machine.devices[device]), formatMib(need),
                              formatMib(budget));
    if (passed) {
        text += phrase("; {} are left.", formatMib(budget - need));
    } else if (need > budget) {
        text += phrase("; {} are missing.", formatMib(need - budget));
    } else {
        text += phrase("; that leaves {}, less than the margin of {}.", formatMib(budget - need), formatMib(margin));
    }
    return {"single_gpu", passed, text, kMemorySource};
}

/// All layers over all devices, whether they fit or not.
Result<Reason> allGpusReason(const Model & model, const Machine & machine, const Settings & settings,
                             const std::vector<uint32_t> & devices, bool fits, GraphStore * graphs) {
    Settings whole = settings;
    whole.fit = false;
    auto placement = measure(model, machine, whole, Strategy::given, graphs);
    if (!placement) return placement.error();
    const uint64_t need = deviceBytes(placement->estimate);
    const uint64_t budget = budgetOf(machine, devices);
    uint64_t margins = 0;
    for (size_t i = 0; i < devices.size(); ++i) margins = saturatingAdd(margins, marginBytes(settings, i));
    const std::string who = devices.size() == 2 ? "Both GPUs" : phrase("All {} GPUs", std::to_string(devices.size()));
    std::string text = phrase("{} together? They need {}, {} are free", who, formatGib(need), formatGib(budget));
    if (!fits && need <= budget)
        text += phrase(", but the margins ({}) or one of the GPUs would be short", formatMib(margins));
    return Reason{"all_gpus", fits, text + ".", kMemorySource};
}

/// Experts in system memory, everything else on the devices: what --fit keeps on them first.
Result<Reason> denseReason(const Model & model, const Machine & machine, const Settings & settings,
                           const std::vector<uint32_t> & devices, GraphStore * graphs) {
    Settings dense = settings;
    dense.fit = false;
    dense.override_tensors.push_back({kAllExperts, "CPU"});
    auto placement = measure(model, machine, dense, Strategy::given, graphs);
    if (!placement) return placement.error();
    const uint64_t need = deviceBytes(placement->estimate);
    const uint64_t budget = budgetOf(machine, devices);
    const bool passed = need <= budget;
    return Reason{
        "dense_on_gpus", passed,
        phrase("Attention, cache and compute without the experts? They need {}, {} are free{}", formatGib(need),
               formatGib(budget),
               passed ? ": the experts leave first, attention stays on the GPUs." : ": some layers leave too."),
        "common/fit.cpp: experts are moved to system memory before whole layers"};
}

/// "CUDA0 gets 14 layers and the experts of 12; CUDA1 gets 23 layers and the experts of 4."
std::string layersByDevice(const Placement & placement, const Machine & machine) {
    std::string text;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        const auto device = static_cast<int32_t>(i);
        uint64_t n_layers = 0, n_expert_layers = 0;
        bool has_experts = false;
        for (const LayerPlacement & layer : placement.estimate.layers) {
            has_experts |= layer.expert_bytes > 0;
            n_layers += layer.weight_bytes > 0 && layer.device == device ? 1 : 0;
            n_expert_layers += layer.expert_bytes > 0 && layer.expert_device == device ? 1 : 0;
        }
        if (n_layers == 0 && n_expert_layers == 0) continue;
        text += phrase("{}{} gets {}", text.empty() ? "" : "; ", machine.devices[i].name, countOf(n_layers, "layer"));
        if (has_experts) text += " and the experts of " + formatCount(n_expert_layers);
    }
    return text.empty() ? text : text + ".";
}

/// The arguments that --fit arrives at; empty where it changes none.
std::string fittedArguments(const FitResult & fit) {
    std::string text;
    if (fit.n_gpu_layers != kGpuLayersAuto) text += " -ngl " + std::to_string(fit.n_gpu_layers);
    for (size_t i = 0; i < fit.tensor_split.size(); ++i)
        text += (i == 0 ? " -ts " : ",") + std::to_string(fit.tensor_split[i]);
    const size_t n_rules = fit.override_tensors.size();
    if (n_rules == 1) text += phrase(" -ot {}={}", fit.override_tensors[0].pattern, fit.override_tensors[0].buffer);
    if (n_rules > 1) text += phrase(" and {} of -ot", countOf(n_rules, "rule"));
    return text.empty() ? text : phrase(" It arrives at{}.", text);
}

Reason fitReason(const Placement & placement, const Machine & machine) {
    Reason reason{"fit", placement.fit.status == FitStatus::success, "", "common/fit.cpp, common_params_fit_impl"};
    if (!reason.passed) {
        reason.text = "--fit gives up: " + placement.fit.reason;
        return reason;
    }
    const PlacedLayers experts = countExperts(placement);
    const PlacedLayers layers = countLayers(placement);
    if (allOnDevices(placement)) {
        reason.text = "--fit keeps all layers on the GPUs.";
    } else if (experts.total > 0 && layers.on_devices == layers.total) {
        reason.text = phrase(
            "--fit keeps all attention on the GPUs, with the experts of {} of {}; the other experts are in system "
            "memory.",
            formatCount(experts.on_devices), countOf(experts.total, "layer"));
    } else {
        reason.text = phrase("--fit keeps {} of {} on the GPUs; the others run from system memory.",
                             formatCount(layers.on_devices), countOf(layers.total, "layer"));
    }
    const std::string layers_text = layersByDevice(placement, machine);
    if (!layers_text.empty()) reason.text += " " + layers_text;
    reason.text += fittedArguments(placement.fit);
    return reason;
}

void addHostReason(std::vector<Reason> & reasons, const Placement & placement, const Machine & machine) {
    const uint64_t need = placement.estimate.host.total_bytes();
    if (machine.host.total_mib == 0) {
        reasons.push_back({"host", true,
                           phrase("System memory has to hold {}; how much there is was not given.", formatGib(need)),
                           ""});
        return;
    }
    const bool passed = placement.host_headroom_bytes >= 0;
    reasons.push_back(
        {"host", passed,
         phrase("System memory? {} of {}{}", formatGib(need), formatGib(saturatingMul(machine.host.total_mib, kMib)),
                passed ? "; the operating system needs some of the rest." : " are needed."),
         ""});
}

/// Whether the weights alone are more than a device has, the input embeddings aside, which stay in system memory.
bool clearlyTooSmall(const Model & model, const Device & device) {
    uint64_t embeddings = 0;
    for (size_t i = 0; i < model.roles.size(); ++i) {
        if (model.roles[i].part == WeightPart::embeddings) embeddings += model.file.tensors[i].n_bytes;
    }
    uint64_t unread = 0;  // MTP layers, unless asked for
    for (size_t i = 0; i < model.roles.size(); ++i) {
        const int32_t block = model.roles[i].block;
        if (block >= 0 && static_cast<uint32_t>(block) >= model.hparams.n_layer())
            unread += model.file.tensors[i].n_bytes;
    }
    const uint64_t weights = saturatingSub(model.file.totalTensorBytes(), saturatingAdd(embeddings, unread));
    return weights / 10 * 9 > budgetBytes(device);  // some tensors may be left unread for other reasons
}

/// The fastest device that holds all, if there is one; each that was asked is a reason.
Result<std::optional<Placement>> chooseAlone(const Model & model, const Machine & machine, const Settings & settings,
                                             const std::vector<uint32_t> & devices, Explain explain,
                                             std::vector<Reason> & reasons, GraphStore * graphs) {
    for (const uint32_t position : bySpeed(machine, devices)) {
        if (explain == Explain::no && clearlyTooSmall(model, machine.devices[devices[position]])) continue;
        auto alone = measureAlone(model, machine, settings, position, graphs);
        if (!alone) return alone.error();
        const uint32_t device = devices[position];
        const bool passed = leavesMargins(*alone, settings, position, device);
        const uint64_t margin = std::max(marginBytes(settings, position), marginBytes(settings, 0));
        reasons.push_back(aloneReason(*alone, machine, device, passed, margin));
        if (!passed) continue;
        auto placement = measure(model, machine, alone->asked, Strategy::single_gpu, graphs, &*alone);
        if (!placement) return placement.error();
        return std::optional<Placement>(std::move(*placement));
    }
    return std::optional<Placement>();
}

Result<Choice> chooseGiven(const Model & model, const Machine & machine, const Settings & settings,
                           GraphStore * graphs) {
    auto placement = measure(model, machine, settings, Strategy::given, graphs);
    if (!placement) return placement.error();
    Choice choice{std::move(*placement), {}};
    const std::string lacks = whatLacks(choice.placement, machine);
    std::string text = settings.fit ? "The placement is given by hand, so --fit changes nothing of it"
                                    : "The placement is given by hand and --fit is off";
    text += lacks.empty() ? "; it fits." : phrase(": {}.", lacks);
    choice.reasons.push_back(
        {"given", lacks.empty(), text, "common/fit.cpp: arguments that were given are not changed"});
    return choice;
}

Result<Choice> chooseFit(const Model & model, const Machine & machine, const Settings & settings,
                         const std::vector<uint32_t> & devices, Explain explain, std::vector<Reason> reasons,
                         GraphStore * graphs) {
    auto placement = measure(model, machine, settings, Strategy::fit, graphs);
    if (!placement) return placement.error();
    if (explain == Explain::no) return Choice{std::move(*placement), {}};
    const bool all = placement->verdict != Verdict::does_not_fit && allOnDevices(*placement);
    if (devices.size() > 1) {
        auto reason = allGpusReason(model, machine, settings, devices, all, graphs);
        if (!reason) return reason.error();
        reasons.push_back(std::move(*reason));
    }
    if (!all && countExperts(*placement).total > 0) {
        auto reason = denseReason(model, machine, settings, devices, graphs);
        if (!reason) return reason.error();
        reasons.push_back(std::move(*reason));
    }
    reasons.push_back(fitReason(*placement, machine));
    return Choice{std::move(*placement), std::move(reasons)};
}

}  // namespace

std::string deviceLabel(const Device & device) {
    std::string_view description = device.description;
    for (const std::string_view prefix : {"NVIDIA ", "GeForce ", "AMD "}) {
        if (description.starts_with(prefix)) description.remove_prefix(prefix.size());
    }
    return description.empty() ? device.name : phrase("{} ({})", device.name, std::string(description));
}

bool placesByHand(const Settings & settings) {
    return !settings.fit || settings.given_n_gpu_layers || settings.given_tensor_split ||
           settings.given_override_tensors || settings.split_mode == SplitMode::row ||
           settings.split_mode == SplitMode::tensor;
}

Result<Placement> measureAlone(const Model & model, const Machine & machine, const Settings & settings,
                               uint32_t position, GraphStore * graphs) {
    Settings alone = settings;
    alone.fit = false;
    if (settings.split_mode != SplitMode::none) {
        alone.split_mode = SplitMode::none;
        alone.main_gpu = position;
    }
    auto placement = measure(model, machine, alone, Strategy::single_gpu, graphs);
    if (placement) placement->asked.fit = settings.fit;
    return placement;
}

bool leavesMargins(const Placement & placement, const Settings & settings, uint32_t position, uint32_t device) {
    const uint64_t margin = std::max(marginBytes(settings, position), marginBytes(settings, 0));
    const int64_t headroom = placement.headroom_bytes[device];
    return headroom >= 0 && static_cast<uint64_t>(headroom) >= margin;
}

Result<Choice> choose(const Model & model, const Machine & machine, const Settings & settings, Explain explain,
                      GraphStore * graphs) {
    auto devices = usedDevices(machine, settings);
    if (!devices) return devices.error();
    GraphStore own(model);
    if (graphs == nullptr) graphs = &own;
    Result<Choice> choice = [&]() -> Result<Choice> {
        if (devices->empty()) {
            auto placement = measure(model, machine, settings, Strategy::cpu, graphs);
            if (!placement) return placement.error();
            return Choice{std::move(*placement),
                          {{"cpu", true, "No GPU is used: everything runs from system memory.", ""}}};
        }
        if (placesByHand(settings)) return chooseGiven(model, machine, settings, graphs);
        std::vector<Reason> reasons;
        auto alone = chooseAlone(model, machine, settings, *devices, explain, reasons, graphs);
        if (!alone) return alone.error();
        if (alone->has_value()) return Choice{std::move(**alone), std::move(reasons)};
        return chooseFit(model, machine, settings, *devices, explain, std::move(reasons), graphs);
    }();
    if (choice) addHostReason(choice->reasons, choice->placement, machine);
    return choice;
}

Result<Choice> chooseOrFallBack(const Model & model, const Machine & machine, Settings & settings, Explain explain,
                                std::vector<Warning> & warnings, GraphStore * graphs) {
    auto choice = choose(model, machine, settings, explain, graphs);
    const Settings wrapper = wrapperDefaults();
    if (choice || settings.type_k != wrapper.type_k || settings.type_v != wrapper.type_v) return choice;
    Settings plain = settings;
    plain.type_k = plain.type_v = GgmlType::f16;
    auto fallback = choose(model, machine, plain, explain, graphs);
    if (!fallback) return choice;
    std::string why = choice.error().detail;
    if (!why.ends_with('.')) why += '.';
    warnings.push_back(
        {"The wrapper's q8_0 cache is not possible: " + why, "The plan has an f16 cache, and the entry says so."});
    settings = plain;
    return fallback;
}

}  // namespace ggufit
