// What the operating system's files say of this machine: memory, processor, graphics cards.
#pragma once

#include <string>
#include <vector>

#include "machine/host_facts.h"
#include "run_program.h"

namespace ggufit::cli {

/// Memory, swap and processor; the memory's speed where dmidecode may read it.
[[nodiscard]] HostFacts readHost(const RunLimits & limits);

/// The files of /sys/class/drm that tell of graphics cards, each line with the path in front, as parseListing() reads
/// them. Cards of vendors in `skipped` ("0x1002") are left out.
[[nodiscard]] std::string readGraphicsCards(const std::vector<std::string> & skipped);

/// Whether a graphics card of this vendor ("0x10de") is plugged in.
[[nodiscard]] bool hasCardOf(const std::string & vendor);

}  // namespace ggufit::cli
