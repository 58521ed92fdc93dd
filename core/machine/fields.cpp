// Texts inside a device.
#include "machine/fields.h"

#include <algorithm>

#include "base/values.h"

namespace ggufit {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool sameLetters(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<std::string> backendByName(std::string_view text) {
    if (sameLetters(text, "HIP")) return "ROCm";
    if (sameLetters(text, "MTL")) return "Metal";
    for (const char * name : {"CUDA", "ROCm", "Vulkan", "Metal", "SYCL", "RPC"}) {
        if (sameLetters(text, name)) return name;
    }
    return std::nullopt;
}

bool isComputeCapability(std::string_view text) {
    const size_t point = text.find('.');
    if (point == std::string_view::npos || point == 0 || point > 2 || text.size() != point + 2) return false;
    return std::count_if(text.begin(), text.end(), isDigit) == static_cast<std::ptrdiff_t>(text.size()) - 1;
}

bool isDeviceName(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return isDigit(c) || isLetter(c) || std::string_view("_:.[]-").find(c) != std::string_view::npos;
    });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const size_t start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

std::optional<PcieLink> parsePcie(std::string_view text) {
    text = trimmed(text);
    if (text.size() > 3 && sameLetters(text.substr(0, 3), "gen")) text = trimmed(text.substr(3));
    if (text.empty() || !isDigit(text[0]) || text[0] == '0') return std::nullopt;
    PcieLink link;
    link.gen = static_cast<uint32_t>(text[0] - '0');
    text.remove_prefix(1);
    if (text.substr(0, 2) == ".0") text.remove_prefix(2);
    text = trimmed(text);
    if (text.empty() || (text[0] != 'x' && text[0] != 'X')) return std::nullopt;
    const auto lanes = parseUnsigned(text.substr(1));
    const bool usual = lanes && *lanes >= 1 && *lanes <= kMostPcieLanes && (*lanes & (*lanes - 1)) == 0;
    if (!usual) return std::nullopt;
    link.lanes = static_cast<uint32_t>(*lanes);
    return link;
}

bool drives(std::string_view backend, std::string_view vendor) {
    if (vendor.empty() || backend == "Vulkan" || backend == "SYCL" || backend == "RPC") return true;
    if (backend == "CUDA") return vendor == "NVIDIA";
    if (backend == "ROCm") return vendor == "AMD";
    return vendor == "Apple" || vendor == "AMD";  // Metal: older Macs have Radeons
}

std::string usualBackend(std::string_view vendor, std::string_view capability) {
    if (vendor == "AMD") return capability == "gfx803" ? "Vulkan" : "ROCm";  // ROCm leaves out the oldest cards
    if (vendor == "Intel") return "SYCL";
    if (vendor == "Apple") return "Metal";
    return "CUDA";
}

}  // namespace ggufit
