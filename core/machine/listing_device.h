// A listed GPU becomes a device: its card in the table, its memory, and what has to be said of both.
#pragma once

#include <string>
#include <vector>

#include "machine/listing_parts.h"
#include "machine/machine.h"

namespace ggufit::listings {

/// The device of a listed GPU; total_mib is 0 where it uses the system's memory and no size is known. Notes are about
/// `label`. Nothing where the GPU is left out: then a note says why.
[[nodiscard]] std::optional<Device> deviceOf(const ListedGpu & gpu, const std::string & label,
                                             std::vector<Warning> & notes);

}  // namespace ggufit::listings
