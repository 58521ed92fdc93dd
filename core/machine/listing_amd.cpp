// rocm-smi and amd-smi as text.
#include "base/units.h"
#include "machine/fields.h"
#include "machine/listing_parts.h"

namespace ggufit::listings {

namespace {

/// "GPU[0]  : VRAM Total Memory (B): 17163091968".
void readRocm(std::string_view line, Listed & out) {
    const auto number = between(line, "GPU[", "]");
    if (!number || !leadingNumber(*number)) return;
    const size_t colon = line.find(':', line.find(']'));
    const auto pair = colon == std::string_view::npos ? std::nullopt : keyAndValue(line.substr(colon + 1));
    ListedGpu * gpu = pair ? gpuOf(out.gpus, *number) : nullptr;
    if (gpu == nullptr) return;
    out.source = "rocm-smi";
    const auto [key, value] = *pair;
    if (value == "N/A") return;
    if (key == "Card Series" || key == "Card series" || (key == "Device Name" && gpu->name.empty())) {
        gpu->name = listedName(value);
    }
    if (key == "VRAM Total Memory (B)") gpu->total_mib = listedMib(value, 1);
    if (key == "VRAM Total Used Memory (B)") gpu->used_mib = listedMib(value, 1);
    if (key == "GFX Version") gpu->gfx = listedName(value);
}

uint32_t pcie(std::string_view value, uint32_t most) {
    if (value.starts_with("Gen ")) value.remove_prefix(4);
    const auto number = leadingNumber(value);
    return number && *number <= most ? static_cast<uint32_t>(*number) : 0;
}

/// The lines below "GPU: 0" of amd-smi static and metric; later ones of a GPU add to earlier ones.
class AmdReport {
  public:
    explicit AmdReport(Listed & out) : out_(out) {}

    void read(std::string_view line) {
        const auto pair = keyAndValue(line);
        if (!pair) return;
        const auto [key, value] = *pair;
        if (key == "GPU" && leadingNumber(value)) {
            key_ = value;
            gpu_ = nullptr;
            block_ = {};
            return;
        }
        if (value.empty()) block_ = key;
        if (key_.empty() || value.empty() || value == "N/A") return;
        gpu_ = isKnown(key) ? gpuOf(out_.gpus, key_) : nullptr;
        if (gpu_ != nullptr) readField(key, value);
    }

  private:
    [[nodiscard]] bool isKnown(std::string_view key) const {
        return key == "MARKET_NAME" || key == "TARGET_GRAPHICS_VERSION" || key == "TOTAL_VRAM" || key == "USED_VRAM" ||
               key == "MAX_PCIE_WIDTH" || key == "PCIE_INTERFACE_VERSION" || (key == "SIZE" && block_ == "VRAM");
    }

    void readField(std::string_view key, std::string_view value) {
        out_.source = "amd-smi";
        if (key == "MARKET_NAME") gpu_->name = listedName(value);
        if (key == "TARGET_GRAPHICS_VERSION") gpu_->gfx = listedName(value);
        if (key == "TOTAL_VRAM" || key == "SIZE") gpu_->total_mib = listedMib(value, kMib);
        if (key == "USED_VRAM") gpu_->used_mib = listedMib(value, kMib);
        if (key == "MAX_PCIE_WIDTH") gpu_->pcie_lanes = pcie(value, kMostPcieLanes);
        if (key == "PCIE_INTERFACE_VERSION") gpu_->pcie_gen = pcie(value, kLatestPcie);
    }

    Listed & out_;
    ListedGpu * gpu_ = nullptr;
    std::string_view key_, block_;
};

}  // namespace

Listed listAmd(const Lines & lines) {
    Listed out;
    AmdReport report(out);
    for (const std::string_view line : lines) {
        readRocm(line, out);
        report.read(line);
    }
    for (ListedGpu & gpu : out.gpus) gpu.vendor = "AMD";
    return out;
}

}  // namespace ggufit::listings
