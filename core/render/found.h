// A machine that was found → text and JSON.
#pragma once

#include <string>
#include <vector>

#include "machine/host_facts.h"
#include "machine/listing.h"
#include "render/text.h"

namespace ggufit {

/// The machine that ggufit runs on, as the system's tools tell of it.
struct FoundMachine {
    Listing listing;  // notes say what failed too
    HostFacts host;
};

/// One line: "CUDA0 NVIDIA GeForce RTX 4090, 64,000 MiB of system memory".
[[nodiscard]] std::string foundLine(const FoundMachine & found);

/// `ggufit gpus`: a table of the devices, the host, what has to be said.
[[nodiscard]] std::string renderFound(const FoundMachine & found, const TextOptions & options);

/// `ggufit gpus --json`: the machine format (writeMachine), so that it is a machine file itself, and beside its keys
/// "source", "held" (programs by device), "host" (the fields of HostFacts by name) and "notes".
[[nodiscard]] std::string foundJson(const FoundMachine & found);

}  // namespace ggufit
