// What kind of processor a device is, as far as it decides how much of its bandwidth llama.cpp reaches on it.
#pragma once

#include <cstdint>
#include <string_view>

#include "machine/machine.h"

namespace ggufit {

/// Generations that were measured to differ. A card's own figures (bandwidth) come on top.
enum class Generation : uint8_t {
    unknown,
    pascal,       // 6.1 and what is older
    pascal_hbm,   // 6.0: P100
    volta,        // 7.0
    turing,       // 7.5
    ampere_hbm,   // 8.0: A100, A30
    ampere,       // 8.6, 8.7
    ada,          // 8.9
    hopper,       // 9.0, and 10.0 and 10.3: Blackwell with HBM
    blackwell,    // 12.0
    gb10,         // 12.1, 11.0: with LPDDR
    gcn,          // gfx8, gfx9 without matrix cores
    cdna,         // gfx908, gfx90a, gfx942, gfx950
    rdna2,        // gfx10
    rdna3,        // gfx110x
    rdna3_5,      // gfx115x
    rdna4,        // gfx12
    arc,          // Intel, all
    apple_base,   // M1 to M5
    apple_pro,    // M1 Pro …
    apple_max,    // M1 Max …
    apple_ultra,  // M1 Ultra …
};

struct DeviceClass {
    Generation generation = Generation::unknown;
    bool known = false;  // by its compute capability or its name, not by its backend alone
};

/// By the compute capability, else by the preset that the description names, else by words in the description.
[[nodiscard]] DeviceClass classOf(const Device & device);

}  // namespace ggufit
