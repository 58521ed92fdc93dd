// What differs between ggml's backends: which operations they run, how they lay out buffers, what they take over from
// the CPU, in which order they run a split.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "machine/machine.h"
#include "placement/backend_support.h"
#include "settings/llama_cpp.h"

namespace ggufit {

struct Backend;

/// The nodes of a split, and how often each tensor is read before copies are put in.
struct ReorderedRange {
    uint32_t begin = 0, end = 0;  // of Graph::nodes
    const std::vector<uint32_t> & n_uses;
};

/// One row a kind of backend.
struct ComputeTraits {
    const char * name;  // "CUDA"; the start of Device::backend and of buffer names
    bool pipeline;      // asynchronous compute and events, which pipeline parallelism needs
    // rows by which it judges whether to take over an operation with host-resident weights; null: it never does
    int64_t (*offload_rows)(const Node & node);
    bool (*supports_op)(const Graph & graph, const Node & node, const Backend & backend);
    uint64_t (*alloc_bytes)(const Graph & graph, const Node & node, const Backend & backend);
    // a split's nodes in the order in which the backend runs them (graph_optimize); null: as they are
    void (*reorder)(Graph & graph, const ReorderedRange & range);
};

/// Matrix cores of AMD's architectures, by which kernels are chosen (ggml-cuda/common.cuh, amd_mfma_available and
/// amd_wmma_available).
enum class AmdMatrix : uint8_t { none, mfma, wmma };

/// A backend of a scheduler: a device, or the CPU as the last one.
struct Backend {
    std::string name;        // "CUDA0", "CPU"
    int32_t device = kHost;  // position in Machine::devices
    const ComputeTraits * traits = nullptr;
    BackendTraits buffers;            // of its compute buffer, which for the CPU may be pinned by the first device
    uint32_t compute_capability = 0;  // 890 for 8.9, 0 where not known
    AmdMatrix amd_matrix = AmdMatrix::none;
    LlamaVersion llama_cpp;       // whose rules it follows
    bool reads_pinned = false;    // reads pinned host memory in place
    bool reads_repacked = false;  // reads weights in the CPU's own layout
};

/// Traits of a device's backend.
[[nodiscard]] const ComputeTraits & computeTraits(BackendKind kind);

/// The backends of a context: the devices used, in order, on a Mac the BLAS of its Accelerate framework, which ggml is
/// built with there (ggml/CMakeLists.txt, GGML_BLAS_DEFAULT), then the CPU (llama-context.cpp).
[[nodiscard]] std::vector<Backend> makeBackends(const Machine & machine, const std::vector<uint32_t> & used_devices,
                                                const LlamaVersion & version = {});

/// The memory of the CPU's compute buffer: pinned by the first device where that has such a buffer type
/// (llama-context.cpp, sched_reserve).
[[nodiscard]] HostBuffer hostComputeBuffer(const Machine & machine, const std::vector<uint32_t> & used_devices);

/// Whether a backend can read tensors in place that lie in this buffer (supports_buft).
[[nodiscard]] bool readsBuffer(const Backend & backend, int32_t device, HostBuffer host_buffer);

/// Whether two backends have one buffer type, and so one compute buffer: BLAS and the CPU.
[[nodiscard]] bool shareBuffers(const Backend & a, const Backend & b);

/// Kernels of CUDA's flash attention (fattn.cu, ggml_cuda_get_best_fattn_kernel).
enum class FlashKernel : uint8_t { none, tile, vec, mma };
[[nodiscard]] FlashKernel flashKernel(const Graph & graph, const Node & node, const Backend & backend);

}  // namespace ggufit
