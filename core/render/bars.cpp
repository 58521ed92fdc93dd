// Draws the bars: running sums are rounded to cells, so that a bar is never longer than its device.
#include "render/bars.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "plan/rounding.h"
#include "render/escape.h"
#include "render/table.h"

namespace ggufit {

namespace {

struct Look {
    std::string_view part;
    std::string_view label;
    std::string_view fill;
    int colour;  // of the 256
};

constexpr Look kLooks[] = {
    {"attention", "attention", "█", 68}, {"feed_forward", "feed-forward", "▓", 110},
    {"experts", "experts", "▒", 98},     {"embeddings", "embeddings", "▚", 72},
    {"output", "output", "▞", 72},       {"cache", "cache", "▄", 178},
    {"compute", "compute", "▀", 168},    {"driver", "driver", "▌", 245},
    {"reserved", "reserved", "░", 250},  {"free", "free", "·", 240},
};

const Look & lookOf(const std::string & part) {
    static constexpr Look kOther = {"", "other", "▐", 245};
    const auto * look =
        std::find_if(std::begin(kLooks), std::end(kLooks), [&](const Look & l) { return l.part == part; });
    return look == std::end(kLooks) ? kOther : *look;
}

std::string painted(std::string_view text, int colour, bool on) {
    if (!on || text.empty()) return std::string(text);
    return "\x1b[38;5;" + std::to_string(colour) + "m" + std::string(text) + "\x1b[0m";
}

std::string repeated(std::string_view fill, uint64_t count) {
    std::string text;
    for (uint64_t i = 0; i < count; ++i) text += fill;
    return text;
}

uint64_t usedBytes(const PlanDevice & device) {
    return saturatingAdd(saturatingAdd(device.model_bytes, device.context_bytes), device.compute_bytes);
}

/// What the bar stands for: the device, or what is asked of it where that is more.
uint64_t lengthBytes(const PlanDevice & device) {
    const uint64_t held = saturatingAdd(device.driver_bytes, device.reserved_bytes);
    return std::max(device.total_bytes, saturatingAdd(usedBytes(device), held));
}

std::string heading(const PlanDevice & device, const TextOptions & options) {
    const std::string name = safeTerminal(device.name == "host" ? "System memory" : device.name);
    const std::string description = safeTerminal(device.description);
    std::string figures =
        formatMib(saturatingAdd(usedBytes(device), saturatingAdd(device.driver_bytes, device.reserved_bytes)));
    if (device.total_bytes > 0) {
        figures += " of " + formatMib(device.total_bytes);
        const bool lacks = device.headroom_bytes < 0;
        const auto rest = static_cast<uint64_t>(lacks ? -device.headroom_bytes : device.headroom_bytes);
        figures += lacks ? ", lacks " + formatMib(rest) : phrase(", {} free", formatMib(rest));
    }
    if (!device.used) figures = "not used";
    const uint32_t left = displayWidth(name) + (description.empty() ? 0 : 2 + displayWidth(description));
    const uint32_t room = options.width > left + 2 ? options.width - left - 2 : 0;
    const uint32_t wide = displayWidth(figures);
    const std::string gap = wide + 2 <= room ? std::string(room - wide, ' ') : "\n    ";
    return phrase("  {}{}{}{}\n", inked(name, Ink::bold, options.colour), description.empty() ? "" : "  " + description,
                  gap, figures);
}

std::string bar(const PlanDevice & device, uint64_t scale_bytes, uint64_t cells, bool colour) {
    const double per_byte = static_cast<double>(cells) / static_cast<double>(std::max<uint64_t>(scale_bytes, 1));
    const auto cellsOf = [per_byte](uint64_t bytes) {
        return static_cast<uint64_t>(std::llround(static_cast<double>(bytes) * per_byte));
    };
    const uint64_t end = cellsOf(device.total_bytes);
    const bool over = device.total_bytes > 0 && lengthBytes(device) > device.total_bytes;
    std::string text;
    uint64_t sum = 0, drawn = 0;
    for (const Part & part : device.parts) {
        sum = saturatingAdd(sum, part.bytes);
        const Look & look = lookOf(part.name);
        const uint64_t upto = cellsOf(sum);
        if (over && drawn <= end && upto > end) {
            text += painted(repeated(look.fill, end - drawn), look.colour, colour) + inked("┃", Ink::red, colour);
            drawn = end;
        }
        text += painted(repeated(look.fill, upto - drawn), look.colour, colour);
        drawn = upto;
    }
    return phrase("  {}\n", text);
}

std::string legend(const PlanDevice & device, bool approximate, const TextOptions & options) {
    std::vector<uint64_t> bytes;
    for (const Part & part : device.parts) bytes.push_back(part.bytes);
    const std::vector<uint64_t> mib = roundedMib(bytes);
    std::string text = "  ";
    uint32_t columns = 2;
    for (size_t i = 0; i < mib.size(); ++i) {
        const Look & look = lookOf(device.parts[i].name);
        const bool rough = approximate && look.part == "compute";
        const std::string words = phrase("{} {}{}", std::string(look.label), rough ? "~" : "", formatCount(mib[i]));
        const uint32_t wide = 2 + displayWidth(words);
        if (columns > 2 && columns + 3 + wide > options.width) {
            text += "\n  ";
            columns = 2;
        }
        if (columns > 2) text += "   ";
        columns += (columns > 2 ? 3 : 0) + wide;
        text +=
            phrase("{} {}", painted(look.fill, look.colour, options.colour), inked(words, Ink::dim, options.colour));
    }
    return text + "\n";
}

}  // namespace

std::string renderBars(const std::vector<PlanDevice> & devices, bool approximate, const TextOptions & options) {
    const uint64_t cells = options.width > 24 ? options.width - 4 : 20;
    uint64_t scale = 0;
    for (const PlanDevice & device : devices) scale = std::max(scale, lengthBytes(device));
    std::string text;
    for (const PlanDevice & device : devices) {
        if (!text.empty()) text += "\n";
        text += heading(device, options);
        if (scale > 0) text += bar(device, scale, cells, options.colour) + legend(device, approximate, options);
    }
    return text;
}

}  // namespace ggufit
