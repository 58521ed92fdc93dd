// nvidia-smi as text: its table with the programs below it, the list of -L, the report of -q.
#include <algorithm>

#include "base/units.h"
#include "base/values.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

/// What stands behind a name in the table: persistence mode or driver model.
bool isMode(std::string_view word) {
    for (const char * mode : {"On", "Off", "N/A", "WDDM", "TCC", "MCDM"}) {
        if (word == mode) return true;
    }
    return false;
}

bool isBusId(std::string_view word) {
    return std::count(word.begin(), word.end(), ':') == 2 && word.find('.') != std::string_view::npos;
}

/// Reads line by line; a GPU's figures stand in the lines below its name.
class Reader {
  public:
    void read(std::string_view line) {
        if (line.find("NVIDIA-SMI") != std::string_view::npos) out_.source = "nvidia-smi";
        if (line.find("MIG devices:") != std::string_view::npos) {
            section_ = Section::mig;
            mig_ = true;
        }
        if (line.find("Processes:") != std::string_view::npos) section_ = Section::programs;
        const std::string_view inner = trimmed(line);
        if (!inner.empty() && inner[0] == '|') {
            readCells(splitAt(inner.substr(1), '|'));
        } else if (inner.starts_with("GPU ")) {
            startGpu(inner.substr(4));
        } else if (inner.starts_with("MIG ") && inner.find("(UUID:") != std::string_view::npos) {
            mig_ = true;
        } else if (const auto pair = keyAndValue(inner)) {
            readReport(pair->first, pair->second);
        } else if (!inner.empty()) {
            heading_ = inner;
        }
    }

    Listed result() {
        std::erase_if(out_.gpus, [](const ListedGpu & gpu) { return gpu.name.empty(); });
        if (!out_.gpus.empty() && out_.source.empty()) out_.source = "nvidia-smi";
        if (mig_ && !out_.gpus.empty()) {
            out_.notes.push_back({"A GPU is divided by MIG; it was taken as a whole.",
                                  "Write its slices as GPUs of their own, with the memory that each has."});
        }
        return std::move(out_);
    }

  private:
    enum class Section { gpus, mig, programs };

    void readCells(const Lines & cells) {
        if (cells.size() < 2) return;
        const Lines first = wordsOf(cells[0]);
        const Lines second = wordsOf(cells[1]);
        if (section_ == Section::mig) return;
        if (section_ == Section::programs) {
            readProgram(first);
        } else if (first.size() > 1 && leadingNumber(first[0]) && !second.empty() && isBusId(second[0])) {
            gpu_ = gpuOf(out_.gpus, first[0]);
            if (gpu_ == nullptr) return;
            auto name = trimmed(trimmed(cells[0]).substr(first[0].size()));
            if (isMode(first.back())) name = trimmed(name.substr(0, name.size() - first.back().size()));
            gpu_->name = listedName(name);
            gpu_->vendor = "NVIDIA";
        } else if (gpu_ != nullptr) {
            for (const std::string_view cell : cells) readUsage(cell);
        }
    }

    /// "4696MiB /  8192MiB".
    void readUsage(std::string_view cell) {
        const size_t slash = cell.find("MiB /");
        if (slash == std::string_view::npos || gpu_->total_mib) return;
        gpu_->used_mib = listedMib(cell.substr(0, slash), kMib);
        gpu_->total_mib = listedMib(cell.substr(slash + 5), kMib);
    }

    /// "0  N/A  N/A  1248  G  /usr/lib/xorg/Xorg  28MiB"; older drivers print no instances.
    void readProgram(const Lines & words) {
        const auto type = std::find_if(words.begin(), words.end(), [](std::string_view word) {
            return word == "C" || word == "G" || word == "C+G";
        });
        if (words.size() < 4 || type == words.end() || words.end() - type < 3 || !leadingNumber(words[0])) return;
        const auto gpu = std::find_if(out_.gpus.begin(), out_.gpus.end(),
                                      [&](const ListedGpu & listed) { return listed.key == words[0]; });
        if (gpu != out_.gpus.end()) addProgram(*gpu, type[1], listedMib(words.back(), kMib));
    }

    /// "0: NVIDIA GeForce RTX 3090 (UUID: GPU-…)" of -L, "00000000:01:00.0" of -q.
    void startGpu(std::string_view rest) {
        const size_t uuid = rest.rfind(" (UUID:");
        if (uuid != std::string_view::npos) {
            const auto pair = keyAndValue(rest.substr(0, uuid));
            gpu_ = pair && leadingNumber(pair->first) ? gpuOf(out_.gpus, pair->first) : nullptr;
            if (gpu_ == nullptr) return;
            gpu_->name = listedName(pair->second);
            gpu_->vendor = "NVIDIA";
        } else if (isBusId(rest)) {
            gpu_ = gpuOf(out_.gpus, rest);
            if (gpu_ != nullptr) gpu_->vendor = "NVIDIA";
        }
    }

    void readReport(std::string_view key, std::string_view value) {
        if (gpu_ == nullptr) return;
        const bool memory = heading_ == "FB Memory Usage";
        if (key == "Product Name") gpu_->name = listedName(value);
        if (memory && key == "Total") gpu_->total_mib = listedMib(value, kMib);
        if (memory && key == "Used") gpu_->used_mib = listedMib(value, kMib);
        if (heading_ == "PCIe Generation" && key == "Max") gpu_->pcie_gen = pcie(value, kLatestPcie);
        if (heading_ == "Link Width" && key == "Max") gpu_->pcie_lanes = pcie(value, kMostPcieLanes);
        if (key == "Name") program_ = value;
        if (key == "Used GPU Memory") addProgram(*gpu_, program_, listedMib(value, kMib));
    }

    static uint32_t pcie(std::string_view value, uint32_t most) {
        const auto number = leadingNumber(value);
        return number && *number <= most ? static_cast<uint32_t>(*number) : 0;
    }

    Listed out_;
    ListedGpu * gpu_ = nullptr;  // good until the next one is added
    std::string_view heading_, program_;
    Section section_ = Section::gpus;
    bool mig_ = false;
};

}  // namespace

Listed listNvidia(const Lines & lines) {
    Reader reader;
    for (const std::string_view line : lines) reader.read(line);
    return reader.result();
}

}  // namespace ggufit::listings
