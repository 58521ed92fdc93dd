// GPUs as tools list them, before they are devices; and the small readings that the tools' formats share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ggufit::listings {

/// No listing has more GPUs than a machine has devices.
inline constexpr size_t kMostListedGpus = 64;

/// A GPU so far as one output tells of it.
struct ListedGpu {
    std::string uuid;       // as nvidia-smi's lists of programs name it; mostly empty
    std::string key;        // how the output tells it from others: "0", "card1", "CUDA0"
    std::string name;       // as printed; an end of "..." says that it was cut
    std::string backend;    // empty: the usual one of the vendor
    bool by_llama = false;  // llama.cpp printed it: name, order and free memory are those that it plans with
    std::string vendor;     // "NVIDIA", "AMD", "Intel", "Apple"; empty where not known
    std::optional<uint64_t> total_mib, free_mib, used_mib;
    uint64_t llama_mib = 0;             // of what is used, that llama.cpp itself holds
    std::vector<std::string> programs;  // others that hold memory
    std::string compute_capability;     // "8.9"
    std::string gfx;                    // "gfx1100"
    uint32_t pcie_gen = 0, pcie_lanes = 0;
    uint32_t gpu_cores = 0;  // of an Apple chip
    bool unified_memory = false;
};

/// What one reader found; no GPUs and no RAM where the text is not in its format.
struct Listed {
    std::string source;
    std::vector<ListedGpu> gpus;
    uint64_t ram_mib = 0;
    std::vector<Warning> notes;
};

using Lines = std::vector<std::string_view>;

[[nodiscard]] Listed listNvidia(const Lines & lines);                          // tables, -L, -q
[[nodiscard]] Listed listCsv(const Lines & lines);                             // nvidia-smi and rocm-smi
[[nodiscard]] Listed listAmd(const Lines & lines);                             // rocm-smi and amd-smi as text
[[nodiscard]] Listed listLlama(const Lines & lines);                           // --list-devices and the log
[[nodiscard]] Listed listIntel(const Lines & lines);                           // xpu-smi discovery
[[nodiscard]] Listed listApple(const Lines & lines);                           // system_profiler and sysctl
[[nodiscard]] Listed listSysfs(const Lines & lines);                           // files of /sys/class/drm
[[nodiscard]] Listed listJson(std::string_view text, bool & is_machine_file);  // of all these tools

/// The entry of this key, which is added where it is missing; null where there are too many.
[[nodiscard]] ListedGpu * gpuOf(std::vector<ListedGpu> & gpus, std::string_view key);

/// "Key : value" at the first colon, both trimmed; nothing where there is no colon or no key.
[[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> keyAndValue(std::string_view line);

/// Notes a program that holds memory of a GPU; llama.cpp's own are counted apart. `path` may be a path.
void addProgram(ListedGpu & gpu, std::string_view path, std::optional<uint64_t> mib);

/// A size in MiB: "24564 MiB", "16 GB" (1,024 MiB each, as tools mean it), "21458059264 B". A plain number is in units
/// of `plain_bytes`. Nothing where it is no size or beyond any machine.
[[nodiscard]] std::optional<uint64_t> listedMib(std::string_view text, uint64_t plain_bytes);

/// The digits at the front of a text; nothing where there are none or too many.
[[nodiscard]] std::optional<uint64_t> leadingNumber(std::string_view text);

/// What stands between two texts of a line; nothing where one of them is missing.
[[nodiscard]] std::optional<std::string_view> between(std::string_view line, std::string_view before,
                                                      std::string_view after);

/// Words of a line, at most 64.
[[nodiscard]] Lines wordsOf(std::string_view line);

/// A name as it may be shown: trimmed, at most 200 bytes.
[[nodiscard]] std::string listedName(std::string_view text);

}  // namespace ggufit::listings
