// Where llama.cpp puts each weight, and how many bytes it takes there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

inline constexpr int32_t kHost = -1;  // a device number that means system memory

/// The buffer types that llama.cpp has in system memory. All count to the host. They are those of a model that is read
/// into memory, as --fit counts it; with mmap the weights that would be pinned are mapped from the file instead.
enum class HostBuffer : uint8_t { cpu, pinned, repack };  // CPU, CUDA_Host and its like, CPU_REPACK

/// The devices that llama.cpp uses of a machine's: after -dev, -sm none and -mg. Positions in Machine::devices.
[[nodiscard]] Result<std::vector<uint32_t>> usedDevices(const Machine & machine, const Settings & settings);

/// The device of each layer: n_layer_all + 1 entries, the last is the output layer. Numbers are positions in
/// Machine::devices, kHost for system memory (llama-model.cpp, load_tensors: split points and get_layer_buft_list).
[[nodiscard]] Result<std::vector<int32_t>> layerDevices(const Model & model, const Machine & machine,
                                                        const Settings & settings);

/// One allocation of a weight. A tensor may have several (tied output, rope factors) or none (skipped).
struct PlacedWeight {
    uint32_t tensor = 0;                       // position in File::tensors
    int32_t device = kHost;                    // position in Machine::devices
    HostBuffer host_buffer = HostBuffer::cpu;  // where device is kHost
    uint64_t bytes = 0;                        // allocated: padded rows and alignment included
    WeightPart part = WeightPart::attention;
    bool duplicate = false;  // a further copy of a tensor that is placed already
};

struct WeightPlan {
    std::vector<int32_t> layer_devices;  // as layerDevices
    std::vector<PlacedWeight> weights;
    std::vector<uint32_t> skipped;  // tensors that are not loaded
    std::vector<Warning> warnings;  // overrides that match nothing, weights that no device can use
};

/// Places every weight. Errors: a device that -ot, -dev, -mg or -ts names and the machine does not have; a pattern
/// that is no regular expression.
[[nodiscard]] Result<WeightPlan> placeWeights(const Model & model, const Machine & machine, const Settings & settings);

}  // namespace ggufit
