// The report of a plan: verdict, model, bars, reasons, alternatives, entry.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "plan/speeds.h"
#include "render/bars.h"
#include "render/escape.h"
#include "render/explanation_text.h"
#include "render/table.h"
#include "render/text.h"

namespace ggufit {

namespace {

constexpr uint32_t kWideEnoughForNotes = 96;

std::string title(std::string_view text, const TextOptions & options) {
    return phrase("\n{}\n", inked(text, Ink::bold, options.colour));
}

std::string paragraph(const std::string & text, const std::string & indent, Ink ink, const TextOptions & options) {
    std::string out;
    const auto room = static_cast<uint32_t>(options.width > indent.size() + 20 ? options.width - indent.size() : 20);
    for (const std::string & line : wrapText(safeTerminal(text), room)) {
        out += phrase("{}{}\n", indent, inked(line, ink, options.colour));
    }
    return out;
}

std::string verdictBlock(const Plan & plan, const TextOptions & options) {
    const Ink ink = plan.verdict == Verdict::fits    ? Ink::green
                    : plan.verdict == Verdict::tight ? Ink::yellow
                                                     : Ink::red;
    std::string text;
    for (const std::string & line : wrapText(safeTerminal(plan.summary) + ".", options.width)) {
        text += inked(line, ink, options.colour) + "\n";
    }
    text += paragraph(plan.limit, "", Ink::plain, options);
    return plan.speed ? text + paragraph(speedSentence(*plan.speed), "", Ink::plain, options) : text;
}

std::string modelBlock(const Plan & plan, const TextOptions & options) {
    const Card & card = plan.model;
    std::string line = phrase("{}, {} parameters", card.kind, formatParameters(card.parameters));
    if (card.active_parameters < card.parameters / 2)
        line += phrase(", {} active", formatParameters(card.active_parameters));
    line += phrase(", {}, {}", card.quantization, formatGib(card.file_bytes));
    std::string text = title(safeTerminal(card.name), options) + paragraph(line, "  ", Ink::plain, options);

    Table table;
    table.columns = {{}, {}};
    for (const char * key : {"layers", "experts", "expert_layers", "heads", "mla", "n_swa", "state", "n_ctx_train"}) {
        for (const Fact & fact : card.facts) {
            if (fact.key == key) table.rows.push_back({fact.label, fact.value});
        }
    }
    text += renderTable(table, options.width, options.colour);
    return text +
           paragraph("Read from the file's own metadata and tensors; `ggufit inspect` names the key of each fact.",
                     "  ", Ink::dim, options);
}

std::string barsBlock(const Plan & plan, const TextOptions & options) {
    std::string text = title(phrase("Where it goes, at {} tokens of context", formatCount(plan.n_ctx)), options);
    text += renderBars(plan.devices, plan.approximate, options);
    text += (plan.devices.empty() ? "" : "\n") + renderBars({plan.host}, plan.approximate, options);
    std::string note = "MiB. The GPUs' bars are to one scale, that of system memory is its own.";
    if (plan.approximate && !plan.approximate_because.empty()) note += " ~ is approximate: " + plan.approximate_because;
    if (plan.graph.known()) {
        note += phrase(" The graph has {} splits for each token and {} for each batch of a prompt.",
                       formatCount(plan.graph.splits_decode), formatCount(plan.graph.splits_prompt));
    }
    return phrase("{}\n{}", text, paragraph(note, "  ", Ink::dim, options));
}

std::string reasonsBlock(const Plan & plan, const TextOptions & options) {
    std::string text = title("Why", options);
    for (const Reason & reason : plan.reasons) {
        std::string body = paragraph(reason.text, "    ", Ink::plain, options);
        const std::string mark =
            reason.passed ? inked("✓", Ink::green, options.colour) : inked("✗", Ink::red, options.colour);
        text += phrase("  {} {}", mark, body.substr(4));
    }
    return text;
}

std::string freeCells(const Alternative & alternative) {
    std::string text;
    for (const int64_t bytes : alternative.headroom_bytes) {
        const uint64_t size = static_cast<uint64_t>(bytes < 0 ? -bytes : bytes);
        text += (text.empty() ? "" : " / ") + std::string(bytes < 0 ? "-" : "") + formatCount((size + kMib / 2) / kMib);
    }
    return text;
}

/// The notes stand in a column of their own, or below their rows where there is no room for one.
std::string alternativesBlock(const Plan & plan, const TextOptions & options) {
    if (plan.alternatives.size() < 2) return "";
    const bool wide = options.width >= kWideEnoughForNotes;
    Table table;
    table.columns = {{}, {}, {Align::right}, {Align::right}, {Align::right}, {Align::right}};
    table.header = {"  placement", "verdict", "context", "~t/s", "splits", "free MiB"};
    if (wide) table.columns.push_back({.ink = Ink::dim});
    for (const Alternative & one : plan.alternatives) {
        std::string verdict = verdictName(one.verdict);
        std::replace(verdict.begin(), verdict.end(), '_', ' ');
        const std::string splits = one.splits_decode == 0 ? "" : formatCount(one.splits_decode);
        const double speed = one.decode_tokens_per_second;
        table.rows.push_back({(one.recommended ? "→ " : "  ") + one.label, verdict, formatCount(one.n_ctx),
                              speed > 0 ? formatSpeed(speed) : "", splits, freeCells(one)});
        if (wide) table.rows.back().push_back(one.note);
    }
    const std::string text = title("Alternatives", options);
    if (wide) return text + renderTable(table, options.width, options.colour);

    std::string out = text;
    const std::string rows = renderTable(table, options.width, options.colour);
    for (size_t start = 0, line = 0; start < rows.size(); ++line) {
        const size_t end = std::min(rows.find('\n', start), rows.size());
        out += rows.substr(start, end - start) + "\n";
        const bool noted = line > 0 && line <= plan.alternatives.size() && !plan.alternatives[line - 1].note.empty();
        if (noted) out += paragraph(plan.alternatives[line - 1].note, "      ", Ink::dim, options);
        start = end + 1;
    }
    return out;
}

/// One row a placement, one column a pair of cache types.
std::string contextsBlock(const Plan & plan, const TextOptions & options) {
    if (plan.contexts.empty()) return "";
    Table table;
    table.columns = {{}};
    table.header = {"  largest context"};
    for (const LargestContext & one : plan.contexts) {
        if (one.name != plan.contexts.front().name) break;
        const std::string_view k = traitsOf(one.type_k).name, v = traitsOf(one.type_v).name;
        table.header.push_back(phrase("{}{} cache", std::string(k), k == v ? "" : " / " + std::string(v)));
        table.columns.push_back({Align::right});
    }
    for (const LargestContext & one : plan.contexts) {
        if (table.rows.empty() || table.rows.back().size() == table.header.size())
            table.rows.push_back({"  " + one.label});
        table.rows.back().push_back(one.n_ctx == 0 ? "–" : formatCount(one.n_ctx));
    }
    return title("How much context would fit", options) + renderTable(table, options.width, options.colour);
}

std::string remediesBlock(const Plan & plan, const TextOptions & options) {
    if (plan.remedies.goal == ReachGoal::none) return "";
    const bool fits = plan.remedies.goal == ReachGoal::fits;
    std::string text = title(fits ? "What would make it fit" : "What would keep everything on the GPUs", options);
    for (const Remedy & remedy : plan.remedies.changes) {
        const std::string body = paragraph(phrase("{}: {}.", remedy.change, remedy.text), "    ", Ink::plain, options);
        text += "  · " + body.substr(4);
    }
    if (plan.remedies.changes.empty()) text += paragraph("No single change would.", "  ", Ink::plain, options);
    return text;
}

std::string explanationBlock(const Plan & plan, const TextOptions & options) {
    if (!plan.explanation) return "";
    std::vector<std::string> devices;
    for (const PlanDevice & device : plan.devices) devices.push_back(device.name);
    return title("Compute buffers", options) + explanationText(*plan.explanation, devices, options);
}

std::string entryBlock(const Plan & plan, bool bench, const TextOptions & options) {
    const std::string & entry = bench ? plan.bench_entry : plan.entry;
    if (entry.empty()) return "";
    std::string text = title(bench ? "models.conf, bench entry" : "models.conf", options);
    for (size_t start = 0; start < entry.size();) {
        const size_t end = std::min(entry.find('\n', start), entry.size());
        const std::string line = safeTerminal(std::string_view(entry).substr(start, end - start));
        const Ink ink = line.starts_with('#') ? Ink::dim : line.starts_with('[') ? Ink::green : Ink::plain;
        text += inked(line, ink, options.colour) + "\n";
        start = end + 1;
    }
    return text;
}

std::string warningsBlock(const Plan & plan, const TextOptions & options) {
    if (plan.warnings.empty()) return "";
    std::string text = title("Warnings", options);
    for (const Warning & warning : plan.warnings) {
        const std::string body = paragraph(warning.whole(), "    ", Ink::plain, options);
        text += phrase("  {} {}", inked("!", Ink::yellow, options.colour), body.substr(4));
    }
    return text;
}

}  // namespace

std::string renderPlan(const Plan & plan, const TextOptions & options) {
    return verdictBlock(plan, options) + modelBlock(plan, options) + barsBlock(plan, options) +
           reasonsBlock(plan, options) + alternativesBlock(plan, options) + contextsBlock(plan, options) +
           remediesBlock(plan, options) + explanationBlock(plan, options) + warningsBlock(plan, options) +
           entryBlock(plan, plan.bench, options);
}

}  // namespace ggufit
