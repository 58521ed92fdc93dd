// How much of what a device could do llama.cpp reaches: the few constants that speed is predicted with.
#pragma once

#include <array>
#include <cstdint>

#include "gguf/ggml_type.h"
#include "machine/machine.h"
#include "speed/device_class.h"

namespace ggufit {

/// Types that are multiplied at about the same share of the bandwidth.
enum class TypeGroup : uint8_t { f16, bf16, q8, q4, mxfp4, iq, k };
inline constexpr size_t kTypeGroups = 7;

[[nodiscard]] TypeGroup typeGroup(GgmlType type);

/// Of a backend's kernels, on whatever device: factors on the bandwidth that its class reaches.
struct KernelShares {
    std::array<double, kTypeGroups> types;  // products with weights, by TypeGroup
    double experts;                         // products with routed experts, on top of the type's
    double bf16_experts;                    // the same, where they are in bf16 (Vulkan has no kernel of its own)
    double cache;                           // attention
};

/// Of a class of devices under a backend.
struct DeviceShares {
    double bandwidth;             // share of the memory's peak that products of f16 reach
    double launch_seconds;        // of a plain operation's kernel; products and attention count for more
    double attention_operations;  // multiplications and additions of attention for each byte a second of bandwidth
    double prompt_operations;     // the same of large batches
    bool measured;                // by published runs, not by likeness
};

struct Efficiency {
    KernelShares kernels;
    DeviceShares device;
    bool known = true;  // the device's class is
};

[[nodiscard]] Efficiency efficiencyOf(const Device & device);

// Kernels of operations in plain ones: what starts and ends with a small kernel, apart from the bytes that it moves.
inline constexpr double kProductKernels = 1.04, kExpertKernels = 2.64, kAttentionKernels = 0.82, kFusedKernels = 0.091;

/// Of attention_operations, where the cache is quantized: its kernels convert keys and values for each head anew.
inline constexpr double kQuantizedAttention = 0.30;

/// Operations of an Apple GPU's core for each weight that a product unpacks, by TypeGroup: its cores are few enough
/// that a product of quantized weights waits for them as well as for the memory. Time is the root of both squared.
inline constexpr std::array<double, kTypeGroups> kCoreWeight = {2, 2, 2.5, 4, 5.2, 12, 20};

/// Of prompt_operations, in products with experts, whose batches are small.
inline constexpr double kPromptExperts = 0.68;

/// Beside the graph: sampling and bringing the logits home.
inline constexpr double kTokenSeconds = 56e-6;

/// A further GPU: its first copy waits until the one before has finished. Published: 0.2 to 0.4 ms on server boards, 2
/// to 3.4 ms on consumer boards with a card behind the chipset.
inline constexpr double kHopSeconds = 0.67e-3;

/// A device of another machine, for each token: what is asked and answered over the network. Published: 3.6 ms with a
/// fast link, 7.9 ms between two desktops. And what a network of which nothing is said carries: 10 GbE.
inline constexpr double kRpcSeconds = 5e-3, kRpcBytes = 1.15e9;

/// A further split between GPUs, and one to or from the processor: copies of a few kilobytes and waiting for them.
/// Published: 105 against 112 tokens a second with 33 against 5 splits; 0.12 ms a layer with its experts in RAM.
inline constexpr double kGpuSplitSeconds = 22e-6, kHostSplitSeconds = 60e-6;

/// What the processor's products reach of what its cores can read of system memory (RamBandwidth::read_gb_s), in
/// weights that every token reads and in routed experts; and an operation of it, which all threads wait for.
inline constexpr double kHostWeights = 0.8, kHostExperts = 0.56, kHostOperationSeconds = 8e-6;

/// Weights a second that one thread multiplies by a token's activations, by TypeGroup. Published, of Zen 4 and M2: 45e9
/// to 48e9 of q4_0, 35e9 to 38e9 of q4_K, 23e9 of q6_K, 20e9 to 37e9 of q8_0, 16e9 and more of f16; an i-quant of an
/// unnamed desktop about 40e9 on all its cores.
inline constexpr std::array<double, kTypeGroups> kThreadWeights = {14e9, 14e9, 20e9, 40e9, 30e9, 7e9, 30e9};

/// Threads where -t does not say: llama.cpp takes the cores that the processor has; so many a channel of its memory.
inline constexpr double kThreadsOfChannel = 4;

/// Multiplications and additions a second of a processor's prompt, of 8 to 16 cores.
inline constexpr double kHostPromptOperations = 0.6e12;

/// A disk's bytes a second, read by page faults, for what system memory cannot hold; and what of it the rest of the
/// system takes.
inline constexpr double kDiskBytes = 1e9, kHostOwnBytes = 3e9;

/// What a processor reads of system memory of which nothing is known: between two channels of DDR4-3200 and two of
/// DDR5-5600.
inline constexpr double kUnknownRamBytes = 57e9;

/// What a processor's cores read of such memory, known or not.
[[nodiscard]] double hostReadBytes(const Host & host);

/// What is taken for the bandwidth of a device of which it is not known.
inline constexpr double kUnknownDeviceBytes = 400e9;

/// Weights of system memory that are copied to a device for each micro-batch: what that reaches of the link's rate, and
/// of what the processor reads, which lies between a mapped file and the driver's buffer. Published: 17 to 21 GB/s over
/// PCIe 4.0 x16, 29 over 5.0 x16, 7 with four sticks of DDR5.
inline constexpr double kCopiedWeights = 0.75, kCopiedOfRam = 0.5;

/// What kernels reach of a link's rate where they read what the driver spilled to system memory. Published, of a 14B on
/// cards of 6 and 8 GB: 4 to 13 GB/s, 0.3 to 0.6 of what the same links copy.
inline constexpr double kSpilledReads = 0.5;

/// Operations a second of an Apple GPU's cores, of which `architecture` says how many ("M2 (76 GPU cores)"), else the
/// largest preset of its description; 0 for all others.
[[nodiscard]] double coreOperations(const Device & device);

/// What a device's link to the host carries, in bytes a second.
[[nodiscard]] double linkBytes(const Device & device);

}  // namespace ggufit
