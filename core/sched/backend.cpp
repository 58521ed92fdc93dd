// The table of backends, and the backends of a machine.
#include "sched/backend.h"

#include <algorithm>

#include "sched/support.h"

namespace ggufit {

namespace {

/// Rows of an operation (get_op_batch_size of ggml-cuda.cu, ggml-sycl.cpp; ggml_vk_get_op_batch_size).
int64_t rowsOf(const Node & node) {
    switch (node.op) {
        case Op::get_rows: return 0;
        case Op::mul_mat: return node.ne[1];
        case Op::mul_mat_id:
        case Op::rope: return node.ne[2];
        default: return node.ne[1] * node.ne[2] * node.ne[3];
    }
}

/// Metal takes over matrix multiplications alone (ggml-metal.cpp, ggml_backend_metal_device_offload_op).
int64_t multipliedRowsOf(const Node & node) {
    return node.op == Op::mul_mat || node.op == Op::mul_mat_id ? rowsOf(node) : 0;
}

constexpr ComputeTraits kCpu = {"CPU", false, nullptr, cpuSupportsOp, plainAllocBytes, nullptr};
// ggml-blas.cpp: device_supports_op, supports_buft (plain host memory), no offload_op, the CPU's buffer type.
constexpr ComputeTraits kBlas = {"BLAS", false, nullptr, blasSupportsOp, plainAllocBytes, nullptr};

// Asynchronous compute and events: *_device_get_props (caps). Order: graph_optimize of each backend's interface;
// CUDA's reorders only with GGML_CUDA_GRAPH_OPT=1 (ggml-cuda.cu, ggml_backend_cuda_graph_optimize), SYCL has none.
constexpr ComputeTraits kCuda = {"CUDA", true, rowsOf, cudaSupportsOp, cudaAllocBytes, nullptr};
// The same source, compiled for HIP: only the choice of flash-attention kernels differs.
constexpr ComputeTraits kRocm = {"ROCm", true, rowsOf, cudaSupportsOp, cudaAllocBytes, nullptr};
constexpr ComputeTraits kVulkan = {"Vulkan", true, rowsOf, vulkanSupportsOp, plainAllocBytes, vulkanReorder};
constexpr ComputeTraits kMetal = {"Metal", true, multipliedRowsOf, metalSupportsOp, metalAllocBytes, metalReorder};
constexpr ComputeTraits kSycl = {"SYCL", true, rowsOf, syclSupportsOp, paddedAllocBytes, nullptr};

uint32_t parseComputeCapability(std::string_view text) {  // "8.9" → 890
    uint32_t major = 0;
    size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && major < 100; ++i) {
        major = major * 10 + static_cast<uint32_t>(text[i] - '0');
    }
    const bool minor = i + 1 < text.size() && text[i] == '.' && text[i + 1] >= '0' && text[i + 1] <= '9';
    return major * 100 + (minor ? static_cast<uint32_t>(text[i + 1] - '0') * 10 : 0);
}

/// "gfx942" has MFMA as CDNA, "gfx1100" and "gfx1201" have WMMA as RDNA3 and RDNA4.
AmdMatrix amdMatrix(std::string_view architecture) {
    const auto is = [&](std::string_view start) { return architecture.substr(0, start.size()) == start; };
    if (is("gfx908") || is("gfx90a") || is("gfx94") || is("gfx95")) return AmdMatrix::mfma;
    if (is("gfx11") || is("gfx12")) return AmdMatrix::wmma;
    return AmdMatrix::none;
}

BackendTraits hostBuffers(const Machine & machine, const std::vector<uint32_t> & used_devices) {
    BackendTraits host;
    host.alignment = kHostAlignment;
    host.row_padding = 0;
    if (hostComputeBuffer(machine, used_devices) != HostBuffer::pinned) return host;
    const BackendTraits first = backendTraits(machine.devices[used_devices.front()]);
    host.alignment = first.host_alignment;
    if (first.kind == BackendKind::vulkan) host.max_buffer_bytes = first.max_buffer_bytes;  // host_buffer_type_*
    return host;
}

}  // namespace

const ComputeTraits & computeTraits(BackendKind kind) {
    switch (kind) {
        case BackendKind::cuda: return kCuda;
        case BackendKind::rocm: return kRocm;
        case BackendKind::vulkan: return kVulkan;
        case BackendKind::metal: return kMetal;
        case BackendKind::sycl: return kSycl;
    }
    return kCuda;
}

HostBuffer hostComputeBuffer(const Machine & machine, const std::vector<uint32_t> & used_devices) {
    const bool pinned = !used_devices.empty() && backendTraits(machine.devices[used_devices.front()]).host_buffer;
    return pinned ? HostBuffer::pinned : HostBuffer::cpu;
}

std::vector<Backend> makeBackends(const Machine & machine, const std::vector<uint32_t> & used_devices,
                                  const LlamaVersion & version) {
    std::vector<Backend> backends;
    for (const uint32_t i : used_devices) {
        const Device & device = machine.devices[i];
        Backend backend;
        backend.name = device.name;
        backend.device = static_cast<int32_t>(i);
        backend.buffers = backendTraits(device);
        backend.traits = &computeTraits(backend.buffers.kind);
        if (backend.buffers.kind == BackendKind::cuda) {
            backend.compute_capability = parseComputeCapability(device.compute_capability);
        }
        if (backend.buffers.kind == BackendKind::rocm) backend.amd_matrix = amdMatrix(device.compute_capability);
        backend.reads_pinned = device.unified_memory && backend.buffers.reads_host_buffer;
        backends.push_back(std::move(backend));
    }
    Backend host;
    host.buffers = hostBuffers(machine, used_devices);
    if (isMac(machine)) {
        host.name = "BLAS";
        host.traits = &kBlas;
        backends.push_back(host);
    }
    host.name = "CPU";
    host.traits = &kCpu;
    host.reads_repacked = true;
    backends.push_back(std::move(host));
    for (Backend & backend : backends) backend.llama_cpp = version;
    return backends;
}

bool readsBuffer(const Backend & backend, int32_t device, HostBuffer host_buffer) {
    if (backend.device == kHost) {  // plain and pinned memory alike
        return device == kHost && (backend.reads_repacked || host_buffer != HostBuffer::repack);
    }
    return device == backend.device || (device == kHost && backend.reads_pinned && host_buffer == HostBuffer::pinned);
}

bool shareBuffers(const Backend & a, const Backend & b) { return a.device == kHost && b.device == kHost; }

FlashShape flashShapeOf(const Graph & graph, const Node & node) {
    const Node & q = graph[node.src[0]];
    const Node & k = graph[node.src[1]];
    const Node & v = graph[node.src[2]];
    FlashShape shape;
    shape.head_k = k.ne[0];
    shape.head_v = v.ne[0];
    shape.gqa_ratio = k.ne[2] == 0 ? 1 : q.ne[2] / k.ne[2];
    shape.type_k = k.type;
    shape.type_v = v.type;
    // K padded to FATTN_KQ_STRIDE cells, strides of whole 16 bytes, a mask, no ALiBi (fattn.cu, fattn.cpp).
    shape.grouped = shape.gqa_ratio >= 2 && node.src[3] != NodeId::none && node.params[1] == 0 && k.ne[1] % 256 == 0;
    for (size_t s = 0; s < 4; ++s) {
        const Node * t = sourceOf(graph, node, s);
        if (t == nullptr || traitsOf(t->type).quantized) continue;
        for (size_t i = 1; i < 4; ++i) shape.grouped = shape.grouped && t->nb[i] % 16 == 0;
    }
    return shape;
}

uint64_t plainAllocBytes(const Graph & /*graph*/, const Node & node, const Backend & /*backend*/) {
    return bytesOf(node);
}

uint64_t paddedAllocBytes(const Graph & /*graph*/, const Node & node, const Backend & backend) {
    const auto padding = static_cast<int64_t>(backend.buffers.row_padding);
    const int64_t rest = node.ne[0] % padding;
    const bool padded = traitsOf(node.type).quantized && rest != 0;
    return bytesOf(node) + (padded ? rowBytes(node.type, static_cast<uint64_t>(padding - rest)) : 0);
}

}  // namespace ggufit
