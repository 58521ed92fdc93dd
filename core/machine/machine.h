// The machine that is planned for: devices, in llama.cpp's order, and the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// A GPU. total = driver + reserved + free; llama.cpp sees `free` before it loads anything.
struct Device {
    std::string name;              // "CUDA0", as llama.cpp numbers it
    std::string description;       // "NVIDIA GeForce RTX 4090"
    std::string backend = "CUDA";  // CUDA, ROCm, Vulkan, Metal, SYCL
    uint64_t total_mib = 0;
    uint64_t free_mib = 0;
    uint64_t reserved_mib = 0;       // held by display and other programs, as the user says
    uint64_t driver_mib = 0;         // what the driver's context of llama-server itself takes
    std::string compute_capability;  // "8.9"; empty where not known or not CUDA
    double bandwidth_gb_s = 0;       // memory bandwidth; 0 where not known
    bool unified_memory = false;     // shares the host's memory
};

struct Host {
    uint64_t total_mib = 0;  // 0: not given
    std::string memory;      // "DDR5-6000 2ch"; empty where not given
};

struct Machine {
    std::string name;  // may be empty
    std::vector<Device> devices;
    Host host;
};

/// A GPU of the preset table (data/gpus.csv at build time).
struct GpuPreset {
    std::string_view vendor;              // "NVIDIA"
    std::string_view name;                // "GeForce RTX 4090"
    std::string_view description;         // as the driver reports it, "NVIDIA GeForce RTX 4090"
    uint32_t vram_mib;                    // as llama.cpp prints it, else as nvidia-smi, else nominal × 1024
    double bandwidth_gb_s;                // 0 where not known
    std::string_view compute_capability;  // "8.9" for NVIDIA, "gfx1100" for AMD, empty where not known
    bool unified_memory;
};

/// MiB that a CUDA context of llama-server takes on each device used: 500 by the seeds' measurements, 474 on a 4090.
inline constexpr uint64_t kCudaContextMib = 500;

/// All presets, ordered by vendor and name.
[[nodiscard]] const std::vector<GpuPreset> & gpuPresets();

/// Presets that a text means ("4090", "rtx4090", "NVIDIA GeForce RTX 4090"): one where it is clear, several where it
/// is not (best first), none where nothing is like it.
[[nodiscard]] std::vector<GpuPreset> matchGpu(std::string_view text);

/// Presets that share a number with a text that matches none, for a message; at most 8.
[[nodiscard]] std::vector<GpuPreset> similarGpus(std::string_view text);

/// A device from the text of --gpu: "RTX 4090", "RTX 5070 Ti,reserved=3500MiB", "My card,vram=24GB,free=20GB,cc=8.9,
/// bandwidth=900,backend=Vulkan,name=CUDA1", "2x RTX 3090" (which gives two). Names are left empty unless name= is
/// there: nameDevices gives them over all devices. An unknown or unclear name gives a usage error with candidates; an
/// unknown one is taken where vram= is there. driver= and unified=on may be said as well.
[[nodiscard]] Result<std::vector<Device>> parseGpu(std::string_view text);

/// "64GB" or "64GB DDR5-6000 2ch".
[[nodiscard]] Result<Host> parseRam(std::string_view text);

/// Numbers unnamed devices by backend in their order: CUDA0, CUDA1, Vulkan0.
void nameDevices(std::vector<Device> & devices);

/// Reads the machine format: {"name"?, "devices": [{"name"?, "description"?, "backend"?, "free_mib"?, "total_mib"?,
/// "reserved_mib"?, "driver_mib"?, "compute_capability"?, "bandwidth_gb_s"?, "gpu"?: preset}], "ram"?: {"total_mib",
/// "memory"?}}. Unknown keys are ignored. Errors name the path ("devices[1].free_mib").
[[nodiscard]] Result<Machine> parseMachine(std::string_view json);

/// The same format, two spaces of indentation, ends with a newline.
[[nodiscard]] std::string writeMachine(const Machine & machine);

}  // namespace ggufit
