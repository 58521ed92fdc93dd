// The table of backends: how each lays out its buffers, line by line with its source.
#include "placement/backend_support.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

namespace {

constexpr uint64_t kGib = 1024ULL * 1024 * 1024;

// ggml-cuda.cu: buffer_type_get_alignment, buffer_type_get_alloc_size (MATRIX_ROW_PADDING), host_buffer_type. The flag
// `integrated` is switched off for CUDA, so that also there host memory is copied (ggml_cuda_init).
constexpr BackendTraits kCuda = {"CUDA", BackendKind::cuda};

// Built from the same source. An integrated GPU reads its pinned host memory in place (ggml_cuda_init,
// ggml_backend_cuda_device_supports_buft). Its pools, with virtual memory or not, are apart from what is counted here.
constexpr BackendTraits kRocm = {"ROCm", BackendKind::rocm, 128, 512, true, true};

// ggml-sycl.cpp: SYCL_BUFFER_ALIGNMENT; buffer_type_get_alloc_size (MATRIX_ROW_PADDING of presets.hpp); the host buffer
// type has the CPU's alignment; supports_buft takes the device's own memory alone. buffer_type_get_max_size is the
// device's max_mem_alloc_size, close to 4 GiB on the smaller Arc cards: a larger compute buffer is made of several.
constexpr BackendTraits kSycl = {
    "SYCL",
    BackendKind::sycl,
    128,
    512,
    true,
    false,
    kHostAlignment,
    UINT64_MAX,
    UINT64_MAX,
    "its compute buffer is taken to fit into one allocation, which not every driver gives beyond 4 GiB",
    4 * kGib - kGib / 64};

// ggml-metal.cpp: buffer_type_shared_get_alignment and its private twin; buffer_type_get_alloc_size pads no rows;
// get_host_buffer_type is null, and supports_buft takes the device's own memory alone. buffer_type_get_max_size is
// maxBufferLength, above what a compute buffer takes.
constexpr BackendTraits kMetal = {"Metal", BackendKind::metal, 32, 0, false};

// ggml-vulkan.cpp: buffer_type_get_alignment is minStorageBufferOffsetAlignment, host_buffer_type_get_alignment is
// minMemoryMapAlignment, both of the driver; buffer_type_get_alloc_size pads nothing; supports_buft takes the device's
// own memory alone, also where it is the host's. buffer_type_get_max_size is suballocation_block_size, 1 GiB;
// device_supports_op refuses tensors above maxStorageBufferRange, one byte less than 4 GiB with the usual drivers
// (unless they index shaders with 64 bits).
constexpr BackendTraits vulkan(uint64_t alignment, uint64_t host_alignment, std::string_view assumption) {
    return {"Vulkan", BackendKind::vulkan, alignment, 0, true, false, host_alignment, kGib, 4 * kGib - 1, assumption};
}
// What the drivers report: NVIDIA's; Mesa's RADV for AMD and ANV for Intel; MoltenVK for Apple.
constexpr BackendTraits kVulkanNvidia =
    vulkan(16, 64, "its driver is taken to align buffers to 16 bytes and host memory to 64, as NVIDIA's does");
constexpr BackendTraits kVulkanMesa =
    vulkan(4, 4096, "its driver is taken to align buffers to 4 bytes and host memory to 4096, as Mesa's does");
constexpr BackendTraits kVulkanOther =
    vulkan(16, 64, "its driver is taken to align buffers to 16 bytes and host memory to 64; others differ a little");

bool names(const Device & device, std::string_view word) {
    const auto has = [&](std::string_view text) { return text.find(word) != std::string_view::npos; };
    return has(device.description) || has(device.architecture);
}

BackendTraits vulkanTraits(const Device & device) {
    const auto any = [&](std::initializer_list<std::string_view> words) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return names(device, word); });
    };
    const std::string_view capability = device.compute_capability;
    if (any({"NVIDIA", "GeForce", "Quadro", "Tesla"}) || capability.find('.') != std::string_view::npos) {
        return kVulkanNvidia;
    }
    if (any({"AMD", "Radeon", "RDNA", "GCN", "CDNA", "Instinct", "Intel", "Arc"}) || capability.substr(0, 3) == "gfx") {
        return kVulkanMesa;
    }
    return kVulkanOther;
}

}  // namespace

BackendTraits backendTraits(const Device & device) {
    if (device.backend == "Vulkan") return vulkanTraits(device);
    for (const BackendTraits & traits : {kCuda, kRocm, kMetal, kSycl}) {
        if (traits.name == device.backend) return traits;
    }
    BackendTraits other = kCuda;
    other.name = {};
    other.assumption = "its backend is not known and read as CUDA";
    return other;
}

std::vector<BackendTraits> backendTraits(const Machine & machine) {
    std::vector<BackendTraits> traits;
    traits.reserve(machine.devices.size());
    for (const Device & device : machine.devices) traits.push_back(backendTraits(device));
    return traits;
}

bool isMac(const Machine & machine) {
    return std::any_of(machine.devices.begin(), machine.devices.end(),
                       [](const Device & device) { return device.backend == "Metal"; });
}

bool cpuRepacks(CpuKind cpu, WeightOp op, GgmlType type, const std::array<uint64_t, 4> & ne) {
    const bool matrix = ne[3] == 1 && ne[2] == 1 && ne[1] > 1;
    const bool experts = ne[3] == 1 && ne[2] > 1;
    if (!(op == WeightOp::mul_mat && matrix) && !(op == WeightOp::mul_mat_id && experts)) return false;
    const bool apple = cpu == CpuKind::apple;  // with NEON's dot products, from M1 on
    switch (type) {
        case GgmlType::q4_0:
        case GgmlType::iq4_nl:
        case GgmlType::mxfp4: return ne[1] % (apple ? 4 : 8) == 0;
        case GgmlType::q4_K: return ne[1] % 8 == 0;
        case GgmlType::q5_K:
        case GgmlType::q6_K: return apple && ne[1] % 8 == 0;
        case GgmlType::q8_0: return apple && ne[1] % 4 == 0;
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

uint64_t hostAllocBytes(uint64_t n_bytes, uint64_t alignment) { return padTo(n_bytes, alignment); }

}  // namespace ggufit
