// An estimate as a table by device.
#include "base/phrase.h"
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
    for (const std::string & step : fit.trace) text += phrase("  {}\n", safeTerminal(step));
    return text;
}

std::string speedLines(const SpeedEstimate & speed) {
    std::string text = phrase(
        "Speed ~{} tokens a second ({} to {}) with {} tokens in the context; {}.\nA prompt is read at ~{} tokens a "
        "second.\n",
        formatSpeed(speed.decode_tokens_per_second), formatSpeed(speed.decode_low), formatSpeed(speed.decode_high),
        formatCount(speed.fill_tokens), safeTerminal(speed.bound_by), formatSpeed(speed.prompt_tokens_per_second));
    for (const std::string & what : speed.assumed) text += phrase("  assumed: {}\n", safeTerminal(what));
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
    std::string text = phrase("Context {} tokens\n\n", formatCount(estimate.context.n_ctx));
    text += renderTable(table, options.width, options.colour);
    if (estimate.approximate && !estimate.approximate_because.empty()) {
        text += phrase("\n~ approximate: {}\n", safeTerminal(estimate.approximate_because));
    }
    if (estimate.graph.known()) {
        text += phrase("\nThe graph has {} splits for each token and {} for each batch of a prompt.\n",
                       formatCount(estimate.graph.splits_decode), formatCount(estimate.graph.splits_prompt));
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
