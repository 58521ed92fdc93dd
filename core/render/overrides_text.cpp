// Tensor overrides as a report for people, and the command line to run them with.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "plan/rounding.h"
#include "render/escape.h"
#include "render/overrides.h"
#include "render/shell_words.h"
#include "render/table.h"

namespace ggufit {

namespace {

std::string title(std::string_view text, const TextOptions & options) {
    return phrase("\n{}\n", inked(text, Ink::bold, options.colour));
}

/// Wrapped text after a mark, the lines below it indented alike.
std::string item(const std::string & mark, const std::string & text, const TextOptions & options) {
    std::string out;
    const uint32_t room = options.width > 24 ? options.width - 4 : 20;
    for (const std::string & line : wrapText(safeTerminal(text), room)) {
        if (out.empty()) {
            out.append("  ").append(mark).append(" ");
        } else {
            out += "    ";
        }
        out.append(line).append("\n");
    }
    return out;
}

std::vector<std::string> deviceRow(const OverrideDevice & device, bool approximate) {
    const auto mib = roundedMib({device.model_bytes, device.context_bytes, device.compute_bytes});
    const std::string mark = approximate && mib[2] > 0 ? "~" : "";
    std::vector<std::string> row = {device.name,
                                    formatCount(device.n_layers),
                                    formatCount(device.n_tensors),
                                    formatCount(mib[0]),
                                    formatCount(mib[1]),
                                    mark + formatCount(mib[2]),
                                    mark + formatCount(mib[0] + mib[1] + mib[2])};
    if (device.budget_bytes > 0) {
        row.push_back(formatCount(roundedMib({device.budget_bytes})[0]));
        row.push_back(formatFixed(100 * device.utilisation, 1) + " %");
    }
    return row;
}

std::string devicesBlock(const OverridePlan & plan, const TextOptions & options) {
    Table table;
    table.columns.assign(9, {Align::right});
    table.columns[0] = {};
    table.header = {"MiB", "layers", "tensors", "model", "context", "compute", "used", "free", "used of free"};
    for (const OverrideDevice & device : plan.devices) table.rows.push_back(deviceRow(device, plan.approximate));
    OverrideDevice host = plan.host;
    host.name = "system memory";
    table.rows.push_back(deviceRow(host, plan.approximate));
    std::string text = title(phrase("Where it goes, at {} tokens of context", formatCount(plan.n_ctx)), options) +
                       renderTable(table, options.width, options.colour);
    if (plan.approximate && !plan.approximate_because.empty())
        text += item("~", "approximate: " + plan.approximate_because, options);
    if (plan.graph.known()) {
        text += phrase("  The graph has {} splits for each token and {} for each batch of a prompt.\n",
                       formatCount(plan.graph.splits_decode), formatCount(plan.graph.splits_prompt));
    }
    return text;
}

std::string rulesBlock(const OverridePlan & plan, const TextOptions & options) {
    if (plan.rules.empty()) return "";
    std::string text = title("Rules; the first that matches a tensor decides", options);
    for (size_t i = 0; i < plan.rules.size(); ++i) {
        const OverrideRule & rule = plan.rules[i];
        const auto count = static_cast<uint64_t>(rule.tensors.size());
        // a pattern is left in one piece, to be copied
        text += "  " + inked(safeTerminal("-ot " + shellWord(phrase("{}={}", rule.rule.pattern, rule.rule.buffer))),
                             rule.moves ? Ink::cyan : Ink::plain, options.colour);
        text += phrase("\n      {}{}{}: {}\n", formatCount(count), count == 1 ? " tensor, " : " tensors, ",
                       formatGib(rule.bytes), safeTerminal(plan.rule_whys[i]));
    }
    return text;
}

std::string notesBlock(const OverridePlan & plan, const TextOptions & options) {
    std::string text;
    for (const std::string & note : plan.notes) text += item("·", note, options);
    for (const Warning & warning : plan.warnings) {
        text += item(inked("!", Ink::yellow, options.colour), warning.whole(), options);
    }
    return text.empty() ? "" : title("What to know", options) + text;
}

std::string tensorsBlock(const OverridePlan & plan, const Model & model, const TextOptions & options) {
    Table table;
    table.columns = {{.shrinks = true}, {}, {Align::right}, {}, {}};
    table.header = {"tensor", "role", "MiB", "device", "why"};
    for (const AnalysedTensor & analysed : plan.tensors) {
        std::string device = "–";
        if (analysed.loaded)
            device = analysed.device == kHost ? "CPU" : plan.devices[static_cast<size_t>(analysed.device)].name;
        table.rows.push_back(
            {model.file.tensors[analysed.tensor].name, weightPartName(model.roles[analysed.tensor].part),
             formatFixed(static_cast<double>(analysed.bytes) / static_cast<double>(kMib), 1), device, analysed.why});
    }
    return title("Every tensor", options) + renderTable(table, options.width, options.colour);
}

/// llama-server below llama.cpp's folder. A leading ~/ has to stay outside the quotes.
std::string program(const std::string & folder) {
    if (folder.empty()) return "llama-server";
    std::string path = folder;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    if (!path.ends_with("/llama-server")) path += path == "/" ? "build/bin/llama-server" : "/build/bin/llama-server";
    return path.starts_with("~/") ? "~/" + shellWord(path.substr(2)) : shellWord(path);
}

}  // namespace

std::string renderOverrides(const OverridePlan & plan, const Model & model, bool every_tensor,
                            const TextOptions & options) {
    const Ink ink = plan.verdict == Verdict::fits    ? Ink::green
                    : plan.verdict == Verdict::tight ? Ink::yellow
                                                     : Ink::red;
    std::string text;
    for (const std::string & line : wrapText(safeTerminal(plan.summary) + ".", options.width)) {
        text += inked(line, ink, options.colour) + "\n";
    }
    text += devicesBlock(plan, options) + rulesBlock(plan, options);
    if (every_tensor) text += tensorsBlock(plan, model, options);
    return text + notesBlock(plan, options);
}

std::string overridesUsage(const OverridePlan & plan) {
    const std::string next = " \\\n  ";
    std::string text = phrase("{}{}-m {}", program(plan.llama_cpp_path), next, shellWord(plan.model_path));
    if (!plan.arguments.empty()) text += next + shellLine(plan.arguments);
    for (const OverrideRule & rule : plan.rules) {
        text += phrase("{}-ot {}", next, shellWord(phrase("{}={}", rule.rule.pattern, rule.rule.buffer)));
    }
    return text + "\n";
}

}  // namespace ggufit
