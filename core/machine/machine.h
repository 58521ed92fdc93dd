// The machine that is planned for: devices, in llama.cpp's order, and the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ggufit {

/// A GPU. total = driver + reserved + free; llama.cpp sees `free` before it loads anything.
struct Device {
    std::string name;              // "CUDA0", as llama.cpp numbers it
    std::string description;       // "NVIDIA GeForce RTX 4090"
    std::string backend = "CUDA";  // CUDA, ROCm, Vulkan, Metal, SYCL, RPC (a device of another machine)
    uint64_t total_mib = 0;
    uint64_t free_mib = 0;
    uint64_t reserved_mib = 0;       // held by display and other programs, as the user says
    uint64_t driver_mib = 0;         // what the driver's context of llama-server itself takes
    std::string compute_capability;  // "8.9"; empty where not known or not CUDA
    double bandwidth_gb_s = 0;       // memory bandwidth; 0 where not known
    double fp16_tflops = 0;          // of the shaders, without tensor cores; 0 where not known
    std::string architecture;        // "Ada Lovelace", "RDNA3", "M2 (76 GPU cores)"; empty where not known
    uint32_t pcie_gen = 0;           // of the link to the host; 0 where not known or there is none
    uint32_t pcie_lanes = 0;         // likewise
    bool unified_memory = false;     // shares the host's memory
    double link_gb_s = 0;            // of the network to an RPC server; 0 where not known or not remote
};

struct Host {
    uint64_t total_mib = 0;  // 0: not given
    std::string memory;      // "DDR5-6000 2ch"; empty where not given
};

/// What was measured on this machine over what was predicted for the same run; 1 where nothing was measured.
struct Calibration {
    double decode = 1;  // of tokens generated a second
    double prompt = 1;  // of tokens read a second
};

struct Machine {
    std::string name;  // may be empty
    std::vector<Device> devices;
    Host host;
    Calibration calibration;
};

/// A GPU of the preset table (data/gpus.csv at build time).
struct GpuPreset {
    std::string_view vendor;       // "NVIDIA"
    std::string_view name;         // "GeForce RTX 4090"
    std::string_view description;  // as the driver reports it, "NVIDIA GeForce RTX 4090"
    // as llama.cpp prints it, else as nvidia-smi, else nominal × 1024; 0 where it is a part of the system's memory
    uint32_t vram_mib;
    double bandwidth_gb_s;                // 0 where not known
    double fp16_tflops;                   // of the shaders, without tensor cores; 0 where not known
    std::string_view compute_capability;  // "8.9" for NVIDIA, "gfx1100" for AMD, empty where not known
    std::string_view architecture;        // "Ada Lovelace", "RDNA3", "M2 (76 GPU cores)"
    uint32_t pcie_gen;                    // 0 where not known or there is no link
    uint32_t pcie_lanes;
    bool unified_memory;
};

/// MiB that a CUDA context of llama-server takes on each device used: 500 by the seeds' measurements, 474 on a 4090.
inline constexpr uint64_t kCudaContextMib = 500;

/// Whether a measured speed over a predicted one is believed: from 0.1 to 10. Beyond that something else was measured.
[[nodiscard]] constexpr bool isCalibration(double factor) { return factor >= 0.1 && factor <= 10; }

/// All presets, ordered by vendor and name.
[[nodiscard]] const std::vector<GpuPreset> & gpuPresets();

/// Presets that a text means ("4090", "rtx4090", "NVIDIA GeForce RTX 4090"): one where it is clear, several where it
/// is not (best first), none where nothing is like it.
[[nodiscard]] std::vector<GpuPreset> matchGpu(std::string_view text);

/// Takes over what speeds depend on: bandwidth, arithmetic, architecture and link of the card.
void takeSpeeds(const GpuPreset & preset, Device & device);

/// Whether a card of the table has this memory: a driver, or error correction, keeps up to a sixteenth for itself.
[[nodiscard]] bool isSizeOf(const GpuPreset & preset, uint64_t total_mib);

/// Presets that share a number with a text that matches none, for a message; at most 8.
[[nodiscard]] std::vector<GpuPreset> similarGpus(std::string_view text);

/// How the text of --gpu is read.
struct GpuReading {
    std::string backend = {};  // of cards that do not say backend= themselves; empty: the usual one of the card
    bool any_variant = false;  // of variants that differ in their memory's size alone the largest is taken
    bool open_size = false;    // a card that uses the system's memory may be left with total_mib 0 (sizeUnified)
};

/// A device from the text of --gpu: "RTX 4090", "RTX 5070 Ti,reserved=3500MiB", "My card,vram=24GB,free=20GB,cc=8.9,
/// bandwidth=900,backend=Vulkan,name=CUDA1", "RTX 3050 6GB (PCIe 3.0 x4)", "M2 Ultra 192GB", "2x RTX 3090" (which gives
/// two). Names are left empty unless name= is there: nameDevices gives them over all devices. An unknown or unclear
/// name gives a usage error with candidates; an unknown one is taken where vram= is there. driver=, pcie= and
/// unified=on may be said as well.
[[nodiscard]] Result<std::vector<Device>> parseGpu(std::string_view text, const GpuReading & reading = {});

/// What to say where a name of --gpu is that of cards of several sizes and parseGpu() takes one of them: the usual one
/// ("RTX 3060" has 12 GB, rarely 8) or, with any_variant, the largest. Nothing where the text is clear or an error.
[[nodiscard]] std::optional<Warning> sizeWarning(std::string_view text, const GpuReading & reading = {});

/// Gives devices that were left without a size their part of the system's memory: what Metal takes of it by default,
/// half of it under Linux on others. False where the host's size is not given.
[[nodiscard]] bool sizeUnified(Machine & machine);

/// "64GB", "64GB DDR5-6000 2ch", "2x32GB DDR4", or what the memory is without its size ("8-channel DDR4-3200"), which
/// then counts as not given.
[[nodiscard]] Result<Host> parseRam(std::string_view text);

/// Numbers unnamed devices by backend in their order: CUDA0, CUDA1, Vulkan0.
void nameDevices(std::vector<Device> & devices);

/// Reads the machine format: {"name"?, "devices": [{"name"?, "description"?, "backend"?, "free_mib"?, "total_mib"?,
/// "reserved_mib"?, "driver_mib"?, "compute_capability"?, "bandwidth_gb_s"?, "fp16_tflops"?, "architecture"?,
/// "pcie_gen"?, "pcie_lanes"?, "unified_memory"?, "link_gb_s"?, "gpu"?: preset}], "ram"?: {"total_mib"?, "memory"?},
/// "calibration"?:
/// {"decode"?, "prompt"?}}. Unknown keys are ignored. Errors name the path ("devices[1].free_mib").
[[nodiscard]] Result<Machine> parseMachine(std::string_view json);

/// The same format, two spaces of indentation, ends with a newline.
[[nodiscard]] std::string writeMachine(const Machine & machine);

}  // namespace ggufit
