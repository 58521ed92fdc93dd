// A model whose memory is simple arithmetic, so that what --fit has to find can be worked out by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fit/search.h"

namespace ggufit::test {

inline constexpr int64_t kMibBytes = 1024 * 1024;

/// Layers of equal size: attention and, for a model with experts, three equal expert tensors (up, gate, down). A device
/// that has a layer needs `compute_mib` beside it.
struct ToyModel {
    uint32_t n_layer = 10;
    int64_t attention_mib = 100;
    int64_t expert_tensor_mib = 0;  // of each of the three; 0: a dense model
    int64_t output_mib = 50;
    int64_t compute_mib = 0;
    int64_t cache_bytes_per_token = 0;  // of one layer
    uint32_t n_ctx_train = 32768;
    std::vector<int64_t> free_mib = {};    // by device
    std::vector<int64_t> margin_mib = {};  // by device
    int64_t host_mib = 0;
    mutable std::vector<Settings> trials = {};  // what was asked, in order

    [[nodiscard]] FitProblem problem(const Settings & settings) const {
        FitProblem fit;
        for (size_t id = 0; id < free_mib.size(); ++id) {
            fit.devices.push_back({"CUDA" + std::to_string(id), free_mib[id] * kMibBytes, margin_mib[id] * kMibBytes});
        }
        fit.host_total_bytes = host_mib * kMibBytes;
        fit.host_margin_bytes = 1024 * kMibBytes;
        fit.n_layer = n_layer;
        fit.n_ctx_train = n_ctx_train;
        fit.n_expert = expert_tensor_mib > 0 ? 64 : 0;
        fit.n_ctx_min = 4096;
        fit.settings = settings;
        fit.memory = [this](const Settings & trial) { return memory(trial); };
        return fit;
    }

    [[nodiscard]] FitResult fit(const Settings & settings) const { return searchFit(problem(settings)).value(); }

  private:
    /// Which device a layer is on, the output layer being number n_layer; −1 for the host.
    [[nodiscard]] int deviceOf(const Settings & trial, uint32_t il) const {
        const uint32_t n_all = n_layer + 1;
        const auto n_given = static_cast<uint32_t>(trial.n_gpu_layers);
        const uint32_t n_gpu = trial.n_gpu_layers < 0 || n_given > n_all ? n_all : n_given;
        if (free_mib.empty() || il < n_all - n_gpu) return -1;
        double before = 0, sum = 0;
        for (const double share : trial.tensor_split) sum += share;
        const double position = static_cast<double>(il - (n_all - n_gpu)) / n_gpu;
        for (size_t id = 0; id < free_mib.size(); ++id) {
            before += sum == 0 ? 1.0 / static_cast<double>(free_mib.size()) : trial.tensor_split[id] / sum;
            if (position < before) return static_cast<int>(id);
        }
        return static_cast<int>(free_mib.size()) - 1;
    }

    /// Where one expert tensor of a layer goes.
    [[nodiscard]] static int expertDevice(const Settings & trial, uint32_t il, std::string_view tensor, int device) {
        const std::string layer = "blk\\." + std::to_string(il) + "\\.";
        for (const TensorOverride & rule : trial.override_tensors) {
            std::string_view rest = rule.pattern;
            if (rest == "blk\\.\\d+\\.ffn_(up|down|gate_up|gate)_(ch|)exps") return -1;
            if (rest.substr(0, layer.size()) != layer) continue;
            rest.remove_prefix(layer.size());
            const bool down_only = rest == "ffn_down.*";
            const bool but_up = rest == "ffn_(gate|gate_up|down).*";
            if ((down_only && tensor != "down") || (but_up && tensor == "up")) continue;
            return rule.buffer == "CPU" ? -1 : rule.buffer.back() - '0';
        }
        return device;
    }

    [[nodiscard]] Result<TrialMemory> memory(const Settings & trial) const {
        trials.push_back(trial);
        TrialMemory memory;
        memory.device_model_bytes.assign(free_mib.size(), 0);
        memory.device_bytes.assign(free_mib.size(), 0);
        std::vector<bool> used(free_mib.size(), false);
        const auto add = [&](int device, int64_t bytes, bool weights) {
            if (device < 0) {
                memory.host_bytes += bytes;
                return;
            }
            used[static_cast<size_t>(device)] = true;
            memory.device_bytes[static_cast<size_t>(device)] += bytes;
            if (weights) memory.device_model_bytes[static_cast<size_t>(device)] += bytes;
        };
        const int64_t n_ctx = trial.n_ctx == 0 ? n_ctx_train : trial.n_ctx;
        for (uint32_t il = 0; il < n_layer; ++il) {
            const int device = deviceOf(trial, il);
            add(device, attention_mib * kMibBytes, true);
            add(device, cache_bytes_per_token * n_ctx, false);
            if (expert_tensor_mib == 0) continue;
            for (const char * tensor : {"up", "gate", "down"}) {
                add(expertDevice(trial, il, tensor, device), expert_tensor_mib * kMibBytes, true);
            }
        }
        add(deviceOf(trial, n_layer), output_mib * kMibBytes, true);
        for (size_t id = 0; id < used.size(); ++id) {
            if (used[id]) memory.device_bytes[id] += compute_mib * kMibBytes;
        }
        return memory;
    }
};

}  // namespace ggufit::test
