// The machine format, written: Machine → JSON.
#include "base/json.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

Json deviceJson(const Device & device) {
    Json json = Json::object();
    if (!device.name.empty()) json["name"] = device.name;
    if (!device.description.empty()) json["description"] = device.description;
    json["backend"] = device.backend;
    json["free_mib"] = device.free_mib;
    json["total_mib"] = device.total_mib;
    json["reserved_mib"] = device.reserved_mib;
    json["driver_mib"] = device.driver_mib;
    if (!device.compute_capability.empty()) json["compute_capability"] = device.compute_capability;
    if (device.bandwidth_gb_s > 0) json["bandwidth_gb_s"] = device.bandwidth_gb_s;
    if (device.fp16_tflops > 0) json["fp16_tflops"] = device.fp16_tflops;
    if (!device.architecture.empty()) json["architecture"] = device.architecture;
    if (device.pcie_gen > 0) json["pcie_gen"] = device.pcie_gen;
    if (device.pcie_lanes > 0) json["pcie_lanes"] = device.pcie_lanes;
    if (device.unified_memory) json["unified_memory"] = true;
    if (device.link_gb_s > 0) json["link_gb_s"] = device.link_gb_s;
    return json;
}

}  // namespace

std::string writeMachine(const Machine & machine) {
    Json json = Json::object();
    if (!machine.name.empty()) json["name"] = machine.name;
    json["devices"] = Json::array();
    for (const Device & device : machine.devices) json["devices"].push_back(deviceJson(device));
    if (machine.host.total_mib > 0) json["ram"]["total_mib"] = machine.host.total_mib;
    if (!machine.host.memory.empty()) json["ram"]["memory"] = machine.host.memory;
    if (machine.calibration.decode != 1) json["calibration"]["decode"] = machine.calibration.decode;
    if (machine.calibration.prompt != 1) json["calibration"]["prompt"] = machine.calibration.prompt;
    // text that is not UTF-8 is replaced, not refused
    return dumpJson(json, 2) + "\n";
}

}  // namespace ggufit
