// What llama.cpp prints of devices: --list-devices, and the first lines of a log.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

/// The backend of a device's name, "CUDA" of "CUDA0"; empty for what plans know nothing of (BLAS, CPU, OpenCL).
std::string backendOf(std::string_view name) {
    size_t end = name.size();
    while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
    return backendByName(name.substr(0, end)).value_or("");
}

bool isListedName(std::string_view name) { return isDeviceName(name) && !backendOf(name).empty(); }

/// The text in a bracket that opens at the front, brackets within counted, and what stands behind it.
std::optional<std::pair<std::string_view, std::string_view>> bracketed(std::string_view text) {
    if (text.empty() || text[0] != '(') return std::nullopt;
    size_t depth = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(') ++depth;
        if (text[i] == ')' && --depth == 0) return std::pair(text.substr(1, i - 1), text.substr(i + 1));
    }
    return std::nullopt;
}

class Reader {
  public:
    void read(std::string_view line) {
        readListed(line);
        readUsing(line);
        readFound(line);
        readVulkan(line);
        readMetal(line);
        readSycl(line);
    }

    Listed result() {
        if (listed_) {
            std::erase_if(out_.gpus, [&](const ListedGpu & gpu) { return !isInList(gpu); });
            out_.source = "llama-server --list-devices";
        } else if (!out_.gpus.empty()) {
            out_.source = "llama.cpp's log";
        }
        dropTwins();
        return std::move(out_);
    }

  private:
    ListedGpu * device(std::string_view name, std::string_view description) {
        ListedGpu * gpu = gpuOf(out_.gpus, name == "Metal" ? "MTL0" : name);
        if (gpu == nullptr) return nullptr;
        gpu->backend = backendOf(name);
        gpu->by_llama = true;
        if (gpu->name.empty()) gpu->name = listedName(description);
        return gpu;
    }

    [[nodiscard]] bool isInList(const ListedGpu & gpu) const {
        return std::find(list_.begin(), list_.end(), gpu.key) != list_.end();
    }

    /// "  CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 23000 MiB free)".
    void readListed(std::string_view line) {
        line = trimmed(line);
        constexpr std::string_view kEnd = " MiB free)";
        const size_t open = line.rfind(" (");
        if (!line.ends_with(kEnd) || open == std::string_view::npos) return;
        for (size_t colon = line.find(": "); colon < open; colon = line.find(": ", colon + 1)) {
            const size_t start = line.find_last_of(" \t", colon) + 1;
            const auto name = line.substr(start, colon - start);
            if (!isListedName(name) || colon + 2 > open) continue;
            const auto total = leadingNumber(line.substr(open + 2));
            const auto free = between(line.substr(open), ", ", kEnd);
            if (!total || !free) return;
            listed_ = true;
            if (*total == 0) return;  // what a server lists beside its GPU
            ListedGpu * gpu = device(name, line.substr(colon + 2, open - colon - 2));
            if (gpu == nullptr) return;
            gpu->total_mib = listedMib(line.substr(open + 2, line.find(" MiB", open) - open - 2), kMib);
            gpu->free_mib = listedMib(*free, kMib);
            list_.push_back(gpu->key);
            return;
        }
    }

    /// "using device CUDA0 (NVIDIA GeForce RTX 4090) (0000:01:00.0) - 23698 MiB free".
    void readUsing(std::string_view line) {
        const auto name = between(line, "using device ", " (");
        if (!name || !isListedName(*name)) return;
        const auto description = bracketed(line.substr(line.find(" (", line.find("using device ")) + 1));
        const auto free = between(line, ") - ", " MiB free");
        if (!description || !free) return;
        ListedGpu * gpu = device(*name, description->first);
        if (gpu != nullptr && !gpu->free_mib) gpu->free_mib = listedMib(*free, kMib);
    }

    /// "ggml_cuda_init: found 2 CUDA devices:" and below it "  Device 0: NVIDIA GeForce RTX 3090, compute capability
    /// 8.6, VMM: yes, VRAM: 24126 MiB" or "  Device 0: Radeon RX 7900 GRE, gfx1100 (0x1100), VMM: no, Wave Size: 32".
    void readFound(std::string_view line) {
        for (const char * backend : {"CUDA", "ROCm"}) {
            if (line.find(phrase(" {} devices", backend)) != std::string_view::npos) found_ = backend;
        }
        const size_t start = line.find("Device ");
        if (start == std::string_view::npos || found_.empty() || line.find("VMM:") == std::string_view::npos) return;
        const auto rest = line.substr(start + 7);
        const auto number = leadingNumber(rest);
        const auto name = between(rest, ": ", ", ");
        if (!number || *number >= kMostListedGpus || !name) return;
        ListedGpu * gpu = device(found_ + std::to_string(*number), *name);
        if (gpu == nullptr) return;
        if (const auto cc = between(rest, "compute capability ", ","); cc && isComputeCapability(*cc)) {
            gpu->compute_capability = std::string(*cc);
        }
        if (const auto gfx = between(rest, ", gfx", " (")) gpu->gfx = listedName("gfx" + std::string(*gfx));
        if (const auto vram = between(rest, "VRAM: ", " MiB"); vram && !gpu->total_mib) {
            gpu->total_mib = listedMib(*vram, kMib);
        }
    }

    /// "ggml_vulkan: 0 = AMD Radeon RX 7900 XTX (RADV NAVI31) (radv) | uma: 0 | …".
    void readVulkan(std::string_view line) {
        const auto rest = between(line, "ggml_vulkan: ", " | uma: ");
        const auto number = rest ? leadingNumber(*rest) : std::nullopt;
        const size_t equals = rest ? rest->find(" = ") : std::string_view::npos;
        if (!number || *number >= kMostListedGpus || equals == std::string_view::npos) return;
        const auto description = rest->substr(equals + 3);
        ListedGpu * gpu = device("Vulkan" + std::to_string(*number), description.substr(0, description.rfind(" (")));
        if (gpu != nullptr) gpu->unified_memory = line.find("| uma: 1") != std::string_view::npos;
    }

    /// "ggml_metal_init: GPU name:   MTL0 (Apple M2 Ultra)"; older ones print the chip alone.
    void readMetal(std::string_view line) {
        if (line.find("ggml_metal") == std::string_view::npos) return;
        const size_t at = line.find("GPU name:");
        if (at != std::string_view::npos) {
            const auto name = trimmed(line.substr(at + 9));
            const size_t open = name.find(" (");
            const bool numbered = open != std::string_view::npos && isListedName(name.substr(0, open));
            metal_ = numbered ? std::string(name.substr(0, open)) : "MTL0";
            device(metal_, numbered ? name.substr(open + 2, name.size() - open - 3) : name);
        }
        const size_t size = line.find("recommendedMaxWorkingSetSize");
        const size_t equals = size == std::string_view::npos ? size : line.find('=', size);
        if (equals == std::string_view::npos || metal_.empty()) return;
        ListedGpu * gpu = device(metal_, {});
        const auto megabytes = leadingNumber(trimmed(line.substr(equals + 1)));
        if (gpu != nullptr && megabytes && *megabytes < (uint64_t{1} << 40)) {
            gpu->total_mib = *megabytes * 1000000 / kMib;  // printed in millions of bytes
            gpu->unified_memory = true;
        }
    }

    /// "| 0| [level_zero:gpu:0]|     Intel Arc A770 Graphics|   1.3|   512| 1024|  32| 16225M|  1.3.29735|".
    void readSycl(std::string_view line) {
        if (line.find("[level_zero:gpu:") == std::string_view::npos) return;
        const size_t start = line.find('|');
        if (start == std::string_view::npos) return;
        const auto number = leadingNumber(trimmed(line.substr(start + 1)));
        const auto name = between(line, "]|", "|");
        if (!number || *number >= kMostListedGpus || !name) return;
        ListedGpu * gpu = device("SYCL" + std::to_string(*number), *name);
        for (size_t bar = start; gpu != nullptr && bar < line.size() && !gpu->total_mib;
             bar = line.find('|', bar + 1)) {
            const auto cell = trimmed(line.substr(bar + 1, line.find('|', bar + 1) - bar - 1));
            if (cell.ends_with('M') || cell.size() > 8) gpu->total_mib = listedMib(cell, 1);
        }
    }

    /// A card that two backends list is one card: the first is kept.
    void dropTwins() {
        std::vector<ListedGpu> kept;
        for (ListedGpu & gpu : out_.gpus) {
            const bool twin =
                gpu.backend == "Vulkan" && std::any_of(kept.begin(), kept.end(), [&](const ListedGpu & other) {
                    return other.backend != "Vulkan" && gpu.name.starts_with(other.name);
                });
            if (!twin) {
                kept.push_back(std::move(gpu));
                continue;
            }
            out_.notes.push_back({gpu.key + " is a card that another backend lists as well; it was left out.", ""});
        }
        out_.gpus = std::move(kept);
    }

    Listed out_;
    std::vector<std::string> list_;
    std::string found_, metal_;
    bool listed_ = false;
};

}  // namespace

Listed listLlama(const Lines & lines) {
    Reader reader;
    for (const std::string_view line : lines) reader.read(line);
    return reader.result();
}

}  // namespace ggufit::listings
