// The machine that --machine, --gpu, --backend and --ram describe.
#pragma once

#include <vector>

#include "base/result.h"
#include "machine/machine.h"
#include "options.h"

namespace ggufit::cli {

/// What a command asks of the devices' sizes.
enum class Sizes : uint8_t {
    needed,   // they decide the answer
    unneeded  // nothing is placed by them: a single kind of card, and --fit is off
};

/// The machine of --machine, with the GPUs of --gpu after its own and the memory of --ram in place of its own. Of a
/// planning link's machine --machine takes the place, --gpu that of its devices and --ram that of its memory.
[[nodiscard]] Result<Machine> readMachine(const Options & options, Sizes sizes = Sizes::needed,
                                          const Machine * linked = nullptr);

/// Of each --gpu whose name is that of cards of several sizes: which one readMachine() takes.
[[nodiscard]] std::vector<Warning> sizeWarnings(const Options & options, Sizes sizes = Sizes::needed);

/// Whether the sizes of the --gpu devices matter to settings without --fit.
[[nodiscard]] Sizes sizesWithoutFit(const Options & options);

}  // namespace ggufit::cli
