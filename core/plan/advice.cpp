// Writes the sentences of a plan from its figures.
#include "plan/advice.h"

#include <algorithm>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "plan/choose.h"
#include "plan/margins.h"
#include "plan/reach.h"

namespace ggufit {

namespace {

/// Position of the used device with the least room left for its size, −1 where none is used.
int32_t fullestDevice(const Placement & placement, const Machine & machine) {
    int32_t fullest = -1;
    double least = 0;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (!placement.used[i]) continue;
        const auto budget = static_cast<double>(std::max<uint64_t>(budgetBytes(machine.devices[i]), 1));
        const double share = static_cast<double>(placement.headroom_bytes[i]) / budget;
        if (fullest < 0 || share < least) {
            fullest = static_cast<int32_t>(i);
            least = share;
        }
    }
    return fullest;
}

std::string whereItRuns(const Placement & placement, const Machine & machine) {
    std::string names;
    size_t n_used = 0;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (!placement.used[i]) continue;
        ++n_used;
        names = n_used == 1 ? deviceLabel(machine.devices[i]) : std::to_string(n_used) + " GPUs";
    }
    if (n_used == 0) return "in system memory";
    if (!allOnDevices(placement)) return phrase("on {} and in system memory", names);
    return phrase("on {}{}", names, n_used == 1 && machine.devices.size() > 1 ? " alone" : "");
}

/// The largest context, in steps of 1024 below the trained one, with which the placement's one device keeps its
/// margins.
uint32_t largestAlone(const Model & model, const Machine & machine, const Placement & placement, uint32_t device) {
    Settings settings = placement.asked;
    settings.n_ctx = placement.estimate.context.n_ctx;
    const int64_t margin = static_cast<int64_t>(std::min<uint64_t>(marginBytes(settings, 0), INT64_MAX));
    const auto slack = [&](const Settings & wider) { return slackOnAll(model, machine, wider); };
    return largestContext(settings, model.hparams.n_ctx_train, slack, placement.headroom_bytes[device] - margin);
}

std::string limitAlone(const Model & model, const Machine & machine, const Placement & placement, uint32_t device) {
    std::string text = phrase("{} stay free on {}",
                              formatMib(static_cast<uint64_t>(std::max<int64_t>(placement.headroom_bytes[device], 0))),
                              machine.devices[device].name);
    const uint64_t trained = model.hparams.n_ctx_train;
    if (placement.estimate.context.n_ctx >= trained) return text + " with the whole trained context.";
    const uint64_t most = largestAlone(model, machine, placement, device);
    if (most + 1024 > trained)
        return phrase("{}; all of the trained context of {} tokens would fit.", text, formatCount(trained));
    if (most > placement.estimate.context.n_ctx)
        return phrase("{}; a context of up to {} tokens would fit.", text, formatCount(most));
    return text + "; a larger context would not fit.";
}

std::string limitOverflow(const Placement & placement) {
    const PlacedLayers layers = countLayers(placement), experts = countExperts(placement);
    if (experts.total > 0 && layers.on_devices == layers.total) {
        uint64_t bytes = 0;
        for (const Part & part : placement.estimate.host.parts) {
            if (part.name == weightPartName(WeightPart::experts)) bytes = part.bytes;
        }
        return phrase("GPU memory: {} of experts, those of about {} of {} layers, are read from system memory.",
                      formatGib(bytes), formatCount(experts.total - experts.on_devices), formatCount(experts.total));
    }
    return phrase("GPU memory: {} of {} layers run from system memory.", formatCount(layers.total - layers.on_devices),
                  formatCount(layers.total));
}

std::string factValue(const Card & card, std::initializer_list<const char *> keys, bool sources) {
    std::string text;
    for (const char * key : keys) {
        for (const Fact & fact : card.facts) {
            const std::string & value = sources ? fact.source : fact.value;
            if (fact.key != key || value.empty() || text.find(value) != std::string::npos) continue;
            text += (text.empty() ? "" : ", ") + value;
        }
    }
    return text;
}

Reason architectureReason(const Card & card) {
    std::string text = phrase("It is a {} model by its metadata ({}): ", card.kind, card.architecture);
    text += formatCount(card.n_layer) + " layers";
    if (card.n_layer_recurrent > 0) text += phrase(", {} of them recurrent", formatCount(card.n_layer_recurrent));
    if (card.n_layer_swa > 0) text += phrase(", {} with a sliding window", formatCount(card.n_layer_swa));
    if (card.n_expert > 0) {
        text += phrase("; {} experts, {} used", formatCount(card.n_expert), formatCount(card.n_expert_used));
        if (card.n_expert_shared > 0) text += phrase(" and {} shared", formatCount(card.n_expert_shared));
    }
    return {"architecture", true, text + ".",
            factValue(card, {"architecture", "kind", "layers", "experts", "attention"}, true)};
}

Reason budgetReason(const Device & device) {
    const uint64_t budget = budgetBytes(device);
    const uint64_t total = std::max(saturatingMul(device.total_mib, kMib), budget);
    const uint64_t driver = std::min(saturatingMul(device.driver_mib, kMib), total - budget);
    std::string text = phrase("{} has {}: ", deviceLabel(device), formatMib(total));
    if (driver > 0) text += formatMib(driver) + " for the driver's context, ";
    if (total - budget > driver) text += formatMib(total - budget - driver) + " held by the display and others, ";
    return {"budget", true, phrase("{}{} free.", text, formatMib(budget)), "total = driver + reserved + free"};
}

/// Margins below what is safe.
std::vector<Warning> adviseMargins(const Model & model, const Machine & machine, const Placement & placement) {
    std::vector<Warning> warnings;
    const auto used = usedDevices(machine, placement.asked);
    const std::vector<uint64_t> safe = safeMargins(model, machine, placement.asked);
    if (!used || used->size() != safe.size()) return warnings;
    for (size_t i = 0; i < safe.size(); ++i) {
        const uint64_t margin = fitTargetMib(placement.asked, i);
        const Device & device = machine.devices[(*used)[i]];
        if (margin >= safe[i]) continue;
        const bool shared = device.reserved_mib > 0 || device.unified_memory;
        const std::string why =
            shared ? "other programs hold memory there, and how much changes"
                   : phrase("once prompts run, CUDA's own pool takes about {} there beside the buffers",
                            formatMib(poolBytes(model, placement.asked)));
        warnings.push_back(
            {phrase("--fit leaves {} MiB free on {}: {}.", std::to_string(margin), deviceLabel(device), why),
             phrase("FIT_TARGET={} is safe on this machine.", marginText(safe))});
    }
    return warnings;
}

}  // namespace

std::string summarize(const Placement & placement, const Machine & machine) {
    if (placement.verdict == Verdict::does_not_fit) return "Does not fit: " + whatLacks(placement, machine);
    std::string text = "Fits " + whereItRuns(placement, machine);
    if (placement.verdict == Verdict::fits) return text;
    const int32_t fullest = fullestDevice(placement, machine);
    text += ", tightly";
    if (fullest < 0) return text;
    const auto i = static_cast<size_t>(fullest);
    return phrase("{}: {} left on {}", text, formatMib(static_cast<uint64_t>(placement.headroom_bytes[i])),
                  machine.devices[i].name);
}

std::string limitOf(const Model & model, const Machine & machine, const Placement & placement) {
    if (placement.verdict == Verdict::does_not_fit) {
        const bool host = placement.host_headroom_bytes < 0;
        return host ? "System memory: what the GPUs do not hold is larger than it; a smaller quantization would help."
                    : "GPU memory: less context, a smaller cache type or fewer layers on the GPU would help.";
    }
    const int32_t fullest = fullestDevice(placement, machine);
    if (fullest < 0) {
        if (machine.host.total_mib == 0) return "System memory, of which it was not said how much there is.";
        return phrase("Everything is read from system memory, {} of it.",
                      formatGib(placement.estimate.host.total_bytes()));
    }
    if (!allOnDevices(placement)) return limitOverflow(placement);
    const auto device = static_cast<uint32_t>(fullest);
    if (placement.strategy == Strategy::single_gpu) return limitAlone(model, machine, placement, device);
    return phrase("{} is the fullest: {} of {} stay free.", machine.devices[device].name,
                  formatMib(static_cast<uint64_t>(placement.headroom_bytes[device])),
                  formatMib(budgetBytes(machine.devices[device])));
}

std::vector<Reason> modelReasons(const Model & model, const Card & card, const Machine & machine,
                                 const Placement & placement) {
    std::vector<Reason> reasons;
    reasons.push_back(architectureReason(card));
    if (const LlamaVersion & version = placement.asked.llama_cpp; !version.newest())
        reasons.push_back({"rules", true, rulesSentence(version), olderRulesSource(version)});
    reasons.push_back(
        {"weights", true,
         phrase("The weights are {} in {} tensors; the file has {}.", formatGib(model.file.totalTensorBytes()),
                formatCount(model.file.tensors.size()), formatGib(model.file.totalFileBytes())),
         "tensor directory"});
    const Estimate & estimate = placement.estimate;
    uint64_t context = estimate.host.context_bytes;
    for (const DeviceEstimate & device : estimate.devices) context = saturatingAdd(context, device.context_bytes);
    const auto with_cache = std::count_if(estimate.layers.begin(), estimate.layers.end(),
                                          [](const LayerPlacement & layer) { return layer.cache_bytes > 0; });
    const std::string types = std::string(traitsOf(placement.asked.type_k).name) +
                              (placement.asked.type_k == placement.asked.type_v
                                   ? ""
                                   : " and " + std::string(traitsOf(placement.asked.type_v).name));
    std::string text =
        phrase("The cache of {} tokens takes {}: {} of {} layers keep K and V ({}) or a state.",
               formatCount(estimate.context.n_ctx), formatMib(context), formatCount(static_cast<uint64_t>(with_cache)),
               formatCount(estimate.layers.size()), types);
    if (context == 0) text = "This model keeps no cache.";
    reasons.push_back({"cache", true, text, "llama_kv_cache and llama_memory_recurrent"});
    for (const Device & device : machine.devices) reasons.push_back(budgetReason(device));
    return reasons;
}

std::vector<Warning> adviseSettings(const Model & model, const Machine & machine, const Placement & placement) {
    const Settings & settings = placement.asked;
    std::vector<Warning> warnings;
    const uint64_t trained = model.hparams.n_ctx_train;
    // What was asked for: llama.cpp rounds a context up by itself.
    if (trained != 0 && settings.n_ctx > trained && placement.estimate.context.n_ctx_seq > trained) {
        warnings.push_back({phrase("The context of {} tokens is more than the {} that the model was trained with.",
                                   formatCount(placement.estimate.context.n_ctx_seq), formatCount(trained)),
                            phrase("Give at most -c {}, unless rope scaling is set.", std::to_string(trained))});
    }
    if (settings.n_ubatch > 512 && !machine.devices.empty()) {
        warnings.push_back({phrase("-ub {} makes the compute buffers larger; it speeds up nothing but long prompts.",
                                   std::to_string(settings.n_ubatch)),
                            "Leave -ub at 512 where GPU memory is short; -b may stay larger."});
    }
    if (placement.strategy == Strategy::fit) {
        for (Warning & warning : adviseMargins(model, machine, placement)) warnings.push_back(std::move(warning));
    }
    if (placement.strategy == Strategy::given && settings.fit && placement.fit.status == FitStatus::failure) {
        warnings.push_back({"--fit does nothing here: " + placement.fit.reason,
                            "Leave out -ngl, -ts and -ot: --fit then places layers and experts by itself."});
    }
    return warnings;
}

}  // namespace ggufit
