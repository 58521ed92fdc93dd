// What the CPU backend runs (ggml-cpu.cpp, ggml_backend_cpu_device_supports_op), and the table of backends.
#include <algorithm>

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

constexpr ComputeTraits kCpu = {"CPU", 32, UINT64_MAX, INT64_MAX, false, cpuSupportsOp, plainAllocBytes};

// CUDA is the reference. The others are read as CUDA until their own lines are checked against their sources.
constexpr ComputeTraits kDevices[] = {
    {"CUDA", 128, UINT64_MAX, 32, true, cudaSupportsOp, cudaAllocBytes},  // ggml-cuda.cu
    {"ROCm", 128, UINT64_MAX, 32, true, cudaSupportsOp, cudaAllocBytes},  // the same source, compiled for HIP
    {"Vulkan", 128, UINT64_MAX, 32, true, cudaSupportsOp, plainAllocBytes},
    {"Metal", 32, UINT64_MAX, 32, true, cudaSupportsOp, plainAllocBytes},
    {"SYCL", 128, UINT64_MAX, 32, false, cudaSupportsOp, plainAllocBytes},
};

uint32_t parseComputeCapability(std::string_view text) {  // "8.9" → 890
    uint32_t major = 0;
    size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && major < 100; ++i) {
        major = major * 10 + static_cast<uint32_t>(text[i] - '0');
    }
    const bool minor = i + 1 < text.size() && text[i] == '.' && text[i + 1] >= '0' && text[i + 1] <= '9';
    return major * 100 + (minor ? static_cast<uint32_t>(text[i + 1] - '0') * 10 : 0);
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

uint64_t plainAllocBytes(const Graph & /*graph*/, const Node & node, const Backend & /*backend*/) {
    return bytesOf(node);
}

const ComputeTraits & cpuTraits() { return kCpu; }

const ComputeTraits & computeTraits(std::string_view name) {
    const auto * found = std::find_if(std::begin(kDevices), std::end(kDevices),
                                      [&](const ComputeTraits & traits) { return name == traits.name; });
    return found == std::end(kDevices) ? kDevices[0] : *found;
}

std::vector<Backend> makeBackends(const Machine & machine, const std::vector<uint32_t> & used_devices) {
    std::vector<Backend> backends;
    for (const uint32_t i : used_devices) {
        const Device & device = machine.devices[i];
        backends.push_back({device.name, static_cast<int32_t>(i), &computeTraits(device.backend),
                            parseComputeCapability(device.compute_capability), device.unified_memory});
    }
    backends.push_back({"CPU", kHost, &kCpu, 0, false});
    return backends;
}

bool readsBuffer(const Backend & backend, int32_t device, HostBuffer host_buffer) {
    if (backend.device == kHost) return device == kHost;  // plain, pinned and repacked memory alike
    return device == backend.device || (device == kHost && backend.integrated && host_buffer == HostBuffer::pinned);
}

int64_t batchSizeOf(const Node & node) {
    switch (node.op) {
        case Op::get_rows: return 0;
        case Op::mul_mat: return node.ne[1];
        case Op::mul_mat_id:
        case Op::rope: return node.ne[2];
        default: return node.ne[1] * node.ne[2] * node.ne[3];
    }
}

}  // namespace ggufit
