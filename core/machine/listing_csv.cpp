// Lists with commas: nvidia-smi --query-gpu with any columns, headed or not, and rocm-smi --csv.
#include <algorithm>

#include "base/units.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

enum class Column { other, key, name, total, used, free, capability, gfx, pcie_gen, pcie_lanes, gtt, uuid, program };

struct Heading {
    Column column = Column::other;
    uint64_t unit_bytes = kMib;  // of a plain number below it
};

/// "memory.total [MiB]", "VRAM Total Memory (B)", "name".
Heading headingOf(std::string_view text) {
    text = trimmed(text);
    const auto is = [&](std::string_view name) {
        return text == name || (text.starts_with(name) && text.size() > name.size() && text[name.size()] == ' ');
    };
    if (is("index") || text == "device") return {Column::key};
    if (is("name") || is("gpu_name") || text == "Card Series" || text == "Card series") return {Column::name};
    if (is("memory.total")) return {Column::total};
    if (is("memory.used")) return {Column::used};
    if (is("memory.free")) return {Column::free};
    if (is("compute_cap")) return {Column::capability};
    if (text == "GFX Version") return {Column::gfx};
    if (is("pcie.link.gen.max") || is("pcie.link.gen.gpumax")) return {Column::pcie_gen};
    if (is("pcie.link.width.max")) return {Column::pcie_lanes};
    if (text == "VRAM Total Memory (B)") return {Column::total, 1};
    if (text == "VRAM Total Used Memory (B)") return {Column::used, 1};
    if (is("uuid") || is("gpu_uuid")) return {Column::uuid};
    if (is("process_name")) return {Column::program};
    if (is("used_gpu_memory") || is("used_memory")) return {Column::used};
    if (text == "GTT Total Memory (B)") return {Column::gtt, 1};
    return {};
}

std::vector<Heading> headingsOf(const Lines & fields) {
    std::vector<Heading> headings;
    size_t n_known = 0;
    for (const std::string_view field : fields) {
        headings.push_back(headingOf(field));
        n_known += headings.back().column != Column::other ? 1 : 0;
    }
    const bool named = std::any_of(headings.begin(), headings.end(), [](const Heading & heading) {
        return heading.column == Column::name || heading.column == Column::program;
    });
    return named && n_known > 1 ? headings : std::vector<Heading>();
}

void readField(std::string_view field, const Heading & heading, ListedGpu & gpu) {
    const auto number = leadingNumber(field);
    switch (heading.column) {
        case Column::name: gpu.name = listedName(field); break;
        case Column::total: gpu.total_mib = listedMib(field, heading.unit_bytes); break;
        case Column::used: gpu.used_mib = listedMib(field, heading.unit_bytes); break;
        case Column::free: gpu.free_mib = listedMib(field, heading.unit_bytes); break;
        case Column::capability:
            if (isComputeCapability(field)) gpu.compute_capability = std::string(field);
            break;
        case Column::gfx: gpu.gfx = listedName(field); break;
        case Column::pcie_gen:
            if (number && *number <= kLatestPcie) gpu.pcie_gen = static_cast<uint32_t>(*number);
            break;
        case Column::pcie_lanes:
            if (number && *number <= kMostPcieLanes) gpu.pcie_lanes = static_cast<uint32_t>(*number);
            break;
        case Column::uuid: gpu.uuid = listedName(field); break;
        case Column::program:
        case Column::gtt:
        case Column::key:
        case Column::other: break;
    }
}

/// A line of a list without headings: the field that is a card's name, and its sizes by their order of magnitude.
void readUnheaded(const Lines & fields, Listed & out) {
    const auto isName = [](std::string_view field) { return trimmed(field).starts_with("NVIDIA "); };
    const auto name = std::find_if(fields.begin(), fields.end(), isName);
    if (name == fields.end() || fields.size() < 2) return;
    std::optional<uint64_t> largest;
    std::string capability;
    for (const std::string_view raw : fields) {
        const auto field = trimmed(raw);
        const auto mib = listedMib(field, kMib);
        if (isComputeCapability(field)) {
            capability = std::string(field);
        } else if (mib && *mib >= 1024 && *mib > largest.value_or(0)) {
            largest = mib;
        }
    }
    ListedGpu * gpu = gpuOf(out.gpus, "line " + std::to_string(out.gpus.size()));
    if (gpu == nullptr) return;
    gpu->name = listedName(*name);
    gpu->vendor = "NVIDIA";
    gpu->total_mib = largest;
    gpu->compute_capability = capability;
}

bool listsPrograms(const std::vector<Heading> & headings) {
    return std::any_of(headings.begin(), headings.end(),
                       [](const Heading & heading) { return heading.column == Column::program; });
}

/// A line of --query-compute-apps: what holds memory of the GPU with this uuid.
void readProgram(const Lines & fields, const std::vector<Heading> & headings, std::vector<ListedGpu> & gpus) {
    std::string_view uuid, program;
    std::optional<uint64_t> mib;
    for (size_t i = 0; i < headings.size(); ++i) {
        if (headings[i].column == Column::uuid) uuid = fields[i];
        if (headings[i].column == Column::program) program = fields[i];
        if (headings[i].column == Column::used) mib = listedMib(fields[i], headings[i].unit_bytes);
    }
    for (ListedGpu & gpu : gpus) {
        if (!uuid.empty() && gpu.uuid == uuid) addProgram(gpu, program, mib);
    }
}

}  // namespace

Listed listCsv(const Lines & lines) {
    Listed out, unheaded;
    std::vector<Heading> headings;
    for (const std::string_view line : lines) {
        if (line.find(',') == std::string_view::npos || line.find('|') != std::string_view::npos) continue;
        Lines fields = splitAt(line, ',');
        for (std::string_view & field : fields) field = trimmed(field);
        if (auto found = headingsOf(fields); !found.empty()) {
            headings = std::move(found);
            if (listsPrograms(headings)) continue;
            out.source = line.find("VRAM Total") != std::string_view::npos ? "rocm-smi" : "nvidia-smi --query-gpu";
        } else if (headings.empty()) {
            readUnheaded(fields, unheaded);
        } else if (fields.size() >= headings.size() && listsPrograms(headings)) {
            readProgram(fields, headings, out.gpus);
        } else if (fields.size() >= headings.size()) {
            ListedGpu * gpu = gpuOf(out.gpus, "line " + std::to_string(out.gpus.size()));
            if (gpu == nullptr) break;
            gpu->vendor = out.source == "rocm-smi" ? "AMD" : "NVIDIA";
            for (size_t i = 0; i < headings.size(); ++i) readField(fields[i], headings[i], *gpu);
            if (gpu->name.empty() || (gpu->name == "N/A" && !gpu->total_mib)) out.gpus.pop_back();
        }
    }
    if (!out.gpus.empty() || unheaded.gpus.empty()) return out;
    unheaded.source = "nvidia-smi --query-gpu";
    unheaded.notes.push_back(
        {"The list has no headings: names and the largest sizes were read, but not what is in use.",
         "Leave noheader out to have that counted."});
    return unheaded;
}

}  // namespace ggufit::listings
