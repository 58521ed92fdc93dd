// What ran out of memory, by how much, and what the printed figures alone say would help.
#include <algorithm>
#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "log/check.h"
#include "log/text.h"

namespace ggufit {

namespace {

std::string mib(double value) {
    return formatCount(static_cast<uint64_t>(std::llround(std::max(value, 0.0)))) + " MiB";
}

const char * partWords(LogPart part) {
    switch (part) {
        case LogPart::weights: return "the weights were";
        case LogPart::cache: return "the cache was";
        case LogPart::compute: return "the compute buffer was";
        case LogPart::running: return "it ran, after all buffers were";
        case LogPart::unknown: return "a buffer was";
    }
    return "a buffer was";
}

/// MiB that the start had allocated on a device when it failed.
double heldOn(const LogFigures & figures, const std::string & device) {
    const bool host = device == "host";
    double sum = 0;
    for (const auto * buffers :
         {&figures.model_buffers, &figures.kv_buffers, &figures.rs_buffers, &figures.compute_buffers}) {
        // a mapped file takes no memory that something else could not have
        for (const LogBuffer & buffer : *buffers) {
            if (host && buffer.name == "CPU_Mapped") continue;
            const bool here = host ? isHostBuffer(buffer.name) : deviceSum({buffer}, device).n_lines > 0;
            sum += here ? buffer.mib : 0;
        }
    }
    return sum;
}

double freeOn(const Log & log, const std::string & device) {
    for (const LogDevice & one : log.devices) {
        if (one.name == device) return static_cast<double>(one.free_mib.value_or(one.free_at_list_mib.value_or(0)));
    }
    return 0;
}

std::string sentence(const Shortfall & fall) {
    const std::string where = fall.device.empty() ? "A device" : fall.device == "host" ? "System memory" : fall.device;
    std::string text = phrase("{} ran out of memory when {} allocated", where, partWords(fall.part));
    if (fall.asked_mib > 0) text += phrase(": {} were asked for", mib(fall.asked_mib));
    if (fall.held_mib > 0)
        text += phrase("{}{} were held already", fall.asked_mib > 0 ? ", " : ": ", mib(fall.held_mib));
    if (fall.free_mib > 0) text += phrase(", {} had been free at the start", mib(fall.free_mib));
    text += ".";
    if (fall.lacking_mib > 0) text += phrase(" At least {} are lacking.", mib(fall.lacking_mib));
    if (fall.lacking_mib <= 0 && fall.free_mib > 0 && fall.device != "host")
        text +=
            " By these figures it would have fitted: something else took memory meanwhile, or there was no single "
            "piece of that size.";
    if (fall.survived) text += " llama.cpp went on without it.";
    return text;
}

CheckRemedy byFigures(std::string name, std::string change, std::string text, double saved_mib) {
    CheckRemedy remedy;
    remedy.name = std::move(name);
    remedy.change = std::move(change);
    remedy.text = std::move(text);
    remedy.saved_mib = saved_mib;
    return remedy;
}

uint64_t factNumber(const LogFacts & facts, std::string_view key) {
    return parseUnsigned(factOf(facts, key)).value_or(0);
}

void addMicroBatch(const Log & log, const Shortfall & fall, std::vector<CheckRemedy> & out) {
    const uint64_t n_ubatch = factNumber(log.settings, "n_ubatch");
    double compute = deviceSum(log.measured.compute_buffers, fall.device).mib;
    if (fall.part == LogPart::compute) compute = fall.asked_mib;
    if (n_ubatch < 128) return;
    out.push_back(byFigures("ubatch", "-ub " + std::to_string(n_ubatch / 2),
                            "half the micro-batch takes about half the compute buffer; prompts are read more slowly",
                            compute / 2));
}

void addContext(const Log & log, const Shortfall & fall, std::vector<CheckRemedy> & out) {
    const uint64_t n_ctx = factNumber(log.settings, "n_ctx");
    double cache = deviceSum(log.measured.kv_buffers, fall.device).mib;
    if (fall.part == LogPart::cache) cache += fall.asked_mib;
    uint64_t smaller = n_ctx / 2;
    const auto saved = [&](uint64_t n) { return cache * (1 - static_cast<double>(n) / static_cast<double>(n_ctx)); };
    while (smaller >= 8192 && saved(smaller) < fall.lacking_mib) smaller /= 2;
    if (smaller >= 4096)
        out.push_back(byFigures("context", "-c " + std::to_string(smaller), "the cache shrinks with the context",
                                saved(smaller)));
    const std::string_view type = factOf(log.settings, "type_k");
    const bool flash = factOf(log.settings, "flash_attn_resolved").find("disabled") == std::string_view::npos;
    if (flash && (type == "f16" || type == "bf16" || type.empty())) {
        // 34 bytes for 32 values instead of 64
        out.push_back(byFigures("cache_type", "-ctk q8_0 -ctv q8_0", "a cache of q8_0 takes 53 % of one of f16",
                                cache * (1 - 34.0 / 64)));
    }
}

void addLayers(const Log & log, const Shortfall & fall, std::vector<CheckRemedy> & out) {
    const uint64_t n_layer = factNumber(log.hparams, "n_layer");
    const auto layers = leadingCount(log.offloaded);
    double weights = deviceSum(log.measured.model_buffers, fall.device).mib;
    if (fall.part == LogPart::weights) weights = std::max(weights, fall.asked_mib);
    if (fall.device == "host" || weights <= 0) return;
    double all = 0;
    for (const LogBuffer & buffer : log.measured.model_buffers) all += isHostBuffer(buffer.name) ? 0 : buffer.mib;
    const uint64_t asked = factNumber(log.settings, "ngl");
    const uint64_t most = n_layer != 0 ? n_layer + 1 : 1024;
    const double on_devices =
        static_cast<double>(std::min(layers.value_or(asked != 0 || n_layer == 0 ? asked : most), most));
    const auto n_devices = static_cast<double>(std::max<size_t>(log.devices.size(), 1));
    const double here = all > 0 ? on_devices * weights / std::max(all, weights) : on_devices / n_devices;
    const double layer = here >= 1 ? weights / here : 0;
    if (layer <= 0) return;
    const double lacking = std::max(fall.lacking_mib, 1.0);
    const auto n = static_cast<uint64_t>(std::min(std::ceil(lacking / layer), here));
    const uint64_t rest = static_cast<uint64_t>(on_devices) - std::min(n, static_cast<uint64_t>(on_devices));
    out.push_back(byFigures(
        "layers", "-ngl " + std::to_string(rest),
        phrase("{}{} on the GPUs, of about {} each; with several GPUs take {} from {} with -ts", std::to_string(n),
               n == 1 ? " layer fewer" : " layers fewer", mib(layer), n == 1 ? "it" : "them", fall.device),
        layer * static_cast<double>(n)));
}

}  // namespace

std::optional<Shortfall> shortfallOf(const Log & log) {
    if (log.shortages.empty()) return std::nullopt;
    const LogShortage * found = &log.shortages.back();
    for (const LogShortage & one : log.shortages) {
        if (!one.survived) found = &one;
    }
    Shortfall fall;
    fall.device = found->device;
    if (fall.device.empty() && log.devices.size() == 1) fall.device = log.devices.front().name;
    if (fall.device == "Metal" && !log.devices.empty()) fall.device = log.devices.front().name;
    fall.part = found->part;
    if (fall.part == LogPart::unknown && log.stage < LogStage::context) fall.part = LogPart::weights;
    fall.asked_mib = static_cast<double>(found->bytes) / kMib;
    fall.held_mib = heldOn(log.measured, fall.device);
    fall.free_mib = freeOn(log, fall.device);
    // A start that went on holds what it allocated afterwards, too.
    fall.survived = found->survived && !log.outOfMemory();
    if (fall.free_mib > 0 && !fall.survived)
        fall.lacking_mib = std::max(0.0, fall.asked_mib + fall.held_mib - fall.free_mib);
    fall.text = sentence(fall);
    return fall;
}

std::vector<CheckRemedy> remediesByFigures(const Log & log, const Shortfall & shortfall) {
    std::vector<CheckRemedy> out;
    if (shortfall.survived) return out;
    if (shortfall.part != LogPart::weights) {
        addMicroBatch(log, shortfall, out);
        addContext(log, shortfall, out);
    }
    addLayers(log, shortfall, out);
    if (log.fit.outcome == LogFit::Outcome::failed) {
        out.push_back(byFigures(
            "fit", "without -ngl, -ts and -ot",
            phrase("--fit gave up because they were given ({}); without them it places layers so that they fit",
                   log.fit.failure),
            0));
    } else if (log.fit.outcome != LogFit::Outcome::none) {
        out.push_back(
            byFigures("margins", "-fitt 2048", "--fit leaves 2,048 MiB free on each GPU instead of 1,024", 1024));
    }
    for (CheckRemedy & remedy : out) {
        if (remedy.saved_mib > 0 && remedy.saved_mib < shortfall.lacking_mib) remedy.text += "; not enough alone";
    }
    return out;
}

std::vector<DeviceUse> devicesUsed(const Log & log, const Machine & machine) {
    std::vector<DeviceUse> uses;
    for (const Device & device : machine.devices) {
        DeviceUse use{device.name, heldOn(log.measured, device.name), static_cast<double>(device.total_mib)};
        for (const LogMemoryRow & row : log.breakdown) {
            if (row.name != device.name || row.planned || row.total_mib <= 0) continue;
            use.total_mib = static_cast<double>(row.total_mib);
            use.used_mib = static_cast<double>(row.total_mib - row.free_mib);
        }
        uses.push_back(std::move(use));
    }
    return uses;
}

TestedFigures testedFigures(const Log & log, const Machine & machine) {
    TestedFigures figures;
    const auto add = [&](const std::string & text) { figures.line += (figures.line.empty() ? "" : ", ") + text; };
    if (log.speed.tg_tps > 0) {
        add(formatFixed(log.speed.tg_tps, 1) + " t/s");
        figures.speed = phrase("~{} t/s", formatFixed(log.speed.tg_tps, log.speed.tg_tps < 9.95 ? 1 : 0));
    }
    const LogCounts splits = countsOf(log.measured.graph_splits);
    if (splits.decode != 0) add(std::to_string(splits.decode) + " graph splits");
    for (const DeviceUse & use : devicesUsed(log, machine)) {
        if (use.used_mib > 0 && use.total_mib > 0)
            add(phrase("{} {} %", use.name, formatFixed(100 * use.used_mib / use.total_mib, 0)));
    }
    return figures;
}

}  // namespace ggufit
