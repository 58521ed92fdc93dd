// The types that kernels leave out, backend by backend.
#include "placement/kernel_types.h"

namespace ggufit {

namespace {

using enum GgmlType;

/// Types that all kernels of matrix multiplication leave out.
bool isPlainOrTernary(GgmlType type) {
    switch (type) {
        case tq1_0:
        case tq2_0:
        case q8_1:
        case i8:
        case i16:
        case i32:
        case i64:
        case f64: return true;
        default: return false;
    }
}

}  // namespace

bool cudaMultiplies(GgmlType type) { return !isPlainOrTernary(type); }

bool cudaGetsRows(GgmlType type, uint64_t ne0, const LlamaVersion & version) {
    constexpr uint64_t kSuperBlock = 256;  // QK_K
    if (!hasRule(version, LlamaRule::rows_of_quants)) {
        const bool legacy = type == q4_0 || type == q4_1 || type == q5_0 || type == q5_1 || type == q8_0;
        return legacy || type == f32 || type == f16 || type == bf16 || type == i32;
    }
    switch (type) {
        case i32: return true;
        case iq4_nl:
        case mxfp4: return ne0 % kSuperBlock == 0;
        case nvfp4:
        case q8_K: return false;
        default: return !isPlainOrTernary(type);
    }
}

bool vulkanMultiplies(GgmlType type) { return !isPlainOrTernary(type) && type != q8_K; }

bool syclGetsRows(GgmlType type) { return type == i32 || (!isPlainOrTernary(type) && type != q2_0 && type != q8_K); }

}  // namespace ggufit
