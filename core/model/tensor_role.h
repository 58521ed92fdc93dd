// From a tensor's name to what it is for: which layer it belongs to, which operation reads it, which part it counts to.
#pragma once

#include <cstdint>
#include <string_view>

namespace ggufit {

/// Where llama.cpp puts a tensor (llama-arch.h, llm_tensor_layer).
enum class TensorLayer : uint8_t { input, repeating, output };

/// The operation that llama.cpp's loader asks a device about (llama-arch.cpp, LLM_TENSOR_INFOS).
enum class WeightOp : uint8_t {
    none,
    get_rows,
    mul_mat,
    mul_mat_id,
    add,
    add_id,
    mul,
    div,
    rope,
    ssm_conv,
    ssm_scan,
    rwkv_wkv6,
    im2col,
    scale,
};

/// The named parts that a device's bytes are made of; the order is the order in which they are shown.
enum class WeightPart : uint8_t { attention, feed_forward, experts, embeddings, output };

struct TensorRole {
    bool known = false;  // llama.cpp has a tensor of this name
    TensorLayer layer = TensorLayer::repeating;
    int32_t block = -1;  // N of "blk.N." (also dec.blk, enc.blk, posnet, convnext), −1 outside the blocks
    WeightOp op = WeightOp::none;
    WeightPart part = WeightPart::attention;
    bool expert = false;  // a routed expert's weight (…_exps, …_chexps): only the used share is active
    bool shared_expert = false;
};

/// Names that a few architectures use for something else than all others do; part of an architecture's row.
struct RoleExceptions {
    bool token_embd_norm_is_output = false;  // LFM2: token_embd_norm is the norm before the output layer
    bool ssm_a_multiplies = false;  // delta nets: ssm_a is a factor (LLM_TENSOR_SSM_A_NOSCAN), not read by ssm_scan
};

/// The role of a tensor. Unknown names get known = false and a best reading of block and part.
[[nodiscard]] TensorRole tensorRole(std::string_view name, const RoleExceptions & exceptions = {});

[[nodiscard]] const char * weightPartName(WeightPart part);

}  // namespace ggufit
