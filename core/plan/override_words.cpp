// Writes the sentences of an override plan.
#include "plan/override_words.h"

#include <algorithm>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"

namespace ggufit {

namespace {

std::string nameOf(const OverrideFacts & facts, int32_t device) {
    return device == kHost ? "system memory" : facts.machine.devices[static_cast<size_t>(device)].name;
}

std::string gpuLayers(const OverrideFacts & facts) {
    return "-ngl " + std::to_string(facts.plan.settings.n_gpu_layers);
}

std::string movedWhy(const OverrideFacts & facts, const AnalysedTensor & tensor, int32_t layer) {
    const TensorRole & role = facts.model.roles[tensor.tensor];
    const bool expert_on_host = role.expert && tensor.device == kHost;
    if (facts.experts_on_cpu && expert_on_host)
        return "prioritize_experts_on_cpu keeps routed experts in system memory";
    if (facts.plan.strategy == Strategy::given) return "a given override takes it off " + nameOf(facts, layer);
    if (expert_on_host) {
        return phrase("routed experts leave first, and {} has no room for those of layer {}", nameOf(facts, layer),
                      std::to_string(role.block));
    }
    return phrase("{} has no room for this part of layer {}", nameOf(facts, layer), std::to_string(role.block));
}

uint64_t hostExpertBytes(const OverrideFacts & facts) {
    uint64_t sum = 0;
    for (const AnalysedTensor & tensor : facts.plan.tensors) {
        const bool counts = tensor.loaded && tensor.device == kHost && facts.model.roles[tensor.tensor].expert;
        if (counts) sum = saturatingAdd(sum, tensor.bytes);
    }
    return sum;
}

}  // namespace

std::string tensorWhy(const OverrideFacts & facts, const AnalysedTensor & tensor, bool moved,
                      const std::vector<int32_t> & layers) {
    const TensorRole & role = facts.model.roles[tensor.tensor];
    if (tensor.copy) {
        const bool for_layers = role.block < 0 && role.layer == TensorLayer::repeating;
        return for_layers ? "a copy for the layers of " + nameOf(facts, tensor.device)
                          : "a copy, since embeddings and output layer share it";
    }
    if (role.layer == TensorLayer::input) return "input embeddings are looked up in system memory";
    if (role.block < 0) {
        return role.layer == TensorLayer::output ? "part of the output layer, which is the last one"
                                                 : "used by all layers, made where the first one is";
    }
    const auto il = static_cast<size_t>(role.block);
    const int32_t layer = il + 1 < layers.size() ? layers[il] : kHost;
    if (moved) return movedWhy(facts, tensor, layer);
    const std::string which = "layer " + std::to_string(role.block);
    if (tensor.device != layer) return nameOf(facts, layer) + " can't use it, so it stays in system memory";
    if (layer == kHost) return phrase("{} stays in system memory ({})", which, gpuLayers(facts));
    return phrase("{} is on {}, with its attention and cache", which, nameOf(facts, layer));
}

std::string ruleWhy(const OverrideFacts & facts, const OverrideRule & rule) {
    if (!rule.moves) {
        if (rule.device == kHost) return phrase("layers that {} leaves in system memory", gpuLayers(facts));
        return phrase("layers of {}{}", nameOf(facts, rule.device), facts.used.size() > 1 ? ", as -ts has it" : "");
    }
    const bool experts = std::all_of(rule.tensors.begin(), rule.tensors.end(),
                                     [&](uint32_t tensor) { return facts.model.roles[tensor].expert; });
    const std::string what = experts ? "routed experts that " : "parts of layers that ";
    return what + (rule.device == kHost ? "stay in system memory" : "go to " + nameOf(facts, rule.device));
}

std::string fitNote(const OverrideFacts & facts) {
    const Settings & settings = facts.plan.settings;
    std::string text =
        "These rules switch --fit off, which works only while -ngl, -ts and -ot are left alone: " + gpuLayers(facts);
    if (settings.split_mode == SplitMode::none) {
        text += " -sm none" + (settings.main_gpu == 0 ? "" : " -mg " + std::to_string(settings.main_gpu));
    }
    for (size_t i = 0; i < settings.tensor_split.size(); ++i) {
        text += (i == 0 ? " -ts " : ",") + formatFixed(settings.tensor_split[i], 0);
    }
    text += " -fit off belong to them.";
    if (!settings.tensor_split.empty())
        text += " A layer's cache lies where -ts puts the layer, so the two must not be changed apart.";
    return text;
}

std::string expertNote(const OverrideFacts & facts, const Placement & written,
                       const std::optional<PlacedLayers> & otherwise) {
    if (!facts.experts_on_cpu) {
        const PlacedLayers experts = countExperts(written);
        return phrase("Experts in system memory are a trade-off, no default: those of {} of {} layers are on the GPUs.",
                      formatCount(experts.on_devices), formatCount(experts.total));
    }
    std::string text = phrase(
        "prioritize_experts_on_cpu is true: all routed experts are in system memory, {}, whether a GPU has room for "
        "them or not",
        formatGib(hostExpertBytes(facts)));
    if (otherwise && otherwise->on_devices > 0) {
        text += phrase("; without it those of {} of {} layers would be on the GPUs, which is faster",
                       formatCount(otherwise->on_devices), formatCount(otherwise->total));
    }
    return text + ".";
}

std::string restatingNote(const Placement & chosen) {
    std::string text =
        "No tensor leaves its layer here: the rules only restate what the other arguments say, which do without them.";
    if (chosen.estimate.graph.pipeline)
        text += " Any -ot also switches pipeline parallelism off, and prompts are read more slowly.";
    return text;
}

std::vector<std::string> marginNotes(const OverrideFacts & facts, const Placement & written, const Settings & asked) {
    std::vector<std::string> notes;
    for (size_t i = 0; i < facts.used.size(); ++i) {
        const uint32_t device = facts.used[i];
        const int64_t left = written.headroom_bytes[device];
        const uint64_t margin = marginBytes(asked, i);
        if (!written.used[device] || left < 0 || static_cast<uint64_t>(left) >= margin) continue;
        notes.push_back(phrase("{} has {} left, less than the margin of {}.", facts.machine.devices[device].name,
                               formatMib(static_cast<uint64_t>(left)), formatMib(margin)));
    }
    return notes;
}

}  // namespace ggufit
