// An estimate as a table by device.
#include "base/units.h"
#include "plan/rounding.h"
#include "plan/speeds.h"
#include "render/explanation_text.h"
#include "render/table.h"
#include "render/text.h"

namespace ggufit {

namespace {

std::vector<std::string> memoryRow(const std::string & name, const DeviceEstimate & device, bool approximate) {
    const auto mib = roundedMib({device.model_bytes, device.context_bytes, device.compute_bytes});
    const std::string mark = approximate && mib[2] > 0 ? "~" : "";
    return {name, formatCount(mib[0]), formatCount(mib[1]), mark + formatCount(mib[2]),
            mark + formatCount(mib[0] + mib[1] + mib[2])};
}

std::string fitLines(const FitResult & fit) {
    std::string text = "--fit: " + std::string(fitStatusName(fit.status));
    if (!fit.reason.empty()) text += ", " + safeTerminal(fit.reason);
    text += "\n";
    for (const std::string & step : fit.trace) text += "  " + safeTerminal(step) + "\n";
    return text;
}

std::string speedLines(const SpeedEstimate & speed) {
    std::string text = "Speed ~" + formatSpeed(speed.decode_tokens_per_second) + " tokens a second (" +
                       formatSpeed(speed.decode_low) + " to " + formatSpeed(speed.decode_high) + ") with " +
                       formatCount(speed.fill_tokens) + " tokens in the context; " + safeTerminal(speed.bound_by) +
                       ".\nA prompt is read at ~" + formatSpeed(speed.prompt_tokens_per_second) + " tokens a second.\n";
    for (const std::string & what : speed.assumed) text += "  assumed: " + safeTerminal(what) + "\n";
    return text;
}

}  // namespace

std::string renderEstimate(const Estimate & estimate, const FitResult & fit, const TextOptions & options,
                           const SpeedEstimate * speed) {
    Table table;
    table.columns = {{}, {Align::right}, {Align::right}, {Align::right}, {Align::right}};
    table.header = {"MiB", "model", "context", "compute", "total"};
    for (const DeviceEstimate & device : estimate.devices) {
        table.rows.push_back(memoryRow(device.name, device, estimate.approximate));
    }
    table.rows.push_back(memoryRow("system memory", estimate.host, estimate.approximate));
    std::string text = "Context " + formatCount(estimate.context.n_ctx) + " tokens\n\n";
    text += renderTable(table, options.width, options.colour);
    if (estimate.approximate && !estimate.approximate_because.empty()) {
        text += "\n~ approximate: " + safeTerminal(estimate.approximate_because) + "\n";
    }
    if (estimate.graph.known()) {
        text += "\nThe graph has " + formatCount(estimate.graph.splits_decode) + " splits for each token and " +
                formatCount(estimate.graph.splits_prompt) + " for each batch of a prompt.\n";
    }
    if (speed != nullptr) text += "\n" + speedLines(*speed);
    if (estimate.explanation) {
        std::vector<std::string> devices;
        for (const DeviceEstimate & device : estimate.devices) devices.push_back(device.name);
        text += "\n" + explanationText(*estimate.explanation, devices, options);
    }
    if (fit.status != FitStatus::off) text += "\n" + fitLines(fit);
    return text;
}

}  // namespace ggufit
