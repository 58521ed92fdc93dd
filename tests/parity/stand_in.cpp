// The backend interface of ggml for devices without memory; what they support is ggml-cuda's own code, cut out of the
// checkout by cuda_rules.sh.
#include "stand_in.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>

#include "ggml-backend-impl.h"
#include "ggml-cpu.h"
#include "ggml-impl.h"

// --- what the rules of ggml-cuda refer to
// ------------------------------------------------------------------------------

#define FLASH_ATTN_AVAILABLE
#define GGML_CUDA_USE_CUB
#define QK_K 256
#define FATTN_KQ_STRIDE 256
#define MATRIX_ROW_PADDING 512
#define GGML_CUDA_CC_ADA_LOVELACE 890

namespace {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

struct CudaInfo {
    struct Device {
        int cc = 0;
    };
    Device devices[16];
};

CudaInfo & ggml_cuda_info() {
    static CudaInfo info;
    return info;
}

// As in a build for the card's own architecture.
bool turing_mma_available(int cc) { return cc >= 750; }
bool volta_mma_available(int cc) { return cc == 700 || cc == 720; }
bool amd_mfma_available(int) { return false; }
bool amd_wmma_available(int) { return false; }

// What older rules ask besides. No weight is split by rows here, and no card is AMD's.
#define WARP_SIZE 32
#define GGML_CUDA_CC_IS_RDNA4(cc) false
#define GGML_CUDA_CC_IS_CDNA1(cc) false
bool ggml_cuda_should_use_wmma_fattn(int cc) { return cc == 700; }
bool ggml_backend_buft_is_cuda_split(ggml_backend_buffer_type_t) { return false; }
struct ggml_backend_cuda_split_buffer_type_context {
    std::array<float, 16> tensor_split;
};
void get_row_split(int64_t *, int64_t *, const ggml_tensor *, const std::array<float, 16> &, int) {}

struct ggml_backend_cuda_device_context {
    int device = 0;
    std::string name;
    ggufit::parity::StandIn card;
    int op_offload_min_batch_size = 32;
};

struct ggml_backend_cuda_buffer_type_context {
    int device = 0;
    std::string name;
};

const char * bufferTypeName(ggml_backend_buffer_type_t type) {
    return static_cast<ggml_backend_cuda_buffer_type_context *>(type->context)->name.c_str();
}

bool ggml_backend_buft_is_cuda(ggml_backend_buffer_type_t type) { return type->iface.get_name == bufferTypeName; }

#include "cuda_rules.inc"
#pragma GCC diagnostic pop

// --- buffers
// -----------------------------------------------------------------------------------------------------------

/// A buffer of any size at an address that nobody reads.
ggml_backend_buffer_t makeBuffer(ggml_backend_buffer_type_t type, size_t size) {
    ggml_backend_buffer_i i = {};
    i.free_buffer = [](ggml_backend_buffer_t) {};
    i.get_base = [](ggml_backend_buffer_t) { return reinterpret_cast<void *>(uintptr_t{1} << 20); };
    i.init_tensor = [](ggml_backend_buffer_t, ggml_tensor *) { return GGML_STATUS_SUCCESS; };
    i.memset_tensor = [](ggml_backend_buffer_t, ggml_tensor *, uint8_t, size_t, size_t) {};
    i.set_tensor = [](ggml_backend_buffer_t, ggml_tensor *, const void *, size_t, size_t) {};
    i.get_tensor = [](ggml_backend_buffer_t, const ggml_tensor *, void *, size_t, size_t) {};
    i.clear = [](ggml_backend_buffer_t, uint8_t) {};
    return ggml_backend_buffer_init(type, i, nullptr, size);
}

/// Pinned memory is ordinary memory here, which takes none until it is written: a case may want more than there is.
ggml_backend_buffer_t makeHostBuffer(ggml_backend_buffer_type_t type, size_t size) {
    void * at = mmap(nullptr, std::max<size_t>(size, 1), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return nullptr;
    ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(at, size);
    buffer->buft = type;
    return buffer;
}

// --- devices
// -----------------------------------------------------------------------------------------------------------

struct Device {
    ggml_backend_cuda_device_context context;
    ggml_backend_cuda_buffer_type_context buffer_context;
    ggml_backend_buffer_type buffer_type = {};
    ggml_backend_device device = {};
};

std::deque<Device> g_devices;  // ggml keeps pointers to what is in it
ggml_backend_reg g_registry;
ggml_backend_buffer_type g_host_type;

ggml_backend_cuda_device_context & contextOf(ggml_backend_dev_t device) {
    return *static_cast<ggml_backend_cuda_device_context *>(device->context);
}

const char * deviceName(ggml_backend_dev_t device) { return contextOf(device).name.c_str(); }

const char * deviceDescription(ggml_backend_dev_t device) { return contextOf(device).card.description.c_str(); }

void deviceMemory(ggml_backend_dev_t device, size_t * free, size_t * total) {
    *free = contextOf(device).card.free_bytes;
    *total = contextOf(device).card.total_bytes;
}

void deviceProperties(ggml_backend_dev_t device, ggml_backend_dev_props * properties) {
    *properties = {};
    properties->name = deviceName(device);
    properties->description = deviceDescription(device);
    properties->type = GGML_BACKEND_DEVICE_TYPE_GPU;
    deviceMemory(device, &properties->memory_free, &properties->memory_total);
    properties->caps = {true, true, false, true};  // async, host_buffer, buffer_from_host_ptr, events
}

ggml_backend_t makeBackend(ggml_backend_dev_t device, const char *) {
    static uint8_t guid[16] = {'p', 'a', 'r', 'i', 't', 'y'};
    ggml_backend_i i = {};
    i.get_name = [](ggml_backend_t backend) { return deviceName(backend->device); };
    i.free = [](ggml_backend_t backend) { delete backend; };
    i.synchronize = [](ggml_backend_t) {};
    i.graph_compute = [](ggml_backend_t, ggml_cgraph *) { return GGML_STATUS_SUCCESS; };
    i.event_record = [](ggml_backend_t, ggml_backend_event_t) {};
    i.event_wait = [](ggml_backend_t, ggml_backend_event_t) {};
    return new ggml_backend{&guid, i, device, nullptr};
}

ggml_backend_device_i deviceInterface() {
    ggml_backend_device_i i = {};
    i.get_name = deviceName;
    i.get_description = deviceDescription;
    i.get_memory = deviceMemory;
    i.get_type = [](ggml_backend_dev_t) { return GGML_BACKEND_DEVICE_TYPE_GPU; };
    i.get_props = deviceProperties;
    i.init_backend = makeBackend;
    i.get_buffer_type = [](ggml_backend_dev_t device) {
        return &g_devices[static_cast<size_t>(contextOf(device).device)].buffer_type;
    };
    i.get_host_buffer_type = [](ggml_backend_dev_t) { return &g_host_type; };
    i.supports_op = ggml_backend_cuda_device_supports_op;
    i.supports_buft = [](ggml_backend_dev_t device, ggml_backend_buffer_type_t type) {
        return ggml_backend_buft_is_cuda(type) && type->device == device;
    };
    i.offload_op = ggml_backend_cuda_device_offload_op;
    i.event_new = [](ggml_backend_dev_t device) { return new ggml_backend_event{device, nullptr}; };
    i.event_free = [](ggml_backend_dev_t, ggml_backend_event_t event) { delete event; };
    i.event_synchronize = [](ggml_backend_dev_t, ggml_backend_event_t) {};
    return i;
}

void prepareRegistry() {
    g_registry.api_version = GGML_BACKEND_API_VERSION;
    g_registry.iface.get_name = [](ggml_backend_reg_t) { return "CUDA"; };
    g_registry.iface.get_device_count = [](ggml_backend_reg_t) { return g_devices.size(); };
    g_registry.iface.get_device = [](ggml_backend_reg_t, size_t i) { return &g_devices[i].device; };
    g_registry.iface.get_proc_address = [](ggml_backend_reg_t, const char *) -> void * { return nullptr; };
    g_host_type.iface = ggml_backend_cpu_buffer_type()->iface;
    g_host_type.iface.get_name = [](ggml_backend_buffer_type_t) { return "CUDA_Host"; };
    g_host_type.iface.alloc_buffer = makeHostBuffer;
    g_host_type.device = &g_devices.front().device;
}

}  // namespace

namespace ggufit::parity {

void registerStandIns(const std::vector<StandIn> & devices) {
    for (size_t i = 0; i < devices.size(); ++i) {
        ggml_cuda_info().devices[i].cc = devices[i].compute_capability;
        Device & added = g_devices.emplace_back();
        added.context.device = added.buffer_context.device = static_cast<int>(i);
        added.context.name = added.buffer_context.name = "CUDA" + std::to_string(i);
        added.context.card = devices[i];
        added.buffer_type.iface = {bufferTypeName,
                                   makeBuffer,
                                   ggml_backend_cuda_buffer_type_get_alignment,
                                   nullptr,
                                   ggml_backend_cuda_buffer_type_get_alloc_size,
                                   nullptr};
        added.buffer_type.device = &added.device;
        added.buffer_type.context = &added.buffer_context;
        added.device = {deviceInterface(), &g_registry, &added.context};
    }
    if (devices.empty()) return;
    prepareRegistry();
    ggml_backend_register(&g_registry);
}

}  // namespace ggufit::parity
