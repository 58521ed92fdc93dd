// Bandwidth of system memory, from what people say of it.
#pragma once

#include "machine/machine.h"

namespace ggufit {

/// What system memory gives, in GB/s.
struct RamBandwidth {
    double peak_gb_s = 0;  // transfers × 8 bytes × channels; 0 where neither a kind nor a figure is given
    /// What all cores together are seen to read: a measured figure where the text has one ("~60 GB/s"), else the usual
    /// share of the peak. Single processors differ: a desktop of AMD's AM5 reads 0.65 of DDR5, one of Intel's 0.9.
    double read_gb_s = 0;
    double channels = 0;   // of 64 bits, said or usual; 0 where the kind is not said
    bool slowed = false;   // two sticks a channel, which run below their rate: read_gb_s counts it
    bool assumed = false;  // the transfers or the channels are not said, and the usual ones of the kind were taken
};

/// Reads "DDR5-6000 2ch", "DDR5-6000 (4 sticks)", "quad-channel DDR4", "LPDDR5X-8000 256-bit", "12ch DDR5-4800, ~400
/// GB/s measured", "DDR4". What is not said is DDR3-1600, DDR4-3200, DDR5-5600 (4800 from four channels on),
/// LPDDR4X-4266, LPDDR5-6400 or LPDDR5X-8000, on two channels, or on 256 bits where memory is unified. Any text is
/// taken; one that says nothing of memory gives zeros.
[[nodiscard]] RamBandwidth ramBandwidth(const Host & host);

}  // namespace ggufit
