// Why a printed figure is not the predicted one: rules of older builds, other backends, mapped files, other programs.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "log/compare.h"

namespace ggufit {

namespace {

/// The share of a device's memory that another program may hold without it being noticed, in MiB.
constexpr double kNoticeable = 300;

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char & c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

std::string mibText(double mib) { return formatCount(static_cast<uint64_t>(std::llround(std::abs(mib)))) + " MiB"; }

/// Whether the printed numbers of tensors by type are not those of the file.
bool hasOtherTypes(const Log & log, const Model & model) {
    if (log.types.empty()) return false;
    std::map<std::string, uint64_t> own;
    for (const Tensor & tensor : model.file.tensors) ++own[lowerCase(traitsOf(tensor.type).name)];
    std::map<std::string, uint64_t> printed;
    for (const auto & [type, count] : log.types) printed[lowerCase(type)] += count;
    return own != printed;
}

std::string explainWeights(const CheckTerm & term, const Deviation & why) {
    if (why.other_file) return "the file that was loaded is not the one compared with: its tensors have other types";
    if (term.device == "host") {
        if (why.mapped && *term.measured > *term.predicted)
            return "the file is mapped: llama.cpp prints the span of it between the first and the last tensor that the "
                   "processor needs, which takes no memory of its own";
        if (why.repacked)
            return "weights were laid out anew for the processor, which is counted beside the mapped file";
    }
    if (why.moved) return "the same weights lie on other devices: give the -ngl, -ts and -ot that it was started with";
    return "layers or experts were placed otherwise: give the -ngl, -ts and -ot that it was started with";
}

std::string explainCache(const Deviation & why, const Log & log) {
    if (why.other_program) return "its cache type is none of llama.cpp's own";
    if (factOf(log.settings, "n_ctx").empty()) return "the log does not print the context; give -c";
    if (factOf(log.settings, "type_k").empty()) return "the log does not print the cache's types; give -ctk and -ctv";
    if (why.moved) return "layers lie on other devices than predicted";
    return "not explained; give the arguments that it was started with";
}

/// What compute buffers and graphs depend on that differs; each reason a clause.
std::string explainReserved(const CheckTerm & term, const Deviation & why) {
    std::string text;
    const auto add = [&](const char * clause) { text += (text.empty() ? "" : "; ") + std::string(clause); };
    const bool memory = term.name == "compute";
    if (why.moved) add("weights lie on other devices than predicted");
    if (why.other_file) add("the file has tensors of other types");
    if (!hasRule(why.version, LlamaRule::outputs_by_slot)) {
        add("builds of its time had other operations in their graphs than the newest, which is counted with their "
            "logits "
            "and masks");
    }
    if (why.assumed_driver && memory) add("what the driver of this backend aligns buffers to is taken as usual");
    if (why.other_program) add("this is another program than llama.cpp's own");
    if (text.empty()) add("not explained: a build newer than August 2026, or an argument that the log does not print");
    return text;
}

std::string explainDriver(const CheckTerm & term, const Log & log, const Machine & machine) {
    const double more = *term.measured - *term.predicted;
    const auto device = std::find_if(machine.devices.begin(), machine.devices.end(),
                                     [&](const Device & one) { return one.name == term.device; });
    if (device == machine.devices.end()) return "";
    if (more < 0) return mibText(more) + " less than the driver and other programs were taken to hold";
    const double before = static_cast<double>(device->total_mib) - static_cast<double>(device->free_mib);
    const double grown = *term.measured - before;
    std::string text;
    if (grown > kNoticeable) {
        text = mibText(grown) +
               " came in use while it ran: the backend's pools for matrix products, and what other "
               "programs took meanwhile";
    }
    const double usual = static_cast<double>(device->driver_mib);
    if (before - usual > kNoticeable) {
        text += phrase("{}{} were held by something else on the card before it started", text.empty() ? "" : "; ",
                       mibText(before - usual));
    }
    if (text.empty()) text = "the driver's context and the backend's pools for matrix products";
    if (!log.draft.model_buffers.empty() || !log.draft.kv_buffers.empty())
        text += "; a draft model or second context is not counted";
    return text;
}

std::string explainSpeed(const CheckTerm & term, const Machine & machine) {
    const bool bare = std::any_of(machine.devices.begin(), machine.devices.end(),
                                  [](const Device & device) { return device.bandwidth_gb_s == 0; });
    if (bare) return "the bandwidth of a device is not known; name it with --gpu";
    if (machine.host.memory.empty() && *term.measured < *term.predicted)
        return "estimates have a range; where weights lie in system memory its speed counts: give --ram \"64GB "
               "DDR5-6000\"";
    return "estimates have a range; --learn keeps this measurement for later plans on the machine";
}

}  // namespace

Deviation deviationOf(const Log & log, const Model & model, const Machine & machine, const Estimate & estimate) {
    Deviation why;
    why.version = versionOf(log);
    why.other_file = hasOtherTypes(log, model);
    const auto & buffers = log.measured.model_buffers;
    const auto has = [&](std::string_view part) {
        return std::any_of(buffers.begin(), buffers.end(),
                           [&](const LogBuffer & buffer) { return buffer.name.find(part) != std::string::npos; });
    };
    why.mapped = has("_Mapped");
    why.repacked = has("REPACK") || has("AMX");
    why.assumed_driver = estimate.approximate;
    const std::string_view type = factOf(log.settings, "type_k");
    why.other_program = !type.empty() && !typeByName(type);

    double printed = 0, counted = 0, apart = 0;
    for (size_t i = 0; i < machine.devices.size() && i < estimate.devices.size(); ++i) {
        const double here = deviceSum(buffers, machine.devices[i].name).mib;
        const double there = static_cast<double>(estimate.devices[i].model_bytes) / kMib;
        printed += here;
        counted += there;
        apart += std::abs(here - there);
    }
    const double host_printed = hostSum(buffers).mib,
                 host_counted = static_cast<double>(estimate.host.model_bytes) / kMib;
    if (buffers.empty()) return why;
    const double all = counted + host_counted;
    const bool same_sum = std::abs(printed - counted) < 1;
    why.moved = apart > 1 && (same_sum || (!why.mapped && std::abs(printed + host_printed - all) < 2));
    // A mapped span hides how much of the file lies where, so only more than the whole tells another file.
    const bool beyond =
        printed > all + 1 || (!why.mapped && !why.repacked && std::abs(printed + host_printed - all) >= 2);
    const bool gone = why.mapped && apart > 1 && printed + host_printed < all - 2;
    why.other_file = why.other_file || (log.types.empty() && !why.moved && (beyond || gone));
    why.moved = why.moved && !why.other_file;
    return why;
}

std::string explainTerm(const CheckTerm & term, const Deviation & deviation, const Log & log, const Machine & machine) {
    if (term.device == "graph" || term.name == "compute") return explainReserved(term, deviation);
    if (term.device == "speed") return explainSpeed(term, machine);
    if (term.name == "weights") return explainWeights(term, deviation);
    if (term.name == "cache") return explainCache(deviation, log);
    return explainDriver(term, log, machine);
}

}  // namespace ggufit
