// A machine that was found, as a table for people and as a machine file with more in it.
#include "render/found.h"

#include <algorithm>

#include "base/json.h"
#include "base/phrase.h"
#include "base/units.h"
#include "render/table.h"
#include "render/to_json.h"

namespace ggufit {

namespace {

std::string mib(uint64_t value) { return formatCount(value) + " MiB"; }

std::string linkOf(const Device & device) {
    if (device.pcie_gen == 0 || device.pcie_lanes == 0) return "";
    return phrase("{}.0 x{}", std::to_string(device.pcie_gen), std::to_string(device.pcie_lanes));
}

std::string deviceTable(const FoundMachine & found, const TextOptions & options) {
    const auto & devices = found.listing.machine.devices;
    Table table;
    table.columns = {{}, {}, {Align::right}, {Align::right}, {Align::right}, {}, {}};
    table.columns[1].shrinks = true;
    table.header = {"", "", "free, MiB", "total", "reserved", "PCIe", "in use by"};
    for (size_t i = 0; i < devices.size(); ++i) {
        const Device & device = devices[i];
        table.rows.push_back({device.name, device.description, formatCount(device.free_mib),
                              formatCount(device.total_mib), formatCount(device.reserved_mib), linkOf(device),
                              i < found.listing.held.size() ? found.listing.held[i] : ""});
    }
    return renderTable(table, options.width, options.colour);
}

std::string hostLines(const FoundMachine & found) {
    const HostFacts & host = found.host;
    const Host & machine = found.listing.machine.host;
    std::string text = "System memory: ";
    text += machine.total_mib > 0 ? mib(machine.total_mib) : "not known";
    if (host.machine_mib > 0)
        text += ", the limit of this container or service on a machine of " + mib(host.machine_mib);
    if (host.available_mib > 0) text += phrase(", {} available now", mib(host.available_mib));
    text += ", " + (machine.memory.empty() ? std::string("its speed is not known") : safeTerminal(machine.memory));
    if (host.swap_total_mib > 0)
        text += phrase("; swap {}, {} free", mib(host.swap_total_mib), mib(host.swap_free_mib));
    text += ".\n";
    if (host.n_cores == 0 && host.processor.empty()) return text;
    text += "Processor: " + (host.processor.empty() ? std::string("not named") : safeTerminal(host.processor));
    if (host.n_cores > 0)
        text += phrase(", {}{}", std::to_string(host.n_cores), host.n_cores == 1 ? " core" : " cores");
    if (host.n_threads > host.n_cores) text += phrase(", {} threads", std::to_string(host.n_threads));
    return text + ".\n";
}

std::string wrapped(const std::string & text, const TextOptions & options) {
    constexpr uint32_t kLeast = 24;
    std::string lines;
    for (const std::string & line : wrapText(safeTerminal(text), std::max(options.width, kLeast) - 2))
        lines += phrase("{}{}\n", lines.empty() ? "- " : "  ", line);
    return lines;
}

}  // namespace

std::string foundLine(const FoundMachine & found) {
    std::string text;
    for (const Device & device : found.listing.machine.devices)
        text += phrase("{}{} {}", text.empty() ? "" : ", ", device.name, device.description);
    if (found.listing.machine.host.total_mib > 0)
        text += phrase(", {} of system memory", mib(found.listing.machine.host.total_mib));
    return text;
}

std::string renderFound(const FoundMachine & found, const TextOptions & options) {
    std::string text;
    if (found.listing.machine.devices.empty()) {
        text = "No GPU was found.\n\n";
    } else {
        text = phrase("Found by {}:\n\n{}\n", safeTerminal(found.listing.source), deviceTable(found, options));
    }
    text += hostLines(found);
    for (const Warning & note : found.listing.notes) {
        const bool first = &note == &found.listing.notes.front();
        text += (first ? "\n" : "") + wrapped(note.whole(), options);
    }
    return text;
}

std::string foundJson(const FoundMachine & found) {
    Json json = parseJson(writeMachine(found.listing.machine));
    if (!json.is_object()) json = Json::object();
    json["source"] = found.listing.source;
    json["held"] = Json::object();
    const auto & devices = found.listing.machine.devices;
    for (size_t i = 0; i < devices.size() && i < found.listing.held.size(); ++i) {
        if (!found.listing.held[i].empty()) json["held"][devices[i].name] = found.listing.held[i];
    }
    const HostFacts & host = found.host;
    json["host"] = object({{"total_mib", host.total_mib},
                           {"machine_mib", host.machine_mib},
                           {"available_mib", host.available_mib},
                           {"swap_total_mib", host.swap_total_mib},
                           {"swap_free_mib", host.swap_free_mib},
                           {"n_cores", host.n_cores},
                           {"n_threads", host.n_threads},
                           {"processor", host.processor},
                           {"memory", host.memory}});
    json["notes"] = toJson(found.listing.notes);
    return writeJson(json);
}

}  // namespace ggufit
