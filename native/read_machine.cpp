// The machine of the options, read.
#include "read_machine.h"

#include <algorithm>

#include "base/values.h"
#include "machine/fields.h"
#include "read_files.h"

namespace ggufit::cli {

namespace {

Result<Machine> readMachineFile(const std::string & path) {
    auto text = readTextFile(path);
    if (!text) return text.error();
    auto parsed = parseMachine(*text);
    if (parsed) return parsed;
    Error error = parsed.error();
    error.where = path + (error.where.empty() ? "" : ": " + error.where);
    return error;
}

/// --backend in llama.cpp's spelling; "" where it is not given or leaves the choice to the card ("auto", "GPU").
Result<std::string> readBackend(const Options & options) {
    if (options.backend.empty() || options.backend == "auto" || options.backend == "GPU") return std::string();
    if (options.backend == "CPU" || options.backend == "cpu") return std::string("CPU");
    const auto backend = backendByName(options.backend);
    if (!backend)
        return usageError("--backend",
                          quotedText(options.backend) + " is none of " + std::string(kBackends) + ", CPU.");
    const bool any =
        std::any_of(options.gpus.begin(), options.gpus.end(), [](const auto & gpu) { return gpu != "none"; });
    if (!any)
        return usageError("--backend",
                          "there is no --gpu that it could drive; a machine file names a backend for each device.");
    return *backend;
}

/// How --gpu is read; nothing of it where `backend` is the CPU alone.
GpuReading readingOf(const std::string & backend, Sizes sizes) {
    const bool cpu = backend == "CPU";
    return {cpu ? std::string() : backend, cpu || sizes == Sizes::unneeded, true};
}

}  // namespace

std::vector<Warning> sizeWarnings(const Options & options, Sizes sizes) {
    std::vector<Warning> warnings;
    const auto backend = readBackend(options);
    if (!backend || *backend == "CPU") return warnings;
    for (const std::string & gpu : options.gpus) {
        auto warning = sizeWarning(gpu, readingOf(*backend, sizes));
        const auto same = [&](const Warning & other) { return warning && other.text == warning->text; };
        if (warning && std::none_of(warnings.begin(), warnings.end(), same)) warnings.push_back(*std::move(warning));
    }
    return warnings;
}

Sizes sizesWithoutFit(const Options & options) {
    const bool alike = std::all_of(options.gpus.begin(), options.gpus.end(),
                                   [&](const std::string & gpu) { return gpu == options.gpus.front(); });
    return alike && options.machine_file.empty() ? Sizes::unneeded : Sizes::needed;
}

Result<Machine> readMachine(const Options & options, Sizes sizes, const Machine * linked) {
    const auto backend = readBackend(options);
    if (!backend) return backend.error();
    const bool cpu = *backend == "CPU";
    Machine machine;
    if (!options.machine_file.empty()) {
        auto read = readMachineFile(options.machine_file);
        if (!read) return read.error();
        machine = std::move(*read);
    } else if (linked != nullptr) {
        machine = *linked;
        if (!options.gpus.empty()) machine.devices.clear();
    }
    const GpuReading reading = readingOf(*backend, sizes);
    for (const std::string & gpu : options.gpus) {
        if (gpu == "none" || gpu == "CPU") continue;
        auto devices = parseGpu(gpu, reading);
        if (!devices) return devices.error();
        machine.devices.insert(machine.devices.end(), devices->begin(), devices->end());
    }
    if (cpu) machine.devices.clear();
    nameDevices(machine.devices);
    if (!options.ram.empty()) {
        auto host = parseRam(options.ram);
        if (!host) return host.error();
        machine.host = std::move(*host);
    }
    if (!sizeUnified(machine) && sizes == Sizes::needed) {
        return Error{ErrorCode::usage, "--ram",
                     "the GPU uses the system's memory, whose size is missing: add for example --ram 64GB, or vram= "
                     "with as much as the GPU may take."};
    }
    // `estimate` of a machine that is described by its memory alone counts for the CPU
    const bool described = !options.ram.empty() && options.command == Command::estimate;
    if (options.machine_file.empty() && options.gpus.empty() && !described && !cpu && linked == nullptr) {
        return Error{ErrorCode::usage, "",
                     "no GPU given: describe each as --gpu \"RTX 4090\" or --gpu \"My card,vram=24GB\", "
                     "or give --machine FILE; --gpu none plans for the CPU alone."};
    }
    return machine;
}

}  // namespace ggufit::cli
