// Reads a device's generation from its compute capability, its preset or its description.
#include "speed/device_class.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/phrase.h"
#include "base/values.h"

namespace ggufit {

namespace {

/// 890 for "8.9"; 0 for what is no compute capability.
uint32_t capabilityNumber(std::string_view text) {
    const size_t point = text.find('.');
    if (point > 2) return 0;  // npos too
    const auto major = parseUnsigned(text.substr(0, point));
    const auto minor = parseUnsigned(text.substr(point + 1));
    if (!major || !minor || *minor > 9) return 0;
    return static_cast<uint32_t>(*major * 100 + *minor * 10);
}

Generation ofCapability(uint32_t cc) {
    if (cc == 600) return Generation::pascal_hbm;
    if (cc < 700) return Generation::pascal;
    if (cc < 750) return Generation::volta;
    if (cc < 800) return Generation::turing;
    if (cc == 800) return Generation::ampere_hbm;
    if (cc < 890) return Generation::ampere;
    if (cc < 900) return Generation::ada;
    if (cc < 1100) return Generation::hopper;
    return cc == 1100 || cc == 1210 ? Generation::gb10 : Generation::blackwell;
}

Generation ofGfx(std::string_view gfx) {
    if (gfx.starts_with("gfx12")) return Generation::rdna4;
    if (gfx.starts_with("gfx115")) return Generation::rdna3_5;
    if (gfx.starts_with("gfx11")) return Generation::rdna3;
    if (gfx.starts_with("gfx10")) return Generation::rdna2;
    for (const char * matrix : {"gfx908", "gfx90a", "gfx94", "gfx95"}) {
        if (gfx.starts_with(matrix)) return Generation::cdna;
    }
    return Generation::gcn;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

Generation ofApple(std::string_view words) {
    const auto has = [&](std::string_view word) { return words.find(word) != std::string_view::npos; };
    return has(" ultra") ? Generation::apple_ultra
           : has(" max") ? Generation::apple_max
           : has(" pro") ? Generation::apple_pro
                         : Generation::apple_base;
}

struct Hint {
    std::string_view word;
    Generation generation;
};

/// Words of a description that name a generation; the first that is there decides.
constexpr std::array kHints = {
    Hint{"rtx 50", Generation::blackwell},    Hint{"rtx pro", Generation::blackwell},
    Hint{"blackwell", Generation::blackwell}, Hint{"gb10", Generation::gb10},
    Hint{"rtx 40", Generation::ada},          Hint{" ada", Generation::ada},
    Hint{"rtx 30", Generation::ampere},       Hint{"rtx a", Generation::ampere},
    Hint{"rtx 20", Generation::turing},       Hint{"gtx 16", Generation::turing},
    Hint{"quadro rtx", Generation::turing},   Hint{"gtx 10", Generation::pascal},
    Hint{"gtx 9", Generation::pascal},        Hint{"tesla p", Generation::pascal},
    Hint{"v100", Generation::volta},          Hint{"a100", Generation::ampere_hbm},
    Hint{"h100", Generation::hopper},         Hint{"h200", Generation::hopper},
    Hint{"b200", Generation::hopper},         Hint{"8060s", Generation::rdna3_5},
    Hint{"8050s", Generation::rdna3_5},       Hint{"strix halo", Generation::rdna3_5},
    Hint{"890m", Generation::rdna3_5},        Hint{"rx 90", Generation::rdna4},
    Hint{"r9700", Generation::rdna4},         Hint{"rx 7", Generation::rdna3},
    Hint{"rx 6", Generation::rdna2},          Hint{"rx 5", Generation::rdna2},
    Hint{"instinct", Generation::cdna},       Hint{"vega", Generation::gcn},
    Hint{"radeon", Generation::rdna3},        Hint{"arc", Generation::arc},
    Hint{"intel", Generation::arc},
};

Generation ofDescription(std::string_view description, std::string_view architecture) {
    const std::string words = phrase("{} {}", lowered(description), lowered(architecture));
    if (words.find("apple") != std::string::npos) return ofApple(words);
    for (const GpuPreset & preset : gpuPresets()) {
        if (preset.description != description && preset.name != description) continue;
        if (const uint32_t cc = capabilityNumber(preset.compute_capability); cc > 0) return ofCapability(cc);
        if (preset.compute_capability.starts_with("gfx")) return ofGfx(preset.compute_capability);
    }
    const auto hint = std::find_if(kHints.begin(), kHints.end(),
                                   [&](const Hint & h) { return words.find(h.word) != std::string::npos; });
    return hint == kHints.end() ? Generation::unknown : hint->generation;
}

}  // namespace

DeviceClass classOf(const Device & device) {
    if (const uint32_t cc = capabilityNumber(device.compute_capability); cc > 0) return {ofCapability(cc), true};
    if (const Generation named = ofDescription(device.description, device.architecture); named != Generation::unknown)
        return {named, true};
    // what is most common with a backend; the estimate's range is wider then
    if (device.backend == "ROCm") return {Generation::rdna3, false};
    if (device.backend == "Metal") return {Generation::apple_pro, false};
    if (device.backend == "SYCL") return {Generation::arc, false};
    return {Generation::ada, false};
}

}  // namespace ggufit
