// Which operation on which weight each backend runs: types and shapes, backend by backend.
#include "base/checked.h"
#include "placement/backend_support.h"
#include "placement/kernel_types.h"

namespace ggufit {

namespace {

using enum GgmlType;

/// The operands that weight_buft_supported makes up around ssm_a: whether it is of Mamba 2, the state's width and the
/// heads' size.
struct Scan {
    bool mamba2 = false;
    uint64_t d_state = 0, head_dim = 0;
};

Scan scanOf(const Tensor & tensor, const Hparams & hparams) {
    const bool mamba2 = tensor.ne[0] == 1;
    return {mamba2, mamba2 ? hparams.ssm_d_state : tensor.ne[0],
            hparams.ssm_d_inner / (tensor.ne[1] == 0 ? 1 : tensor.ne[1])};
}

bool isFloat(GgmlType type) { return type == f32 || type == f16; }

/// ggml-cuda.cu, ggml_backend_cuda_device_supports_op.
bool cudaSupports(WeightOp op, const Tensor & w, const Hparams & hparams, const LlamaVersion & version) {
    switch (op) {
        case WeightOp::mul_mat:
        case WeightOp::mul_mat_id: return cudaMultiplies(w.type);
        case WeightOp::get_rows: return cudaGetsRows(w.type, w.ne[0], version);
        case WeightOp::add:
        case WeightOp::mul:
        case WeightOp::div: return isFloat(w.type);
        case WeightOp::ssm_conv: return w.ne[1] % 128 == 0;
        case WeightOp::ssm_scan: {
            const Scan scan = scanOf(w, hparams);
            if (scan.mamba2) return (scan.d_state == 128 || scan.d_state == 256) && scan.head_dim % 16 == 0;
            return scan.d_state == 16 && scan.head_dim == 1 && w.ne[1] % 128 == 0 && hparams.ssm_n_group <= 1;
        }
        default: return true;
    }
}

/// ggml-vulkan.cpp, ggml_backend_vk_device_supports_op: no ternary types, no scan of Mamba 1.
bool vulkanSupports(WeightOp op, const Tensor & w, const Hparams & hparams) {
    const bool multiplied = vulkanMultiplies(w.type);
    switch (op) {
        case WeightOp::mul_mat:
        case WeightOp::mul_mat_id: return multiplied;
        case WeightOp::get_rows: return multiplied || w.type == i32;
        case WeightOp::add:
        case WeightOp::mul:
        case WeightOp::div: return isFloat(w.type);
        case WeightOp::add_id:
        case WeightOp::scale: return w.type == f32;
        case WeightOp::ssm_scan: {
            const Scan scan = scanOf(w, hparams);
            return scan.mamba2 && (scan.d_state == 128 || scan.d_state == 256) && scan.head_dim % 16 == 0;
        }
        default: return true;
    }
}

/// ggml-metal-device.m, ggml_metal_device_supports_op: nvfp4 is left out, and both sides of a sum have one type.
bool metalSupports(WeightOp op, const Tensor & w) {
    switch (op) {
        case WeightOp::mul_mat:
        case WeightOp::mul_mat_id:
        case WeightOp::get_rows: return w.type != nvfp4;
        case WeightOp::add:
        case WeightOp::mul:
        case WeightOp::div:
        case WeightOp::add_id: return w.type == f32;
        case WeightOp::scale: return isFloat(w.type);
        default: return true;
    }
}

/// ggml-sycl.cpp, do_ggml_backend_sycl_device_supports_op; WARP_SIZE is 16 where built for Intel.
bool syclSupports(WeightOp op, const Tensor & w, const Hparams & hparams) {
    switch (op) {
        case WeightOp::get_rows: return syclGetsRows(w.type);
        case WeightOp::ssm_conv: return w.type == f32;
        case WeightOp::ssm_scan: {
            const Scan scan = scanOf(w, hparams);
            return scan.mamba2 && (scan.d_state == 128 || scan.d_state == 256) && scan.head_dim % 16 == 0;
        }
        default: return true;
    }
}

}  // namespace

bool deviceSupports(const BackendTraits & backend, WeightOp op, const Tensor & tensor, const Hparams & hparams,
                    const LlamaVersion & version) {
    if (op == WeightOp::none) return true;
    if (tensor.n_bytes > backend.max_tensor_bytes) return false;
    switch (backend.kind) {
        case BackendKind::cuda:
        case BackendKind::rocm: return cudaSupports(op, tensor, hparams, version);
        case BackendKind::vulkan: return vulkanSupports(op, tensor, hparams);
        case BackendKind::metal: return metalSupports(op, tensor);
        case BackendKind::sycl: return syclSupports(op, tensor, hparams);
    }
    return true;
}

}  // namespace ggufit
