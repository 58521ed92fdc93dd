// Adds weights, context and compute up by device, and says what each layer takes.
#include "memory/estimate.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/checked.h"
#include "base/phrase.h"
#include "memory/compute.h"
#include "placement/backend_support.h"
#include "sched/reserve.h"

namespace ggufit {

namespace {

constexpr std::array kParts = {WeightPart::attention, WeightPart::feed_forward, WeightPart::experts,
                               WeightPart::embeddings, WeightPart::output};

class Adder {
  public:
    Adder(const Model & model, const Machine & machine, const WeightPlan & weights, const CachePlan & cache)
        : model_(model), weights_(weights), cache_(cache) {
        for (const Device & device : machine.devices) {
            estimate_.devices.emplace_back();
            estimate_.devices.back().name = device.name;
        }
        estimate_.host.name = "host";
        estimate_.context = cache.shape;
    }

    Estimate add(const ComputeEstimate & compute) {
        addWeights();
        for (const CacheTensor & tensor : cache_.tensors) addTo(at(tensor.device).context_bytes, tensor.bytes);
        for (size_t i = 0; i < compute.device_bytes.size() && i < estimate_.devices.size(); ++i) {
            estimate_.devices[i].compute_bytes = compute.device_bytes[i];
        }
        estimate_.host.compute_bytes = compute.host_bytes;
        for (DeviceEstimate & device : estimate_.devices) addContextParts(device);
        addContextParts(estimate_.host);
        addLayers();
        estimate_.output_device = weights_.layer_devices.back();
        return std::move(estimate_);
    }

  private:
    static void addTo(uint64_t & sum, uint64_t bytes) { sum = saturatingAdd(sum, bytes); }

    /// Where a device stands in lists that the host comes first in.
    static size_t slot(int32_t device) { return static_cast<size_t>(int64_t{device} + 1); }

    DeviceEstimate & at(int32_t device) {
        return device == kHost ? estimate_.host : estimate_.devices[static_cast<size_t>(device)];
    }

    void addWeights() {
        for (const WeightPart part : kParts) {
            std::vector<uint64_t> bytes(estimate_.devices.size() + 1, 0);  // the host comes first
            for (const PlacedWeight & weight : weights_.weights) {
                if (weight.part == part) addTo(bytes[slot(weight.device)], weight.bytes);
            }
            for (size_t i = 0; i < bytes.size(); ++i) {
                if (bytes[i] == 0) continue;
                DeviceEstimate & device = at(static_cast<int32_t>(i) - 1);
                addTo(device.model_bytes, bytes[i]);
                device.parts.push_back({weightPartName(part), bytes[i]});
            }
        }
    }

    static void addContextParts(DeviceEstimate & device) {
        if (device.context_bytes != 0) device.parts.push_back({"cache", device.context_bytes});
        if (device.compute_bytes != 0) device.parts.push_back({"compute", device.compute_bytes});
    }

    void addLayers() {
        const size_t n_layers = weights_.layer_devices.size() - 1;
        estimate_.layers.resize(n_layers);
        std::vector<std::vector<uint64_t>> experts(n_layers, std::vector<uint64_t>(estimate_.devices.size() + 1, 0));
        for (const PlacedWeight & weight : weights_.weights) {
            const TensorRole & role = model_.roles[weight.tensor];
            if (role.block < 0 || static_cast<size_t>(role.block) >= n_layers) continue;
            const auto il = static_cast<size_t>(role.block);
            addTo(estimate_.layers[il].weight_bytes, weight.bytes);
            if (!role.expert) continue;
            addTo(estimate_.layers[il].expert_bytes, weight.bytes);
            addTo(experts[il][slot(weight.device)], weight.bytes);
        }
        for (const CacheTensor & tensor : cache_.tensors) {
            if (tensor.layer < n_layers) addTo(estimate_.layers[tensor.layer].cache_bytes, tensor.bytes);
        }
        for (size_t il = 0; il < n_layers; ++il) {
            LayerPlacement & layer = estimate_.layers[il];
            layer.device = layer.expert_device = weights_.layer_devices[il];
            if (layer.expert_bytes == 0) continue;
            const auto most = std::max_element(experts[il].begin(), experts[il].end());
            layer.expert_device = static_cast<int32_t>(most - experts[il].begin()) - 1;
        }
    }

    const Model & model_;
    const WeightPlan & weights_;
    const CachePlan & cache_;
    Estimate estimate_;
};

/// The compute buffers and how they were found.
struct Compute {
    ComputeEstimate bytes;
    GraphFigures graph;
    bool flash_attn = true;
    std::string approximate_because;  // empty: llama.cpp's own arithmetic
    std::vector<Warning> warnings;
};

/// By the graph where it is described and runs on these devices, else by the formula.
Compute computeBuffers(const Model & model, const Machine & machine, const Settings & settings,
                       const WeightPlan & weights, const CachePlan & cache, Reserving reserving, GraphStore * graphs) {
    Compute out;
    out.flash_attn = cache.shape.flash_attn;
    if (settings.split_mode == SplitMode::row || settings.split_mode == SplitMode::tensor) {
        out.approximate_because = "the compute buffers are a formula, and tensors are not split over devices";
    } else if (const auto reserved = reserveCompute(model, machine, settings, weights, cache, reserving, graphs);
               reserved) {
        out.bytes = {reserved->device_bytes, reserved->host_bytes};
        out.graph = {reserved->nodes_prompt, reserved->nodes_decode, reserved->splits_prompt, reserved->splits_decode,
                     reserved->pipeline};
        out.flash_attn = reserved->flash_attn;
        if (!reserved->no_room.empty()) {
            out.warnings.push_back({"llama.cpp aborts when it starts: " + reserved->no_room,
                                    "take fewer slots (-np), or a cache that flash attention reads on the GPUs: f16 or "
                                    "q8_0 for both K and V"});
        }
        return out;
    } else {
        out.approximate_because = "the compute buffers are a formula: " + reserved.error().text();
        if (reserved.error().code == ErrorCode::usage) {
            out.warnings.push_back({"llama.cpp aborts when it starts: " + reserved.error().detail,
                                    "take out the -ot that puts a tensor there"});
        }
    }
    out.bytes = approximateCompute(model, machine, settings, weights, cache);
    return out;
}

/// What is taken for granted about devices, where it can matter for these figures.
void explainAssumptions(Estimate & estimate, const Machine & machine, const Settings & settings) {
    const auto used = usedDevices(machine, settings);
    if (!used) return;
    for (const uint32_t i : *used) {
        const BackendTraits traits = backendTraits(machine.devices[i]);
        if (traits.assumption.empty() || estimate.devices[i].compute_bytes <= traits.assumed_above_bytes) continue;
        std::string & because = estimate.approximate_because;
        because += phrase("{}{}: {}", because.empty() ? "" : ", and ", machine.devices[i].name,
                          std::string(traits.assumption));
    }
}

/// A build from before an architecture came refuses its files ("unknown model architecture").
void warnOfUnknownArchitecture(Estimate & estimate, const Model & model, const Settings & settings) {
    const LlamaVersion & version = settings.llama_cpp;
    const FirstBuild & since = model.architecture->since;
    const bool older = version.build != 0 ? version.build < since.build : version.day != 0 && version.day < since.day;
    if (!older) return;
    estimate.warnings.push_back({phrase("llama.cpp {} does not know the architecture {} and refuses the model",
                                        versionText(version), model.architecture_name),
                                 phrase("take a build after b{}", std::to_string(since.build - 1))});
}

void explain(Estimate & estimate, const Model & model, const Machine & machine, const Settings & settings) {
    const auto because = [&](const char * text) {
        if (!estimate.approximate_because.empty()) estimate.approximate_because += ", and ";
        estimate.approximate_because += text;
    };
    explainAssumptions(estimate, machine, settings);
    if (!hasRule(settings.llama_cpp, LlamaRule::fused_delta_net))
        because("graphs of builds before b8299 are followed in part");
    warnOfUnknownArchitecture(estimate, model, settings);
    const auto used = usedDevices(machine, settings);
    if (used && settings.tensor_split.size() > used->size()) {
        estimate.warnings.push_back(
            {phrase("-ts has {} proportions for {} devices: llama.cpp reads the first ones only",
                    std::to_string(settings.tensor_split.size()), std::to_string(used->size())),
             "check that the machine has all the cards that -ts was written for"});
    }
    if (settings.load_mtp && model.hparams.n_layer_nextn > 0) {
        because("the second context of the MTP layers is left out");
        estimate.warnings.push_back(
            {"speculative decoding with the model's MTP layers makes a second context, whose cache and "
             "compute buffers are not counted here",
             "leave some more headroom, or measure without it first"});
    }
    estimate.approximate = !estimate.approximate_because.empty();
}

}  // namespace

Result<Estimate> estimateMemory(const Model & model, const Machine & machine, const Settings & settings,
                                Reserving reserving, GraphStore * graphs) {
    if (model.needs_other_model) {
        return Error{ErrorCode::unsupported, model.architecture_name,
                     "this model can't be loaded on its own: " + std::string(model.architecture->needs_other_model), 0,
                     0};
    }
    auto weights = graphs != nullptr ? placeWeights(model, machine, settings, graphs->matches())
                                     : placeWeights(model, machine, settings);
    if (!weights) return weights.error();
    const auto cache = planCache(model, machine, settings, weights->layer_devices);
    if (!cache) return cache.error();
    Compute compute = computeBuffers(model, machine, settings, *weights, *cache, reserving, graphs);
    Estimate estimate = Adder(model, machine, *weights, *cache).add(compute.bytes);
    estimate.context.flash_attn = compute.flash_attn;
    estimate.graph = compute.graph;
    estimate.approximate_because = std::move(compute.approximate_because);
    estimate.warnings = std::move(weights->warnings);
    std::move(compute.warnings.begin(), compute.warnings.end(), std::back_inserter(estimate.warnings));
    explain(estimate, model, machine, settings);
    return estimate;
}

}  // namespace ggufit
