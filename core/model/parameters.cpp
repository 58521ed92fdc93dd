// Walks the tensor directory once.
#include "model/parameters.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

namespace {

/// The routed experts in this tensor, or 0 where it is none: weights and biases have the experts as their last
/// dimension (a norm over all experts does not). Grove experts have a count of their own, which their shape tells.
uint64_t routedCount(const Model & model, size_t i) {
    const Tensor & tensor = model.file.tensors[i];
    const TensorRole & role = model.roles[i];
    if (!role.expert || model.hparams.n_expert == 0) return 0;
    const uint64_t last = tensor.ne[std::clamp<uint32_t>(tensor.n_dims, 1, 4) - 1];
    if (tensor.n_dims >= 2 && role.op == WeightOp::mul_mat_id) return last;
    return last == model.hparams.n_expert ? last : 0;
}

/// token_embd.weight where llama.cpp uses it as the output matrix as well (TENSOR_DUPLICATED).
const Tensor * tiedOutput(const Model & model) {
    if (!model.architecture->tied_output || model.file.findTensor("output.weight") != nullptr) return nullptr;
    return model.file.findTensor("token_embd.weight");
}

uint64_t activeElements(const Model & model, size_t i, const Tensor * tied) {
    const Tensor & tensor = model.file.tensors[i];
    if (const uint64_t count = routedCount(model, i); count != 0) {
        return tensor.elements() / count * std::min<uint64_t>(model.hparams.n_expert_used, count);
    }
    const bool looked_up = model.roles[i].op == WeightOp::get_rows && &tensor != tied;
    return looked_up ? tensor.ne[0] : tensor.elements();
}

}  // namespace

bool isUnread(const Model & model, size_t tensor) {
    const int32_t block = model.roles[tensor].block;
    const Hparams & hparams = model.hparams;
    if (block >= 0 && hparams.n_layer_nextn > 0 && static_cast<uint32_t>(block) >= hparams.n_layer()) return true;
    const auto skips = model.architecture->skips_tensor;
    return skips != nullptr && skips(hparams, block, model.file.tensors[tensor].name, false);
}

ParameterCount countParameters(const Model & model) {
    ParameterCount count;
    const Tensor * tied = tiedOutput(model);
    if (tied != nullptr) count.tied_output = tied->name;
    for (size_t i = 0; i < model.file.tensors.size(); ++i) {
        const uint64_t elements = model.file.tensors[i].elements();
        count.total = saturatingAdd(count.total, elements);
        if (isUnread(model, i)) {
            count.unread = saturatingAdd(count.unread, elements);
            continue;
        }
        const uint64_t active = activeElements(model, i, tied);
        count.active = saturatingAdd(count.active, active);
        if (routedCount(model, i) != 0) {
            count.routed = saturatingAdd(count.routed, elements);
            count.routed_active = saturatingAdd(count.routed_active, active);
        }
    }
    return count;
}

}  // namespace ggufit
