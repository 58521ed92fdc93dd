// What the CPU backend runs (ggml-cpu.cpp, ggml_backend_cpu_device_supports_op), and BLAS beside it.
#include "sched/support.h"

namespace ggufit {

namespace {

using enum GgmlType;

bool inRepackedBuffer(const Graph & graph, const Node & node) {
    if (node.buffer < 0) return false;
    const GraphBuffer & buffer = graph.buffers[static_cast<size_t>(node.buffer)];
    return buffer.device == kHost && buffer.host_buffer == HostBuffer::repack;
}

GgmlType dotType(GgmlType type) {  // vec_dot_type of the CPU's type traits (ggml-cpu.c)
    switch (type) {
        case f32: return f32;
        case f16: return f16;
        case bf16: return bf16;
        case q4_0:
        case q5_0:
        case q8_0:
        case mxfp4:
        case nvfp4:
        case iq4_nl:
        case q1_0:
        case q2_0: return q8_0;
        case q4_1:
        case q5_1: return q8_1;
        default: return q8_K;
    }
}

}  // namespace

bool cpuSupportsOp(const Graph & graph, const Node & node, const Backend & /*backend*/) {
    if (node.op == Op::none || isViewOp(node.op)) return true;
    // Repacked weights can only be multiplied by, with f32 (ggml-cpu/repack.cpp, extra_buffer_type::supports_op).
    for (size_t i = 0; i < 4; ++i) {
        if (node.src[i] == NodeId::none || !inRepackedBuffer(graph, graph[node.src[i]])) continue;
        return i == 0 && (node.op == Op::mul_mat || node.op == Op::mul_mat_id) && graph[node.src[1]].type == f32;
    }
    switch (node.op) {
        case Op::cpy:
        case Op::set_rows:
            return node.type != iq3_xxs && node.type != iq3_s && node.type != iq2_xxs && node.type != iq2_xs &&
                   node.type != iq2_s && node.type != iq1_s && node.type != iq1_m;
        case Op::mul_mat: {
            const GgmlType b = graph[node.src[1]].type;
            return b == f32 || b == dotType(graph[node.src[0]].type);
        }
        default: return true;
    }
}

bool blasSupportsOp(const Graph & graph, const Node & node, const Backend & /*backend*/) {
    constexpr int64_t kMinBatch = 32;
    if (node.op == Op::none || isViewOp(node.op)) return true;
    if (node.op != Op::mul_mat) return false;
    const Node & a = graph[node.src[0]];
    const Node & b = graph[node.src[1]];
    if ((a.flags & kInputFlag) != 0) return false;  // a Hadamard rotation, which the CPU has its own way for
    return isContiguous(a) && isContiguous(b) && b.type == f32 && node.ne[0] >= kMinBatch && node.ne[1] >= kMinBatch &&
           b.ne[0] >= kMinBatch;
}

}  // namespace ggufit
