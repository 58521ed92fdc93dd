// The machine format, read: JSON → Machine.
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/phrase.h"
#include "base/values.h"
#include "machine/budget.h"
#include "machine/fields.h"
#include "machine/machine.h"

namespace ggufit {

namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLargestText = size_t{1} << 20;
constexpr size_t kMostDevices = 64;
constexpr size_t kLongestName = 200;
constexpr size_t kDeepest = 16;

Error inputError(std::string where, std::string detail) {
    return {.code = ErrorCode::input, .where = std::move(where), .detail = std::move(detail)};
}

/// Reads the fields of one object; the first fault is kept and everything after it is skipped.
class Fields {
  public:
    Fields(const Json & object, std::string path) : object_(object), path_(std::move(path)) {}

    [[nodiscard]] const std::optional<Error> & fault() const { return fault_; }
    [[nodiscard]] std::string pathOf(const char * key) const {
        return path_.empty() ? key : phrase("{}.{}", path_, key);
    }

    void fail(const char * key, std::string detail) {
        if (!fault_) fault_ = inputError(pathOf(key), std::move(detail));
    }

    /// The value of a key; nothing where it is missing or null.
    [[nodiscard]] const Json * find(const char * key) const {
        const auto found = object_.find(key);
        return fault_ || found == object_.end() || found->is_null() ? nullptr : &*found;
    }

    void text(const char * key, std::string & field) {
        const Json * value = find(key);
        if (value == nullptr) return;
        const auto * content = value->get_ptr<const Json::string_t *>();
        if (content == nullptr) return fail(key, "This is not a text in quotes.");
        if (content->size() > kLongestName) return fail(key, "This is longer than 200 characters.");
        field = *content;
    }

    void mib(const char * key, std::optional<uint64_t> & field) {
        const Json * value = find(key);
        if (value == nullptr) return;
        const auto number = numberOf(*value);
        if (!number || *number < 0 || *number != std::floor(*number))
            return fail(key, "This is not a whole number of MiB.");
        if (*number > static_cast<double>(kLargestMib)) return fail(key, "This is more memory than any machine has.");
        field = static_cast<uint64_t>(*number);
    }

    void positive(const char * key, double & field) {
        const Json * value = find(key);
        if (value == nullptr) return;
        const auto number = numberOf(*value);
        if (!number || *number < 0 || *number > 1e6) return fail(key, "This is not a number from 0 to 1,000,000.");
        field = *number;
    }

    void count(const char * key, uint32_t & field, uint32_t most) {
        const Json * value = find(key);
        if (value == nullptr) return;
        const auto number = numberOf(*value);
        if (!number || *number < 0 || *number > most || *number != std::floor(*number))
            return fail(key, phrase("This is not a whole number from 0 to {}.", std::to_string(most)));
        field = static_cast<uint32_t>(*number);
    }

    void flag(const char * key, bool & field) {
        const Json * value = find(key);
        if (value == nullptr) return;
        if (!value->is_boolean()) return fail(key, "This is not true or false.");
        field = *value->get_ptr<const Json::boolean_t *>();
    }

    [[nodiscard]] static std::optional<double> numberOf(const Json & value) {
        if (const auto * number = value.get_ptr<const Json::number_unsigned_t *>()) return static_cast<double>(*number);
        if (const auto * number = value.get_ptr<const Json::number_integer_t *>()) return static_cast<double>(*number);
        const auto * number = value.get_ptr<const Json::number_float_t *>();
        if (number == nullptr || !std::isfinite(*number)) return std::nullopt;
        return *number;
    }

  private:
    const Json & object_;
    std::string path_;
    std::optional<Error> fault_;
};

/// A compute capability as text ("8.9"), or as the number that one is tempted to write.
void readCapability(Fields & fields, std::string & field) {
    constexpr const char * kKey = "compute_capability";
    const Json * value = fields.find(kKey);
    if (value == nullptr) return;
    std::string text;
    if (const auto number = Fields::numberOf(*value)) {
        text = writeDecimal(*number);
        if (text.find('.') == std::string::npos) text += ".0";
    } else {
        fields.text(kKey, text);
    }
    if (!text.empty() && !isComputeCapability(text))
        fields.fail(kKey, "This is no compute capability such as \"8.9\".");
    field = text;
}

void readBackend(Fields & fields, std::string & field) {
    std::string text;
    fields.text("backend", text);
    if (text.empty()) return;
    const auto backend = backendByName(text);
    if (!backend) return fields.fail("backend", phrase("This is not one of {}.", std::string(kBackends)));
    field = *backend;
}

/// What the table says of a card by its driver's name, so far as all of that name agree: for a machine that was read
/// off a log, which prints no bandwidth.
void takeKnownCard(Device & device) {
    const GpuPreset * known = nullptr;
    for (const GpuPreset & preset : gpuPresets()) {
        if (device.description.empty() || preset.description != device.description) continue;
        if (known != nullptr && (preset.bandwidth_gb_s != known->bandwidth_gb_s ||
                                 preset.architecture != known->architecture || preset.pcie_gen != known->pcie_gen))
            return;
        if (known == nullptr) known = &preset;
    }
    if (known != nullptr) takeSpeeds(*known, device);
}

void readPreset(Fields & fields, Device & device) {
    std::string text;
    fields.text("gpu", text);
    if (text.empty()) return;
    auto described = parseGpu(text, {.open_size = true});
    if (!described) return fields.fail("gpu", described.error().detail);
    if (described->size() != 1)
        return fields.fail("gpu", "This is one device; write another entry for each further one.");
    device = described->front();
}

Result<Device> readDevice(const Json & object, const std::string & path) {
    if (!object.is_object()) return inputError(path, "A device is an object, as in {\"gpu\": \"RTX 4090\"}.");
    Fields fields(object, path);
    Device device;
    readPreset(fields, device);
    const bool preset = !device.description.empty();
    fields.text("name", device.name);
    if (!device.name.empty() && !isDeviceName(device.name))
        fields.fail("name", "This is no device name such as \"CUDA0\".");
    fields.text("description", device.description);
    if (!preset) takeKnownCard(device);
    readBackend(fields, device.backend);
    readCapability(fields, device.compute_capability);
    fields.positive("bandwidth_gb_s", device.bandwidth_gb_s);
    fields.positive("fp16_tflops", device.fp16_tflops);
    fields.text("architecture", device.architecture);
    fields.count("pcie_gen", device.pcie_gen, kLatestPcie);
    fields.count("pcie_lanes", device.pcie_lanes, kMostPcieLanes);
    fields.flag("unified_memory", device.unified_memory);
    fields.positive("link_gb_s", device.link_gb_s);
    GivenMemory memory;
    fields.mib("total_mib", memory.total_mib);
    fields.mib("free_mib", memory.free_mib);
    fields.mib("reserved_mib", memory.reserved_mib);
    fields.mib("driver_mib", memory.driver_mib);
    if (fields.fault()) return *fields.fault();

    const bool any = memory.total_mib || memory.free_mib || memory.reserved_mib || memory.driver_mib;
    if (preset && !any) return device;  // as parseGpu completed it
    if (memory.total_mib && *memory.total_mib == 0)
        return inputError(fields.pathOf("total_mib"), "A device has memory.");
    if (device.total_mib == 0 && !memory.total_mib && !memory.free_mib) {
        return inputError(fields.pathOf("total_mib"),
                          "The size of the device is missing; give it, or \"gpu\" with the name of a card.");
    }
    if (auto fault = completeMemory(device, memory)) return inputError(path, *fault);
    return device;
}

std::optional<Error> readDevices(const Json & root, std::vector<Device> & devices) {
    const auto found = root.find("devices");
    if (found == root.end())
        return inputError("devices", "The list of devices is missing; an empty one stands for the CPU alone.");
    if (!found->is_array()) return inputError("devices", "This is not a list of devices.");
    if (found->size() > kMostDevices) return inputError("devices", "There are more than 64 devices.");
    for (const Json & entry : *found) {
        auto device = readDevice(entry, phrase("devices[{}]", std::to_string(devices.size())));
        if (!device) return device.error();
        devices.push_back(std::move(*device));
    }
    nameDevices(devices);
    for (size_t i = 0; i < devices.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (devices[i].name != devices[j].name) continue;
            return inputError(phrase("devices[{}].name", std::to_string(i)),
                              phrase("Another device is called {} as well.", quotedText(devices[i].name)));
        }
    }
    return std::nullopt;
}

std::optional<Error> readHost(const Json & root, Host & host) {
    const auto found = root.find("ram");
    if (found == root.end() || found->is_null()) return std::nullopt;
    if (const auto * text = found->get_ptr<const Json::string_t *>()) {
        auto parsed = parseRam(*text);
        if (!parsed) return inputError("ram", parsed.error().detail);
        host = *parsed;
        return std::nullopt;
    }
    if (!found->is_object())
        return inputError("ram", "This is neither {\"total_mib\": …} nor a text such as \"64GB\".");
    Fields fields(*found, "ram");
    std::optional<uint64_t> total_mib;
    fields.mib("total_mib", total_mib);
    fields.text("memory", host.memory);
    host.total_mib = total_mib.value_or(0);
    return fields.fault();
}

std::optional<Error> readCalibration(const Json & root, Calibration & calibration) {
    const auto found = root.find("calibration");
    if (found == root.end() || found->is_null()) return std::nullopt;
    if (!found->is_object()) return inputError("calibration", "This is not an object such as {\"decode\": 0.95}.");
    Fields fields(*found, "calibration");
    for (const auto & [key, field] : {std::pair("decode", &calibration.decode), {"prompt", &calibration.prompt}}) {
        fields.positive(key, *field);
        if (!isCalibration(*field)) fields.fail(key, "This is no measured speed over a predicted one, from 0.1 to 10.");
    }
    return fields.fault();
}

/// Parses JSON that is nested no deeper than a machine can be.
Result<Json> parseLimited(std::string_view text) {
    if (text.size() > kLargestText) return inputError("", "A machine is described in less than 1 MiB of JSON.");
    bool too_deep = false;
    Json root = parseJson(text, kDeepest, &too_deep);
    if (too_deep) return inputError("", "The JSON is nested deeper than a machine is.");
    if (root.is_discarded())
        return inputError("", "This is not valid JSON; look for a missing comma, quote or bracket.");
    if (!root.is_object())
        return inputError("", "A machine is an object, as in {\"devices\": [{\"gpu\": \"RTX 4090\"}]}.");
    return root;
}

}  // namespace

Result<Machine> parseMachine(std::string_view json) {
    auto root = parseLimited(json);
    if (!root) return root.error();
    Machine machine;
    Fields fields(*root, "");
    fields.text("name", machine.name);
    if (fields.fault()) return *fields.fault();
    if (auto fault = readDevices(*root, machine.devices)) return *fault;
    if (auto fault = readHost(*root, machine.host)) return *fault;
    if (!sizeUnified(machine)) {
        return inputError("ram", "A GPU uses the system's memory, whose size is missing; give it, as in \"64GB\".");
    }
    if (auto fault = readCalibration(*root, machine.calibration)) return *fault;
    return machine;
}

}  // namespace ggufit
