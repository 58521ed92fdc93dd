// Lines up what was printed with what is counted.
#include "log/compare.h"

#include <algorithm>
#include <cmath>

#include "base/values.h"
#include "log/text.h"

namespace ggufit {

namespace {

constexpr double kMibBytes = 1024.0 * 1024.0;
constexpr double kPrinted = 0.006;  // MiB are printed with two decimals

double mibOf(uint64_t bytes) { return static_cast<double>(bytes) / kMibBytes; }

/// Sums of what a start printed for one place.
struct Place {
    BufferSum weights, cache, compute, output;
};

BufferSum operator+(BufferSum a, BufferSum b) { return {a.mib + b.mib, a.n_lines + b.n_lines}; }

template <typename Sum>
Place placeOf(const LogFigures & figures, Sum sum) {
    return {sum(figures.model_buffers), sum(figures.kv_buffers) + sum(figures.rs_buffers), sum(figures.compute_buffers),
            sum(figures.output_buffers)};
}

Place devicePlace(const LogFigures & figures, const std::string & name) {
    return placeOf(figures, [&](const std::vector<LogBuffer> & buffers) { return deviceSum(buffers, name); });
}

Place hostPlace(const LogFigures & figures) {
    return placeOf(figures, [](const std::vector<LogBuffer> & buffers) { return hostSum(buffers); });
}

class Terms {
  public:
    explicit Terms(const Log & log) : log_(log) {}

    /// A part of a place; left out where neither side has it, or the start did not come so far.
    void addMib(const std::string & device, const char * name, std::optional<double> predicted, BufferSum measured,
                bool reached) {
        CheckTerm term{device, name, "MiB", predicted, std::nullopt, false, true, ""};
        if (measured.n_lines > 0 || reached) term.measured = measured.mib;
        if (!term.measured && !predicted) return;
        if (term.measured.value_or(0) == 0 && predicted.value_or(0) == 0) return;
        settle(term, kPrinted * static_cast<double>(std::max<size_t>(measured.n_lines, 1)));
    }

    void addCount(const char * name, uint64_t predicted, uint64_t measured) {
        if (measured == 0) return;
        CheckTerm term{"graph", name, "", std::nullopt, static_cast<double>(measured), false, true, ""};
        if (predicted != 0) term.predicted = static_cast<double>(predicted);
        settle(term, 0.1);
    }

    void addPlace(const std::string & device, const Place & place, const DeviceEstimate * predicted) {
        const auto side = [&](uint64_t DeviceEstimate::*bytes) {
            return predicted == nullptr ? std::nullopt : std::optional(mibOf(predicted->*bytes));
        };
        addMib(device, "weights", side(&DeviceEstimate::model_bytes), place.weights,
               !log_.measured.model_buffers.empty());
        addMib(device, "cache", side(&DeviceEstimate::context_bytes), place.cache,
               !log_.measured.kv_buffers.empty() || !log_.measured.rs_buffers.empty());
        addMib(device, "compute", side(&DeviceEstimate::compute_bytes), place.compute,
               !log_.measured.compute_buffers.empty());
        if (place.output.n_lines > 0) {
            CheckTerm output{device, "output", "MiB", std::nullopt, place.output.mib, false, false, ""};
            terms.push_back(output);
        }
    }

    void addGraph(const GraphFigures * graph) {
        const LogCounts nodes = countsOf(log_.measured.graph_nodes), splits = countsOf(log_.measured.graph_splits);
        addCount("nodes", graph == nullptr ? 0 : graph->nodes_prompt, nodes.prompt);
        if (nodes.decode != nodes.prompt)
            addCount("nodes for a token", graph == nullptr ? 0 : graph->nodes_decode, nodes.decode);
        addCount("splits", graph == nullptr ? 0 : graph->splits_prompt, splits.prompt);
        if (splits.decode != splits.prompt || (graph != nullptr && graph->splits_decode != graph->splits_prompt))
            addCount("splits for a token", graph == nullptr ? 0 : graph->splits_decode, splits.decode);
    }

    /// What the memory table says beyond the buffers: the driver, pools, other programs.
    void addDriver(const Device & device) {
        const LogMemoryRow * row = nullptr;
        for (const LogMemoryRow & one : log_.breakdown) {
            if (one.name == device.name && one.device && !one.planned) row = &one;
        }
        if (row == nullptr) return;
        CheckTerm term{device.name, "driver and others", "MiB", std::nullopt, std::nullopt, false, false, ""};
        term.predicted = static_cast<double>(device.driver_mib + device.reserved_mib);
        term.measured = static_cast<double>(row->unaccounted_mib);
        term.equal = std::abs(*term.predicted - *term.measured) <= 64;
        terms.push_back(term);
    }

    void addSpeed(const SpeedEstimate * speed) {
        const auto add = [&](const char * name, double predicted, double low, double high, double measured) {
            if (measured <= 0) return;
            CheckTerm term{"speed", name, "t/s", std::nullopt, measured, false, false, ""};
            if (predicted > 0) term.predicted = predicted;
            term.equal = predicted > 0 && measured >= low && measured <= high;
            terms.push_back(term);
        };
        const double decode = speed == nullptr ? 0 : speed->decode_tokens_per_second;
        add("tokens generated", decode, speed == nullptr ? 0 : speed->decode_low,
            speed == nullptr ? 0 : speed->decode_high, log_.speed.tg_tps);
        const double prompt = speed == nullptr ? 0 : speed->prompt_tokens_per_second;
        add("tokens read", prompt, prompt / 1.6, prompt * 1.6, log_.speed.pp_tps);
    }

    std::vector<CheckTerm> terms;

  private:
    void settle(CheckTerm term, double tolerance) {
        term.equal = term.predicted && term.measured && std::abs(*term.predicted - *term.measured) <= tolerance;
        terms.push_back(std::move(term));
    }

    const Log & log_;
};

void count(Comparison & comparison) {
    for (const CheckTerm & term : comparison.terms) {
        if (!term.exact || !term.predicted || !term.measured) continue;
        ++comparison.n_compared;
        if (term.equal) ++comparison.n_equal;
    }
}

}  // namespace

std::vector<CheckTerm> measuredTerms(const Log & log, const Machine & machine) {
    Terms terms(log);
    for (const Device & device : machine.devices) {
        terms.addPlace(device.name, devicePlace(log.measured, device.name), nullptr);
        terms.addDriver(device);
    }
    terms.addPlace("host", hostPlace(log.measured), nullptr);
    terms.addGraph(nullptr);
    terms.addSpeed(nullptr);
    std::vector<CheckTerm> found = std::move(terms.terms);
    std::erase_if(found, [](const CheckTerm & term) { return term.measured.value_or(0) == 0; });
    for (CheckTerm & term : found) term.predicted.reset();
    return found;
}

Result<Comparison> compareLog(const Log & log, const Model & model, const Machine & machine,
                              const Settings & settings) {
    auto estimate = estimateMemory(model, machine, settings, Reserving::started);
    if (!estimate) return estimate.error();
    Comparison comparison;
    comparison.estimate = std::move(*estimate);
    if (comparison.estimate.approximate) comparison.approximate_because = comparison.estimate.approximate_because;
    const uint32_t fill = static_cast<uint32_t>(std::min<uint64_t>(log.speed.pp_tokens, UINT32_MAX));
    if (auto speed = estimateSpeed(model, machine, settings, fill)) comparison.speed = std::move(*speed);

    Terms terms(log);
    for (size_t i = 0; i < machine.devices.size() && i < comparison.estimate.devices.size(); ++i) {
        const std::string & name = machine.devices[i].name;
        terms.addPlace(name, devicePlace(log.measured, name), &comparison.estimate.devices[i]);
        terms.addDriver(machine.devices[i]);
    }
    terms.addPlace("host", hostPlace(log.measured), &comparison.estimate.host);
    terms.addGraph(comparison.estimate.graph.known() ? &comparison.estimate.graph : nullptr);
    terms.addSpeed(comparison.speed ? &*comparison.speed : nullptr);
    comparison.terms = std::move(terms.terms);

    const Deviation deviation = deviationOf(log, model, machine, comparison.estimate);
    for (CheckTerm & term : comparison.terms) {
        if (!term.equal && term.predicted && term.measured) term.because = explainTerm(term, deviation, log, machine);
    }
    count(comparison);
    return comparison;
}

}  // namespace ggufit
