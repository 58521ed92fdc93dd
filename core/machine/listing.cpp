// Every reader looks at the text; what they find becomes one machine.
#include "machine/listing.h"

#include <algorithm>

#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_device.h"
#include "machine/listing_parts.h"

namespace ggufit {

using namespace listings;

namespace {

constexpr size_t kLargestText = size_t{1} << 20;
constexpr size_t kMostLines = 50000;

Error listingError(std::string detail) { return {.code = ErrorCode::input, .where = "", .detail = std::move(detail)}; }

/// Without colours, carriage returns and other control characters.
std::string cleaned(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0x1B && i + 1 < text.size() && text[i + 1] == '[') {
            for (i += 2; i < text.size() && (text[i] < '@' || text[i] > '~');) ++i;
        } else if (byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7F)) {
            out += text[i];
        } else if (byte == '\r' && (i + 1 >= text.size() || text[i + 1] != '\n')) {
            out += '\n';
        }
    }
    return out;
}

Lines linesOf(std::string_view text) {
    Lines lines;
    while (!text.empty() && lines.size() < kMostLines) {
        const size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

Result<Listing> machineFile(std::string_view text) {
    const size_t open = text.find('{'), close = text.rfind('}');
    auto machine = parseMachine(close == std::string_view::npos ? text : text.substr(open, close + 1 - open));
    if (!machine) return machine.error();
    return Listing{"a machine file", std::move(*machine), {}, {}};
}

/// What all readers found, in the order in which people paste it. Where llama.cpp lists devices, that counts: its order
/// and its free memory are what it plans with.
std::vector<Listed> readAll(std::string_view text, bool & is_machine_file) {
    const Lines lines = linesOf(text);
    std::vector<Listed> found;
    found.push_back(listLlama(lines));
    const bool llama = !found.front().gpus.empty();
    if (!llama) {
        found.push_back(listNvidia(lines));
        if (found.back().gpus.empty()) found.push_back(listCsv(lines));
        found.push_back(listAmd(lines));
        found.push_back(listIntel(lines));
        found.push_back(listSysfs(lines));
        found.push_back(listJson(text, is_machine_file));
    }
    found.push_back(listApple(lines));
    if (llama) found.back().gpus.clear();  // of a Mac's own words its memory is enough
    std::erase_if(found, [](const Listed & listed) { return listed.gpus.empty() && listed.ram_mib == 0; });
    return found;
}

bool isCut(std::string_view text) {
    return text.find("NVIDIA-SMI") != std::string_view::npos ||
           text.find("ROCm System Management") != std::string_view::npos ||
           text.find("Available devices:") != std::string_view::npos ||
           text.find("Graphics/Displays:") != std::string_view::npos;
}

Error nothingFound(std::string_view text) {
    if (trimmed(text).empty()) return listingError("There is nothing to read.");
    if (text.find("has failed because") != std::string_view::npos ||
        text.find("couldn't communicate") != std::string_view::npos) {
        return listingError(
            "nvidia-smi says that it cannot reach the driver: nothing is known of the GPUs until that works.");
    }
    if (text.find("command not found") != std::string_view::npos ||
        text.find("not recognized as") != std::string_view::npos) {
        return listingError("The tool is not installed there, or not found. Add the GPUs by their names.");
    }
    if (text.find("<nvidia_smi_log>") != std::string_view::npos) {
        return listingError("This is nvidia-smi's XML. Paste what nvidia-smi prints without -x.");
    }
    if (isCut(text))
        return listingError("This begins like a list of GPUs but holds none: it may be cut short. Paste all of it.");
    return listingError(
        "No GPU is named in this. Paste what nvidia-smi, rocm-smi, amd-smi, xpu-smi discovery, system_profiler "
        "SPHardwareDataType SPDisplaysDataType or llama-server --list-devices prints, in English.");
}

std::string labelOf(const Listed & listed, const ListedGpu & gpu, size_t position) {
    if (gpu.by_llama) return gpu.key;
    return (listed.gpus.size() > 1 ? "GPU " + std::to_string(position) : std::string("the GPU"));
}

std::string programsOf(const ListedGpu & gpu) {
    std::string text = gpu.llama_mib > 0 ? "llama.cpp" : "";
    for (const std::string & program : gpu.programs) text += (text.empty() ? "" : ", ") + program;
    return text;
}

/// nvidia-smi counts by PCI bus (nvmlDeviceGetHandleByIndex); CUDA puts the fastest first unless it is told otherwise.
void noteOrder(Listing & listing, bool llama) {
    const auto & devices = listing.machine.devices;
    const bool differ = std::any_of(devices.begin(), devices.end(), [&](const Device & device) {
        return device.backend == "CUDA" && device.description != devices.front().description;
    });
    if (llama || !differ || devices.size() < 2) return;
    listing.notes.push_back(
        {"nvidia-smi lists the GPUs by their slots, llama.cpp the fastest first: their order may differ.",
         "Set CUDA_DEVICE_ORDER=PCI_BUS_ID where llama.cpp runs, or paste llama-server "
         "--list-devices instead."});
}

Result<Listing> combine(const std::vector<Listed> & found) {
    Listing listing;
    bool llama = false;
    for (const Listed & listed : found) {
        if (listed.ram_mib > 0) listing.machine.host.total_mib = listed.ram_mib;
        if (!listed.source.empty()) listing.source += (listing.source.empty() ? "" : " and ") + listed.source;
        size_t position = 0;
        for (const ListedGpu & gpu : listed.gpus) {
            llama = llama || gpu.by_llama;
            auto device = deviceOf(gpu, labelOf(listed, gpu, position++), listing.notes);
            if (device && listing.machine.devices.size() < kMostListedGpus) {
                listing.machine.devices.push_back(std::move(*device));
                listing.held.push_back(programsOf(gpu));
            }
        }
        listing.notes.insert(listing.notes.end(), listed.notes.begin(), listed.notes.end());
    }
    if (!sizeUnified(listing.machine)) {
        return listingError(
            "The GPU uses the system's memory, and how much there is isn't said. On a Mac paste what "
            "system_profiler SPHardwareDataType SPDisplaysDataType prints.");
    }
    if (listing.machine.devices.empty()) {
        return listingError(listing.notes.empty() ? "No GPU could be read in this." : listing.notes.front().text);
    }
    nameDevices(listing.machine.devices);
    noteOrder(listing, llama);
    return listing;
}

}  // namespace

Result<Listing> parseListing(std::string_view text) {
    if (text.size() > kLargestText) return listingError("This is more than 1 MiB. Paste the lines about GPUs alone.");
    const std::string clean = cleaned(text);
    bool is_machine_file = false;
    const auto found = readAll(clean, is_machine_file);
    if (is_machine_file) return machineFile(clean);
    const bool any =
        std::any_of(found.begin(), found.end(), [](const Listed & listed) { return !listed.gpus.empty(); });
    if (!any) return nothingFound(clean);
    return combine(found);
}

}  // namespace ggufit
