// Chooses a buffer for every weight as llama.cpp's loader does, and adds up what it takes there.
#include "placement/weights.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/phrase.h"
#include "placement/backend_support.h"
#include "placement/tensor_matches.h"

namespace ggufit {

namespace {

/// A buffer type: a device's memory or one of those in system memory.
struct Buffer {
    int32_t device = kHost;
    HostBuffer host = HostBuffer::cpu;
    auto key() const { return std::pair(device, host); }
};

struct Override {
    const std::vector<bool> * matches = nullptr;  // by position in the directory
    Buffer buffer;
    bool to_cpu = false;
    bool used = false;
};

bool isRopeFactors(std::string_view name) {
    return name == "rope_freqs.weight" || name == "rope_factors_long.weight" || name == "rope_factors_short.weight";
}

class Placer {
  public:
    Placer(const Model & model, const Machine & machine, const Settings & settings, TensorMatches & matches)
        : model_(model),
          machine_(machine),
          settings_(settings),
          matches_(matches),
          traits_(backendTraits(machine)),
          cpu_(isMac(machine) ? CpuKind::apple : CpuKind::x86) {}

    Result<WeightPlan> place() {
        if (auto error = prepare()) return *error;
        for (uint32_t i = 0; i < model_.file.tensors.size() && i < model_.roles.size(); ++i) placeTensor(i);
        placeTied();
        warn();
        return std::move(plan_);
    }

  private:
    std::optional<Error> prepare() {
        auto layers = layerDevices(model_, machine_, settings_);
        if (!layers) return layers.error();
        plan_.layer_devices = std::move(*layers);
        const auto used = usedDevices(machine_, settings_);
        if (!used) return used.error();
        used_ = *used;
        // llama-model.cpp, make_cpu_buft_list: the pinned buffer of the first device that has one.
        for (const uint32_t device : used_) {
            const BackendTraits & traits = traits_[device];
            if (!traits.host_buffer || pinned_ || settings_.no_host) continue;
            pinned_ = traits;
        }
        return readOverrides();
    }

    std::optional<Error> readOverrides() {
        for (const TensorOverride & rule : settings_.override_tensors) {
            const auto & matches = matches_.of(rule.pattern);
            if (!matches) {
                Error error = matches.error();
                error.where = "-ot, " + error.where;
                return error;
            }
            Buffer buffer;
            std::string known = "CPU";
            for (size_t i = 0; i < machine_.devices.size(); ++i) {
                if (machine_.devices[i].name == rule.buffer) buffer.device = static_cast<int32_t>(i);
                known += ", " + machine_.devices[i].name;
            }
            if (buffer.device == kHost && rule.buffer != "CPU") {
                return Error{ErrorCode::usage, phrase("-ot {}={}", rule.pattern, rule.buffer),
                             "there is no such buffer type on this machine, there are " + known, 0, 0};
            }
            overrides_.push_back({&*matches, buffer, buffer.device == kHost, false});
        }
        return std::nullopt;
    }

    /// First buffer in system memory that can use the weight (select_weight_buft over the CPU's list).
    Buffer onHost(WeightOp op, const Tensor & tensor) const {
        if (pinned_ && deviceSupports(*pinned_, op, tensor, model_.hparams, settings_.llama_cpp))
            return {kHost, HostBuffer::pinned};
        if (settings_.repack && cpuRepacks(cpu_, op, tensor.type, tensor.ne)) return {kHost, HostBuffer::repack};
        return {};
    }

    /// The same over the list of a layer's device: its own memory, then what the CPU has.
    Buffer onLayer(int32_t device, WeightOp op, const Tensor & tensor) {
        if (device == kHost) return onHost(op, tensor);
        const BackendTraits & traits = traits_[static_cast<size_t>(device)];
        if (deviceSupports(traits, op, tensor, model_.hparams, settings_.llama_cpp)) return {device, HostBuffer::cpu};
        if (unusable_.empty()) unusable_ = tensor.name;
        ++n_unusable_;
        return onHost(op, tensor);
    }

    Buffer select(int32_t device, WeightOp op, uint32_t position) {
        const Tensor & tensor = model_.file.tensors[position];
        for (Override & rule : overrides_) {
            if (!(*rule.matches)[position]) continue;
            rule.used = true;
            return rule.to_cpu ? onHost(op, tensor) : rule.buffer;
        }
        return onLayer(device, op, tensor);
    }

    /// Layers without a number (rope factors aside) are made for layer 0.
    int32_t deviceOf(const TensorRole & role) const {
        if (role.layer == TensorLayer::input) return kHost;
        if (role.layer == TensorLayer::output) return plan_.layer_devices.back();
        const auto block = static_cast<size_t>(std::max(role.block, 0));
        return block + 1 < plan_.layer_devices.size() ? plan_.layer_devices[block] : kHost;
    }

    void add(uint32_t position, const Buffer & buffer, WeightPart part, bool duplicate) {
        const Tensor & tensor = model_.file.tensors[position];
        PlacedWeight weight;
        weight.tensor = position;
        weight.device = buffer.device;
        weight.host_buffer = buffer.host;
        weight.part = part;
        weight.duplicate = duplicate;
        if (buffer.device == kHost) {
            const bool pinned = buffer.host == HostBuffer::pinned && pinned_;
            weight.bytes = hostAllocBytes(tensor.n_bytes, pinned ? pinned_->host_alignment : kHostAlignment);
        } else {
            weight.bytes = deviceAllocBytes(traits_[static_cast<size_t>(buffer.device)], tensor.type, tensor.ne[0],
                                            tensor.n_bytes);
        }
        plan_.weights.push_back(weight);
    }

    bool skips(const Tensor & tensor, const TensorRole & role) const {
        if (role.known && role.op == WeightOp::none) return true;
        const auto skips_tensor = model_.architecture->skips_tensor;
        return skips_tensor != nullptr && skips_tensor(model_.hparams, role.block, tensor.name, settings_.load_mtp);
    }

    void placeTensor(uint32_t position) {
        const Tensor & tensor = model_.file.tensors[position];
        const TensorRole & role = model_.roles[position];
        if (skips(tensor, role)) {
            plan_.skipped.push_back(position);
        } else if (isRopeFactors(tensor.name)) {
            placeRopeFactors(position);
        } else {
            add(position, select(deviceOf(role), role.op, position), role.part, false);
        }
    }

    /// Each buffer that holds a layer using the factors has its own copy (TENSOR_DUPLICATED for all layers but 0).
    void placeRopeFactors(uint32_t position) {
        const Hparams & hparams = model_.hparams;
        const auto uses = model_.architecture->layer_uses_rope_factors;
        const uint32_t n_loaded = settings_.load_mtp ? hparams.n_layer_all : hparams.n_layer();
        const uint32_t n_layer = std::min({n_loaded, hparams.n_layer_phys(), kMaxLayers});
        std::set<std::pair<int32_t, HostBuffer>> made;
        for (uint32_t il = 0; il < n_layer; ++il) {
            if (uses != nullptr && !uses(hparams, il)) continue;
            const Buffer buffer = select(plan_.layer_devices[il], WeightOp::rope, position);
            if (!made.insert(buffer.key()).second) continue;
            add(position, buffer, model_.roles[position].part, made.size() > 1);
        }
        if (made.empty()) plan_.skipped.push_back(position);
    }

    std::optional<uint32_t> find(std::string_view name) const {
        const auto found = model_.file.tensor_index.find(name);
        if (found == model_.file.tensor_index.end()) return std::nullopt;
        return static_cast<uint32_t>(found->second);
    }

    /// Models without output weights of their own use the embeddings there, or (CodeShell) the other way round.
    void placeTied() {
        const auto embeddings = find("token_embd.weight"), output = find("output.weight");
        const int32_t device = plan_.layer_devices.back();
        if (embeddings && !output && model_.architecture->tied_output) {
            const Buffer buffer = select(device, WeightOp::mul_mat, *embeddings);
            const bool there =
                std::any_of(plan_.weights.begin(), plan_.weights.end(), [&](const PlacedWeight & weight) {
                    return weight.tensor == *embeddings && std::pair(weight.device, weight.host_buffer) == buffer.key();
                });
            if (!there) add(*embeddings, buffer, WeightPart::output, true);
        }
        if (!embeddings && output && model_.architecture->tied_input) {
            add(*output, select(device, WeightOp::mul_mat, *output), WeightPart::embeddings, true);
        }
    }

    void warn() {
        const auto idle = [](const Override & rule) { return !rule.used; };
        const auto first = std::find_if(overrides_.begin(), overrides_.end(), idle);
        // What --fit writes is not the user's to check.
        if (first != overrides_.end() && settings_.given_override_tensors) {
            const TensorOverride & rule = settings_.override_tensors[static_cast<size_t>(first - overrides_.begin())];
            const auto count = std::count_if(first, overrides_.end(), idle);
            plan_.warnings.push_back(
                {phrase("-ot rules that decide about no tensor of this model: {}, the first is {}={}",
                        std::to_string(count), rule.pattern, rule.buffer),
                 "check them against the tensors' names, or leave them out"});
        }
        if (n_unusable_ > 0) {
            plan_.warnings.push_back({phrase("tensors in system memory although their layer is on a GPU, which cannot "
                                             "use them there: {}, the first is {}",
                                             std::to_string(n_unusable_), unusable_),
                                      ""});
        }
        if (settings_.split_mode == SplitMode::row || settings_.split_mode == SplitMode::tensor) {
            plan_.warnings.push_back(
                {"-sm row and -sm tensor are computed as -sm layer: the split of single tensors is not "
                 "supported here, so the figures by device are approximate",
                 "use -sm layer for exact figures"});
        }
    }

    const Model & model_;
    const Machine & machine_;
    const Settings & settings_;
    TensorMatches & matches_;
    const std::vector<BackendTraits> traits_;  // of each device
    const CpuKind cpu_;
    WeightPlan plan_;
    std::vector<uint32_t> used_;
    std::optional<BackendTraits> pinned_;
    std::vector<Override> overrides_;
    std::string unusable_;
    uint32_t n_unusable_ = 0;
};

}  // namespace

Result<WeightPlan> placeWeights(const Model & model, const Machine & machine, const Settings & settings,
                                TensorMatches & matches) {
    return Placer(model, machine, settings, matches).place();
}

Result<WeightPlan> placeWeights(const Model & model, const Machine & machine, const Settings & settings) {
    TensorMatches matches(model);
    return placeWeights(model, machine, settings, matches);
}

}  // namespace ggufit
