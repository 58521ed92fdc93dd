// What the CUDA backend runs (ggml-cuda.cu, ggml_backend_cuda_device_supports_op).
#include "placement/kernel_types.h"
#include "sched/support.h"

namespace ggufit {

namespace {

using enum GgmlType;

bool isCopyFloat(GgmlType type) { return type == f32 || type == f16 || type == bf16; }

bool multiplies(const Node & a, const Node & b) {
    if (a.nb[0] != traitsOf(a.type).block_bytes || b.nb[0] != traitsOf(b.type).block_bytes) return false;
    if (b.type == f16 && a.type != f16) return false;
    return cudaMultiplies(a.type);
}

bool setsRows(const Node & node, const Node & values, const Node & ids) {
    const bool from_f32 =
        values.type == f32 && (isCopyFloat(node.type) || node.type == q4_0 || node.type == q4_1 || node.type == q5_0 ||
                               node.type == q5_1 || node.type == q8_0 || node.type == iq4_nl);
    const bool from_f16 = values.type == f16 && node.type == f16;
    return (from_f32 || from_f16) && (ids.type == i64 || ids.type == i32);
}

bool copies(const Node & from, const Node & to) {
    if (isCopyFloat(from.type) && isCopyFloat(to.type)) return true;
    const auto block = [](GgmlType t) { return t == q8_0 || t == q4_0 || t == q4_1 || t == q5_0 || t == q5_1; };
    if (from.type == f32 && (block(to.type) || to.type == iq4_nl || to.type == i32)) return true;
    if (to.type == f32 && (block(from.type) || from.type == i32)) return true;
    if (from.type == i32 && to.type == i32) return true;
    return from.type == to.type && isContiguous(from) && isContiguous(to);
}

bool concatenates(const Node & node, const Node & a, const Node & b) {
    if (a.type != b.type || a.type != node.type) return false;
    const TypeTraits & traits = traitsOf(a.type);
    if (!traits.quantized) return traits.block_size == 1;
    if (a.ne[0] % traits.block_size != 0 || b.ne[0] % traits.block_size != 0) return false;
    const int n = node.params[0] == 3 ? 4 : 3;  // streams may lie apart where they are not what is joined
    return isContiguousTo(a, n) && isContiguousTo(b, n);
}

bool scans(const Graph & graph, const Node & node) {
    const Node & state = graph[node.src[0]];
    if (graph[node.src[3]].ne[0] == 1) {  // Mamba 2
        return (state.ne[0] == 128 || state.ne[0] == 256) && state.ne[1] % 16 == 0;
    }
    return state.ne[0] == 16 && state.ne[1] == 1 && state.ne[2] % 128 == 0 && graph[node.src[4]].ne[1] == 1;
}

bool indexes(const Graph & graph, const Node & node) {
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    if (q.ne[0] != 128 || (q.ne[1] != 64 && q.ne[1] != 32)) return false;
    for (const Node * t : {&q, &k}) {
        for (size_t i = 1; i < 4 && !traitsOf(t->type).quantized; ++i) {
            if (t->nb[i] % 16 != 0) return false;
        }
    }
    return isCopyFloat(k.type) || k.type == q8_0 || k.type == q5_1 || k.type == q5_0 || k.type == q4_1 ||
           k.type == q4_0;
}

}  // namespace

bool cudaSupportsOp(const Graph & graph, const Node & node, const Backend & backend) {
    // A source in another card's memory cannot be read in place.
    for (const NodeId id : node.sources()) {
        if (id == NodeId::none || graph[id].buffer < 0) continue;
        const GraphBuffer & buffer = graph.buffers[static_cast<size_t>(graph[id].buffer)];
        if (buffer.device != kHost && buffer.device != backend.device) return false;
    }
    const auto source = [&](size_t i) -> const Node & { return graph[node.src[i]]; };
    switch (node.op) {
        case Op::unary: return isContiguous(source(0));
        case Op::glu: return isContiguousFrom(source(0), 1);
        case Op::mul_mat:
        case Op::mul_mat_id: return multiplies(source(0), source(1));
        case Op::get_rows:
            return cudaGetsRows(source(0).type, static_cast<uint64_t>(source(0).ne[0]), backend.llama_cpp);
        case Op::set_rows: return setsRows(node, source(0), source(1));
        case Op::set: {
            const GgmlType t = node.type;
            return (t == f32 || t == i32) && source(0).type == t && source(1).type == t;
        }
        case Op::cpy: return copies(source(0), source(1));
        case Op::dup: return source(0).type != i32 && source(0).type != i16;
        case Op::repeat: return isHalfOrSingle(source(0).type);
        case Op::concat: return concatenates(node, source(0), source(1));
        case Op::norm:
        case Op::rms_norm:
        case Op::l2_norm:
        case Op::sum: return isContiguousRows(source(0));
        case Op::add:
        case Op::sub:
        case Op::mul:
        case Op::div:
            return isHalfOrSingle(source(0).type) && isHalfOrSingle(source(1).type) && isHalfOrSingle(node.type);
        case Op::ssm_scan: return scans(graph, node);
        case Op::ssm_conv: return source(0).ne[1] % 128 == 0;
        case Op::roll: return source(0).type == f32;
        case Op::rope: return source(0).nb[0] == traitsOf(source(0).type).block_bytes && isContiguousFrom(source(0), 2);
        case Op::im2col: return isContiguous(source(0)) && isContiguous(source(1));
        case Op::sum_rows:
        case Op::mean:
        case Op::group_norm: return isContiguous(source(0));
        case Op::flash_attn_ext: return flashKernel(graph, node, backend) != FlashKernel::none;
        case Op::lightning_indexer: return indexes(graph, node);
        default: return true;  // the rest of ggml's list, without conditions
    }
}

uint64_t cudaAllocBytes(const Graph & graph, const Node & node, const Backend & backend) {
    if (node.op == Op::flash_attn_ext) return cudaFlashAllocBytes(graph, node, backend);  // f32, so never padded
    return paddedAllocBytes(graph, node, backend);
}

}  // namespace ggufit
