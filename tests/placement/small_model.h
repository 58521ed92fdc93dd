// Small models made in place, so that a test's arithmetic can be followed by hand.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit::test {

struct SmallTensor {
    std::string name;
    GgmlType type = GgmlType::f32;
    std::vector<uint64_t> ne;
};

/// A model of `n_layer` layers with 4 heads of 64, 2 of them for keys and values; 4096 tokens trained.
inline Model smallModel(const Architecture & architecture, uint32_t n_layer,
                        const std::vector<SmallTensor> & tensors = {}) {
    Model model;
    model.architecture = &architecture;
    model.architecture_name = architecture.name;
    Hparams & hparams = model.hparams;
    hparams.n_ctx_train = 4096;
    hparams.n_embd = 256;
    hparams.n_layer_all = n_layer;
    hparams.n_embd_head_k_full = hparams.n_embd_head_v_full = 64;
    hparams.n_embd_head_k_swa = hparams.n_embd_head_v_swa = 64;
    hparams.n_head_arr.fill(4);
    hparams.n_head_kv_arr.fill(2);
    for (const SmallTensor & small : tensors) {
        Tensor tensor;
        tensor.name = small.name;
        tensor.type = small.type;
        tensor.n_dims = static_cast<uint32_t>(small.ne.size());
        for (size_t i = 0; i < small.ne.size(); ++i) tensor.ne[i] = small.ne[i];
        tensor.n_bytes = rowBytes(small.type, tensor.ne[0]) * tensor.ne[1] * tensor.ne[2] * tensor.ne[3];
        model.file.tensors.push_back(tensor);
        model.roles.push_back(tensorRole(small.name, architecture.role_exceptions));
    }
    indexFile(model.file);
    return model;
}

/// CUDA devices with so much free memory each.
inline Machine cudaMachine(std::initializer_list<uint64_t> free_mib) {
    Machine machine;
    for (const uint64_t free : free_mib) {
        Device device;
        device.name = "CUDA" + std::to_string(machine.devices.size());
        device.free_mib = free;
        device.total_mib = free + 500;
        device.compute_capability = "8.9";
        machine.devices.push_back(device);
    }
    return machine;
}

inline Settings oneSlot() {
    Settings settings;
    settings.n_parallel = 1;
    settings.fit = false;
    return settings;
}

}  // namespace ggufit::test
