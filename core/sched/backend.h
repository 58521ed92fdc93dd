// What differs between ggml's backends: which operations they run, how they lay out buffers, what they take over from
// the CPU.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "machine/machine.h"

namespace ggufit {

struct Backend;

/// One row a kind of backend.
struct ComputeTraits {
    const char * name;          // "CUDA"; the start of Device::backend and of buffer names
    uint64_t alignment;         // of tensors in its buffers
    uint64_t max_buffer_bytes;  // a larger request is split into chunks; UINT64_MAX: no limit
    int64_t offload_min_batch;  // rows from which on it takes operations with host-resident weights; INT64_MAX: never
    bool pipeline;              // asynchronous compute and events, which pipeline parallelism needs
    bool (*supports_op)(const Graph & graph, const Node & node, const Backend & backend);
    uint64_t (*alloc_bytes)(const Graph & graph, const Node & node, const Backend & backend);
};

/// A backend of a scheduler: a device, or the CPU as the last one.
struct Backend {
    std::string name;        // "CUDA0", "CPU"
    int32_t device = kHost;  // position in Machine::devices
    const ComputeTraits * traits = nullptr;
    uint32_t compute_capability = 0;  // 890 for 8.9, 0 where not known
    bool integrated = false;          // reads pinned host memory in place
};

/// Traits of a device's backend by its name ("CUDA", "ROCm", "Vulkan", "Metal", "SYCL"); an unknown name is read as
/// CUDA.
[[nodiscard]] const ComputeTraits & computeTraits(std::string_view name);
[[nodiscard]] const ComputeTraits & cpuTraits();

/// The backends of a context: the devices used, in order, then the CPU (llama-context.cpp).
[[nodiscard]] std::vector<Backend> makeBackends(const Machine & machine, const std::vector<uint32_t> & used_devices);

/// Whether a backend can read tensors in place that lie in this buffer (supports_buft).
[[nodiscard]] bool readsBuffer(const Backend & backend, int32_t device, HostBuffer host_buffer);

/// Rows by which offload_min_batch is judged (ggml-cuda.cu, get_op_batch_size).
[[nodiscard]] int64_t batchSizeOf(const Node & node);

/// Kernels of CUDA's flash attention (fattn.cu, ggml_cuda_get_best_fattn_kernel).
enum class FlashKernel : uint8_t { none, tile, vec, mma };
[[nodiscard]] FlashKernel flashKernel(const Graph & graph, const Node & node, uint32_t compute_capability);

}  // namespace ggufit
