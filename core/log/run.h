// What ran, as the log tells it: the machine and the settings that a start had.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "log/log.h"
#include "machine/machine.h"
#include "model/model.h"
#include "settings/settings.h"

namespace ggufit {

/// The devices that a start used, with what was free on each. Totals and speeds come from the table of GPUs where the
/// log does not print them; a device whose free memory is not printed has its whole total.
[[nodiscard]] Machine machineOf(const Log & log);

/// `machine` with what the log measured of its devices: free memory before loading, and where the memory table is there
/// what the driver and other programs hold. For later plans.
[[nodiscard]] Machine learnedMachine(Machine machine, const Log & log);

/// The version whose rules a start follows: by the build that the log names, else the newest that it may be by what it
/// prints. A build of somebody else's ("b1-e365e65") counts as none.
[[nodiscard]] LlamaVersion versionOf(const Log & log);

struct RunSettings {
    Settings settings;
    std::vector<std::string> notes;  // what could not be taken over, and what was worked out from the figures
};

/// `given` (arguments that the user says, or those of a command line in the log) with what the log prints over them.
/// What is not printed and not given is worked out where it can be: the layers on devices, --no-mmap, --swa-full.
[[nodiscard]] RunSettings settingsOf(const Log & log, const Settings & given);

/// Placement that a log does not print: -ts by the caches, -ncmoe by the weights. Settings with which the weights of
/// every device are those printed; as they came where none are found.
[[nodiscard]] RunSettings withPlacementOf(const Log & log, const Model & model, const Machine & machine,
                                          RunSettings run);

/// Notes the version that a log is of, where it is an older one. Of a log that names none: the newest version whose
/// graph has as many operations as were printed. Settings as they came where none has, or where the version is known.
[[nodiscard]] RunSettings withVersionOf(const Log & log, const Model & model, const Machine & machine, RunSettings run);

/// MiB of buffers that belong to a device ("CUDA0", "MTL0_Mapped" for MTL0), and the number of lines.
struct BufferSum {
    double mib = 0;
    size_t n_lines = 0;
};
[[nodiscard]] BufferSum deviceSum(const std::vector<LogBuffer> & buffers, std::string_view device);

/// The same for system memory: CPU, CPU_Mapped, CPU_REPACK, CUDA_Host and their like.
[[nodiscard]] BufferSum hostSum(const std::vector<LogBuffer> & buffers);

/// Whether a buffer lies in system memory.
[[nodiscard]] bool isHostBuffer(std::string_view name);

}  // namespace ggufit
