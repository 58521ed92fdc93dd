// The tools' JSON: rocm-smi, amd-smi, xpu-smi and system_profiler; the machine format is told apart.
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

using Json = nlohmann::ordered_json;

/// The JSON that starts at the first bracket that opens a line; discarded where there is none.
Json jsonWithin(std::string_view text) {
    size_t start = 0;
    while (start < text.size()) {
        const size_t first = text.find_first_not_of(" \t\r\n", start);
        if (first == std::string_view::npos) break;
        if (text[first] == '{' || text[first] == '[') {
            size_t end = text.find_last_of("}]");
            if (end == std::string_view::npos || end < first) break;
            return parseJson(text.substr(first, end + 1 - first));
        }
        start = text.find('\n', first);
    }
    return {Json::value_t::discarded};
}

/// A value as text: "17163091968" and 17163091968 alike, {"value": 24560, "unit": "MB"} as "24560 MB".
std::string textOf(const Json & value) {
    if (const auto * text = value.get_ptr<const Json::string_t *>()) return *text;
    if (const auto * number = value.get_ptr<const Json::number_unsigned_t *>()) return std::to_string(*number);
    if (const auto * number = value.get_ptr<const Json::number_float_t *>()) {
        return *number >= 0 && *number < 1e15 ? std::to_string(static_cast<uint64_t>(*number)) : std::string();
    }
    if (!value.is_object() || !value.contains("value") || value["value"].is_object()) return {};
    const std::string number = textOf(value["value"]);
    const auto unit = value.find("unit");
    const auto * name = unit == value.end() ? nullptr : unit->get_ptr<const Json::string_t *>();
    return name == nullptr ? number : phrase("{} {}", number, *name);
}

std::string field(const Json & object, const char * key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found == object.end() ? std::string() : textOf(*found);
}

const Json & child(const Json & object, const char * key) {
    static const Json kNothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : kNothing;
}

uint32_t pcie(std::string_view text, uint32_t most) {
    if (text.starts_with("Gen ")) text.remove_prefix(4);
    const auto number = leadingNumber(text);
    return number && *number <= most ? static_cast<uint32_t>(*number) : 0;
}

/// {"card0": {"Card Series": …, "VRAM Total Memory (B)": …}}.
Listed readRocm(const Json & root) {
    Listed out;
    for (const auto & [key, card] : root.items()) {
        const auto total = listedMib(field(card, "VRAM Total Memory (B)"), 1);
        std::string name;
        for (const char * named : {"Card Series", "Card series", "Device Name"}) {
            if (name.empty()) name = field(card, named);
        }
        if (!key.starts_with("card") || (name.empty() && !total)) continue;
        ListedGpu * gpu = gpuOf(out.gpus, key);
        if (gpu == nullptr) break;
        out.source = "rocm-smi";
        gpu->vendor = "AMD";
        gpu->name = listedName(name == "N/A" ? "" : name);
        gpu->gfx = listedName(field(card, "GFX Version"));
        gpu->total_mib = total;
        gpu->used_mib = listedMib(field(card, "VRAM Total Used Memory (B)"), 1);
    }
    return out;
}

/// [{"gpu": 0, "asic": {…}, "vram": {…}}], later versions in {"gpu_data": […]}; metric has "mem_usage".
Listed readAmd(const Json & list) {
    Listed out;
    for (const Json & card : list) {
        const std::string id = field(card, "gpu");
        ListedGpu * gpu = id.empty() ? nullptr : gpuOf(out.gpus, id);
        if (gpu == nullptr) continue;
        out.source = "amd-smi";
        gpu->vendor = "AMD";
        const Json & usage = child(card, "mem_usage");
        const auto size = listedMib(field(child(card, "vram"), "size"), kMib);
        const auto total = listedMib(field(usage, "total_vram"), kMib);
        if (const auto name = field(child(card, "asic"), "market_name"); !name.empty()) gpu->name = listedName(name);
        if (const auto gfx = field(child(card, "asic"), "target_graphics_version"); gfx != "N/A") {
            gpu->gfx = listedName(gfx);
        }
        if (size || total) gpu->total_mib = total ? total : size;
        if (const auto used = listedMib(field(usage, "used_vram"), kMib)) gpu->used_mib = used;
        gpu->pcie_lanes = pcie(field(child(card, "bus"), "max_pcie_width"), kMostPcieLanes);
        gpu->pcie_gen = pcie(field(child(card, "bus"), "pcie_interface_version"), kLatestPcie);
    }
    return out;
}

Listed readIntel(const Json & list) {
    Listed out;
    for (const Json & card : list) {
        const std::string name = field(card, "device_name");
        ListedGpu * gpu = name.empty() ? nullptr : gpuOf(out.gpus, field(card, "device_id"));
        if (gpu == nullptr) continue;
        out.source = "xpu-smi";
        gpu->vendor = "Intel";
        gpu->name = listedName(name);
        gpu->total_mib = listedMib(field(card, "memory_physical_size_byte"), 1);
        gpu->pcie_gen = pcie(field(card, "pcie_generation"), kLatestPcie);
        gpu->pcie_lanes = pcie(field(card, "pcie_max_link_width"), kMostPcieLanes);
    }
    return out;
}

Listed readApple(const Json & root) {
    Listed out;
    for (const Json & card : child(root, "SPDisplaysDataType")) {
        const std::string name = field(card, "sppci_model");
        const auto cores = leadingNumber(field(card, "sppci_cores"));
        ListedGpu * gpu = name.empty() ? nullptr : gpuOf(out.gpus, name);
        if (gpu == nullptr) continue;
        out.source = "system_profiler";
        gpu->name = listedName(name);
        gpu->backend = "Metal";
        gpu->unified_memory = name.starts_with("Apple ");
        if (gpu->unified_memory) gpu->vendor = "Apple";
        if (cores && *cores < 1000) gpu->gpu_cores = static_cast<uint32_t>(*cores);
        gpu->total_mib = listedMib(field(card, "spdisplays_vram"), kMib);
    }
    for (const Json & hardware : child(root, "SPHardwareDataType")) {
        out.ram_mib = listedMib(field(hardware, "physical_memory"), kGib).value_or(out.ram_mib);
    }
    return out;
}

}  // namespace

Listed listJson(std::string_view text, bool & is_machine_file) {
    const Json root = jsonWithin(text);
    if (root.is_discarded()) return {};
    is_machine_file = root.is_object() && root.contains("devices");
    if (is_machine_file) return {};
    if (root.is_array()) return readAmd(root);
    if (!root.is_object()) return {};
    if (child(root, "gpu_data").is_array()) return readAmd(root["gpu_data"]);
    if (child(root, "device_list").is_array()) return readIntel(root["device_list"]);
    if (root.contains("device_name")) return readIntel(Json::array({root}));
    if (root.contains("SPDisplaysDataType")) return readApple(root);
    return readRocm(root);
}

}  // namespace ggufit::listings
