// The report of a plan: verdict, model, bars, reasons, alternatives, entry.
#include <algorithm>

#include "base/units.h"
#include "render/bars.h"
#include "render/escape.h"
#include "render/table.h"
#include "render/text.h"

namespace ggufit {

namespace {

std::string title(std::string_view text, const TextOptions & options) {
    return "\n" + inked(text, Ink::bold, options.colour) + "\n";
}

std::string paragraph(const std::string & text, const std::string & indent, Ink ink, const TextOptions & options) {
    std::string out;
    const auto room = static_cast<uint32_t>(options.width > indent.size() + 20 ? options.width - indent.size() : 20);
    for (const std::string & line : wrapText(safeTerminal(text), room)) {
        out += indent + inked(line, ink, options.colour) + "\n";
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
    return text + paragraph(plan.limit, "", Ink::plain, options);
}

std::string modelBlock(const Plan & plan, const TextOptions & options) {
    const Card & card = plan.model;
    std::string line = card.kind + ", " + formatParameters(card.parameters) + " parameters";
    if (card.active_parameters < card.parameters / 2)
        line += ", " + formatParameters(card.active_parameters) + " active";
    line += ", " + card.quantization + ", " + formatGib(card.file_bytes);
    std::string text = title(safeTerminal(card.name), options) + paragraph(line, "  ", Ink::plain, options);

    Table table;
    table.columns = {{}, {.max_width = std::max(30U, options.width / 2)}, {.ink = Ink::dim}};
    for (const char * key : {"layers", "experts", "expert_layers", "heads", "mla", "n_swa", "state", "n_ctx_train"}) {
        for (const Fact & fact : card.facts) {
            if (fact.key == key) table.rows.push_back({fact.label, fact.value, fact.source});
        }
    }
    return text + renderTable(table, options.width, options.colour);
}

std::string barsBlock(const Plan & plan, const TextOptions & options) {
    std::string text = title("Where it goes, at " + formatCount(plan.n_ctx) + " tokens of context", options);
    text += renderBars(plan.devices, plan.approximate, options);
    text += (plan.devices.empty() ? "" : "\n") + renderBars({plan.host}, plan.approximate, options);
    std::string note = "MiB. The GPUs' bars are to one scale, that of system memory is its own.";
    if (plan.approximate && !plan.approximate_because.empty()) note += " ~ is approximate: " + plan.approximate_because;
    return text + "\n" + paragraph(note, "  ", Ink::dim, options);
}

std::string reasonsBlock(const Plan & plan, const TextOptions & options) {
    std::string text = title("Why", options);
    for (const Reason & reason : plan.reasons) {
        std::string body = paragraph(reason.text, "    ", Ink::plain, options);
        const std::string mark =
            reason.passed ? inked("✓", Ink::green, options.colour) : inked("✗", Ink::red, options.colour);
        text += "  " + mark + " " + body.substr(4);
    }
    return text;
}

std::string freeCells(const Alternative & alternative, const Plan & plan) {
    std::string text;
    for (size_t i = 0; i < alternative.headroom_bytes.size() && i < plan.devices.size(); ++i) {
        const int64_t bytes = alternative.headroom_bytes[i];
        const uint64_t size = static_cast<uint64_t>(bytes < 0 ? -bytes : bytes) / kMib;
        text += (i == 0 ? "" : " / ") + std::string(bytes < 0 ? "-" : "") + formatCount(size);
    }
    return text;
}

std::string alternativesBlock(const Plan & plan, const TextOptions & options) {
    if (plan.alternatives.size() < 2) return "";
    Table table;
    table.columns = {{}, {}, {Align::right}, {Align::right}, {.ink = Ink::dim}};
    table.header = {"  placement", "verdict", "context", "free MiB", ""};
    for (const Alternative & one : plan.alternatives) {
        std::string verdict = verdictName(one.verdict);
        std::replace(verdict.begin(), verdict.end(), '_', ' ');
        table.rows.push_back({(one.recommended ? "→ " : "  ") + one.label, verdict, formatCount(one.n_ctx),
                              freeCells(one, plan), one.note});
    }
    return title("Alternatives", options) + renderTable(table, options.width, options.colour);
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
        const std::string body =
            paragraph(warning.text + (warning.remedy.empty() ? "" : " " + warning.remedy), "    ", Ink::plain, options);
        text += "  " + inked("!", Ink::yellow, options.colour) + " " + body.substr(4);
    }
    return text;
}

}  // namespace

std::string renderPlan(const Plan & plan, const TextOptions & options) {
    return verdictBlock(plan, options) + modelBlock(plan, options) + barsBlock(plan, options) +
           reasonsBlock(plan, options) + alternativesBlock(plan, options) + warningsBlock(plan, options) +
           entryBlock(plan, plan.bench, options);
}

}  // namespace ggufit
