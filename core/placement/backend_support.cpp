// The rules of llama.cpp's backends on weights: which operations on which types and shapes, and padding.
#include "placement/backend_support.h"

#include "base/checked.h"

namespace ggufit {

namespace {

// name, alignment, row padding, pinned host buffer, exact.
constexpr BackendTraits kBackends[] = {
    // ggml-cuda.cu: buffer_type_get_alignment, buffer_type_get_alloc_size (MATRIX_ROW_PADDING), host_buffer_type.
    {"CUDA", 128, 512, true, true},
    // Built from the same source.
    {"ROCm", 128, 512, true, true},
    // ggml-sycl.cpp: SYCL_BUFFER_ALIGNMENT, MATRIX_ROW_PADDING. Operations: as CUDA.
    {"SYCL", 128, 512, true, false},
    // ggml-vulkan.cpp: the device's minStorageBufferOffsetAlignment, commonly 16 to 256; no row padding. Operations: as
    // CUDA.
    {"Vulkan", 64, 0, true, false},
    // ggml-metal.cpp: buffer_type_*_get_alignment; no row padding, no host buffer type. Operations: as CUDA.
    {"Metal", 32, 0, false, false},
};
constexpr BackendTraits kOther = {"", 128, 512, true, false};

/// ggml_backend_cuda_device_supports_op, GGML_OP_MUL_MAT and GGML_OP_MUL_MAT_ID with an f32 second operand.
bool multiplies(GgmlType type) {
    switch (type) {
        case GgmlType::tq1_0:
        case GgmlType::tq2_0:
        case GgmlType::q8_1:
        case GgmlType::i8:
        case GgmlType::i16:
        case GgmlType::i32:
        case GgmlType::i64:
        case GgmlType::f64: return false;
        default: return true;
    }
}

/// The same, GGML_OP_GET_ROWS: iq4_nl and mxfp4 in whole groups of 256 only; nvfp4 and q8_K not at all.
bool getsRows(GgmlType type, uint64_t ne0) {
    switch (type) {
        case GgmlType::i32: return true;
        case GgmlType::iq4_nl:
        case GgmlType::mxfp4: return ne0 % 256 == 0;
        case GgmlType::nvfp4:
        case GgmlType::q8_K: return false;
        default: return multiplies(type);
    }
}

/// The same, GGML_OP_SSM_SCAN, with the operands that weight_buft_supported makes up around the weight.
bool scans(const std::array<uint64_t, 4> & ne, const Hparams & hparams) {
    const uint64_t d_state = ne[0] == 1 ? hparams.ssm_d_state : ne[0];
    const uint64_t head_dim = hparams.ssm_d_inner / (ne[1] == 0 ? 1 : ne[1]);
    if (ne[0] == 1) return (d_state == 128 || d_state == 256) && head_dim % 16 == 0;
    return d_state == 16 && head_dim == 1 && ne[1] % 128 == 0 && hparams.ssm_n_group <= 1;
}

}  // namespace

const BackendTraits & backendTraits(std::string_view backend) {
    for (const BackendTraits & traits : kBackends) {
        if (traits.name == backend) return traits;
    }
    return kOther;
}

bool deviceSupports(const BackendTraits & /*backend*/, WeightOp op, GgmlType type, const std::array<uint64_t, 4> & ne,
                    const Hparams & hparams) {
    switch (op) {
        case WeightOp::mul_mat:
        case WeightOp::mul_mat_id: return multiplies(type);
        case WeightOp::get_rows: return getsRows(type, ne[0]);
        case WeightOp::add:
        case WeightOp::mul:
        case WeightOp::div: return type == GgmlType::f32 || type == GgmlType::f16;
        case WeightOp::ssm_conv: return ne[1] % 128 == 0;
        case WeightOp::ssm_scan: return scans(ne, hparams);
        case WeightOp::none:
        case WeightOp::add_id:
        case WeightOp::rope:
        case WeightOp::rwkv_wkv6:
        case WeightOp::im2col:
        case WeightOp::scale: return true;
    }
    return true;
}

bool cpuRepacks(WeightOp op, GgmlType type, const std::array<uint64_t, 4> & ne) {
    const bool matrix = ne[3] == 1 && ne[2] == 1 && ne[1] > 1;
    const bool experts = ne[3] == 1 && ne[2] > 1;
    if (!(op == WeightOp::mul_mat && matrix) && !(op == WeightOp::mul_mat_id && experts)) return false;
    switch (type) {
        case GgmlType::q4_0:
        case GgmlType::q4_K:
        case GgmlType::iq4_nl:
        case GgmlType::mxfp4: return ne[1] % 8 == 0;
        default: return false;
    }
}

uint64_t deviceAllocBytes(const BackendTraits & backend, GgmlType type, uint64_t ne0, uint64_t n_bytes) {
    uint64_t bytes = n_bytes;
    if (backend.row_padding != 0 && traitsOf(type).quantized && ne0 % backend.row_padding != 0) {
        bytes = saturatingAdd(bytes, rowBytes(type, backend.row_padding - ne0 % backend.row_padding));
    }
    return padTo(bytes, backend.alignment);
}

uint64_t hostAllocBytes(uint64_t n_bytes) { return padTo(n_bytes, kHostAlignment); }

}  // namespace ggufit
