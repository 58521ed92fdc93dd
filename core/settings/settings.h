// What a user asks llama-server for, as far as it changes memory, placement or speed. llama.cpp's names and defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/ggml_type.h"
#include "settings/llama_cpp.h"

namespace ggufit {

enum class FlashAttention : uint8_t { automatic, on, off };
enum class SplitMode : uint8_t { none, layer, row, tensor };
enum class Outputs : uint8_t { server, all };

/// One rule of -ot: tensors whose name the pattern finds go to the buffer type ("CUDA0", "CPU").
struct TensorOverride {
    std::string pattern;
    std::string buffer;
    bool operator==(const TensorOverride &) const = default;
};

inline constexpr int32_t kGpuLayersAuto = -1;        // -ngl auto: all that fit, and --fit may choose
inline constexpr int32_t kGpuLayersAll = -2;         // -ngl all
inline constexpr uint32_t kFitCtxFull = UINT32_MAX;  // fit_ctx after -c 0: --fit keeps the whole trained context
inline constexpr uint64_t kFitTargetMib = 1024;      // margin of a device that -fitt does not name

struct Settings {
    uint32_t n_ctx = 0;                                     // -c; 0: as trained
    uint32_t n_batch = 2048;                                // -b
    uint32_t n_ubatch = 512;                                // -ub
    int32_t n_parallel = -1;                                // -np; −1: auto, which is 4 slots and a unified cache
    bool kv_unified = false;                                // -kvu
    GgmlType type_k = GgmlType::f16;                        // -ctk
    GgmlType type_v = GgmlType::f16;                        // -ctv
    FlashAttention flash_attn = FlashAttention::automatic;  // -fa
    int32_t n_gpu_layers = kGpuLayersAuto;                  // -ngl
    SplitMode split_mode = SplitMode::layer;                // -sm
    uint32_t main_gpu = 0;                                  // -mg
    std::vector<double> tensor_split;                       // -ts; empty: by free memory
    std::vector<TensorOverride> override_tensors;           // -ot, and what -cmoe and -ncmoe expand to, in order
    std::vector<std::string> devices;                       // -dev; empty: all; {"none"}: no GPU
    bool kv_offload = true;                                 // -nkvo switches it off
    bool op_offload = true;                                 // --no-op-offload switches it off
    bool swa_full = false;                                  // --swa-full
    bool repack = true;                                     // -nr switches it off
    bool no_host = false;                                   // --no-host
    bool mmap = true;  // how the file is loaded (--load-mode): at most one of mmap and direct_io
    bool mlock = false;
    bool direct_io = false;                // -dio
    bool fit = true;                       // -fit on|off
    std::vector<uint64_t> fit_target_mib;  // -fitt; one figure for all devices or a list (fitTargetMib); empty: 1024
    uint32_t fit_ctx = 4096;               // -fitc: the smallest context that --fit may choose; kFitCtxFull after -c 0
    bool embeddings = false;               // --embeddings
    std::optional<std::string> pooling;    // --pooling
    bool load_mtp = false;                 // speculative decoding with the model's own MTP layers
    int32_t n_threads = -1;                // -t
    Outputs outputs = Outputs::server;     // for how many tokens logits are reserved (ggufit's --outputs)
    LlamaVersion llama_cpp;                // whose rules hold (ggufit's --llama-cpp)

    // Which of the arguments that --fit refuses to change were given: what common/fit.cpp finds different from the
    // default, so "-ngl auto" and "-c 0" do not count. Follow from the fields above; markGiven sets them.
    bool given_n_gpu_layers = false;
    bool given_tensor_split = false;
    bool given_override_tensors = false;
    bool given_n_ctx = false;

    bool operator==(const Settings &) const = default;
};

/// What a version does where its arguments say nothing: `defaults` are those of the newest.
[[nodiscard]] Settings defaultsOf(const LlamaVersion & version, Settings defaults = {});

/// Whether logits are reserved for all tokens of a batch, as asked for or by the rules of the version.
[[nodiscard]] bool reservesAllOutputs(const Settings & settings);

/// Sets the four given_* fields from the others, as common_params_fit_impl would find them.
void markGiven(Settings & settings);

/// Margin that --fit leaves free on a device, in MiB: one figure is for all, a list's missing entries are 1024.
[[nodiscard]] uint64_t fitTargetMib(const Settings & settings, size_t device);

/// Slots after "auto" is resolved (tools/server/server.cpp): 4 with a unified cache, else as given. Older versions had
/// one, and before own cells no other cache than a unified one.
struct Slots {
    uint32_t n_seq_max = 1;
    bool kv_unified = false;
};
[[nodiscard]] Slots resolveSlots(const Settings & settings);

}  // namespace ggufit
