// Candidates as a table for each base model, in as many columns as the terminal has room for.
#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "gguf/shards.h"
#include "plan/speeds.h"
#include "render/choose.h"
#include "render/escape.h"
#include "render/table.h"

namespace ggufit {

namespace {

constexpr uint32_t kRoomForHeadroom = 120;

std::string paragraph(const std::string & text, const std::string & indent, Ink ink, const TextOptions & options) {
    std::string out;
    const auto room = static_cast<uint32_t>(options.width > indent.size() + 20 ? options.width - indent.size() : 20);
    for (const std::string & line : wrapText(safeTerminal(text), room)) {
        out += indent + inked(line, ink, options.colour) + "\n";
    }
    return out;
}

std::string_view baseName(std::string_view name) { return name.substr(name.find_last_of('/') + 1); }

/// The file's name without its ending and the number of its shard.
std::string stemOf(const std::string & name) {
    const std::string_view file = baseName(name);
    if (const auto shard = parseShardName(file)) return shard->stem;
    constexpr std::string_view kEnding = ".gguf";
    return std::string(file.ends_with(kEnding) ? file.substr(0, file.size() - kEnding.size()) : file);
}

/// Each row's name without what all of a group have in common in front: "UD-Q4_K_XL". Where that is not one for each,
/// the whole paths are.
std::vector<std::string> labelsOf(const RankedGroup & group, const std::vector<ChooseRow> & rows) {
    std::vector<std::string> labels;
    for (const RankedRow & ranked : group.rows) labels.push_back(stemOf(rows[ranked.row].name));
    if (labels.size() < 2) return labels;
    std::vector<std::string> sorted = labels;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        for (size_t i = 0; i < labels.size(); ++i) labels[i] = rows[group.rows[i].row].name;
        return labels;
    }
    const std::string &first = sorted.front(), &last = sorted.back();
    const auto differs = std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first;
    const std::string common(first.begin(), differs);
    const size_t cut = common.find_last_of("-. ") + 1;
    if (cut < first.size()) {
        for (std::string & label : labels) label.erase(0, cut);
    }
    return labels;
}

std::string speedText(const ChooseRow & row) {
    if (!row.speed) return "–";
    return formatSpeed(row.speed->empty.decode_tokens_per_second) + " → " +
           formatSpeed(row.speed->full.decode_tokens_per_second);
}

std::string headroomText(const ChooseRow & row) {
    std::string text;
    for (const int64_t bytes : row.headroom_bytes) {
        const uint64_t size = static_cast<uint64_t>(bytes < 0 ? -bytes : bytes);
        text += (text.empty() ? "" : " / ") + std::string(bytes < 0 ? "-" : "") +
                formatFixed(static_cast<double>(size) / static_cast<double>(kGib), 1);
    }
    return text;
}

std::string missesText(const RankedRow & ranked) {
    std::string text;
    for (const std::string & miss : ranked.misses) text += (text.empty() ? "" : ", ") + miss;
    return text;
}

std::string groupTable(const RankedGroup & group, const std::vector<ChooseRow> & rows, const TextOptions & options) {
    const bool wide = options.width >= kRoomForHeadroom;
    const std::vector<std::string> labels = labelsOf(group, rows);
    Table table;
    table.columns = {{.shrinks = true}, {}, {Align::right}, {Align::right}, {Align::right}, {Align::right}};
    table.header = {"  file", "type", "GiB", "bits/w", "context", "~t/s"};
    if (wide) {
        table.columns.push_back({Align::right});
        table.header.emplace_back("free GiB");
    }
    table.columns.insert(table.columns.end(), {{}, {}});
    table.header.insert(table.header.end(), {"misses", "where"});
    for (size_t i = 0; i < group.rows.size(); ++i) {
        const RankedRow & ranked = group.rows[i];
        const ChooseRow & row = rows[ranked.row];
        const std::string mark = ranked.pick != 0 ? std::to_string(ranked.pick) + " " : "  ";
        const double gib = static_cast<double>(row.size_bytes) / static_cast<double>(kGib);
        table.rows.push_back({mark + labels[i], row.quantization, formatFixed(gib, 1),
                              formatFixed(row.bits_per_weight, 2),
                              row.largest_n_ctx == 0 ? "–" : formatCount(row.largest_n_ctx), speedText(row)});
        if (wide) table.rows.back().push_back(headroomText(row));
        table.rows.back().push_back(missesText(ranked));
        table.rows.back().push_back((row.verdict == Verdict::tight ? "tight: " : "") + row.placement);
    }
    return renderTable(table, options.width, options.colour);
}

std::string picksText(const RankedGroup & group, const std::vector<ChooseRow> & rows, const TextOptions & options) {
    const std::vector<std::string> labels = labelsOf(group, rows);
    std::string text;
    for (size_t i = 0; i < group.rows.size(); ++i) {
        const RankedRow & ranked = group.rows[i];
        if (ranked.pick == 0) continue;
        const std::string body = paragraph(labels[i] + ": " + ranked.reason + ".", "    ", Ink::plain, options);
        text += "  " + inked(std::to_string(ranked.pick), Ink::green, options.colour) + " " + body.substr(4);
    }
    const bool none = std::all_of(group.rows.begin(), group.rows.end(),
                                  [](const RankedRow & ranked) { return !ranked.misses.empty(); });
    if (none) {
        const std::string & why = group.rows.front().reason;
        text += paragraph("None reaches it" + (why.empty() ? "" : "; " + labels.front() + ": " + why) + ".", "  ",
                          Ink::yellow, options);
    }
    return text.empty() ? text : "\n" + text;
}

std::string groupBlock(const RankedGroup & group, const std::vector<ChooseRow> & rows, const TextOptions & options) {
    std::string text = "\n" + inked(safeTerminal(group.model_name), Ink::bold, options.colour) + "\n";
    const std::string line = group.architecture + ", " + formatParameters(group.parameters) + " parameters";
    text += paragraph(line, "  ", Ink::dim, options);
    return text + groupTable(group, rows, options) + picksText(group, rows, options);
}

std::string wishText(const ChooseReport & report) {
    const ChooseWishes & wishes = report.ranking.wishes;
    std::string text = "Wished for: ";
    text += wishes.min_ctx != 0 ? "a context of " + formatCount(wishes.min_ctx) : std::string("that it fits");
    if (wishes.min_tps > 0) text += ", " + formatSpeed(wishes.min_tps) + " t/s with the context full";
    return text + "; " + chooseSortName(wishes.sort) + " first.";
}

std::string notesBlock(const ChooseReport & report, const TextOptions & options) {
    std::string text;
    if (!report.aside.empty()) {
        text += "\n" + inked("Beside the models", Ink::bold, options.colour) + "\n";
        Table table;
        table.columns = {{}, {Align::right}, {}};
        for (const ChooseAside & file : report.aside)
            table.rows.push_back({file.kind, formatGib(file.size_bytes), file.name});
        text += renderTable(table, options.width, options.colour);
    }
    if (!report.ranking.unreadable.empty()) {
        text += "\n" + inked("Left out", Ink::bold, options.colour) + "\n";
        for (const uint32_t i : report.ranking.unreadable) {
            const ChooseRow & row = report.rows[i];
            const bool named = row.error.find(row.name) != std::string::npos;
            const std::string body = paragraph((named ? "" : row.name + ": ") + row.error, "    ", Ink::plain, options);
            text += "  " + inked("✗", Ink::red, options.colour) + " " + body.substr(4);
        }
    }
    std::string notes;
    for (const std::string & note : report.notes) notes += paragraph(note, "", Ink::yellow, options);
    if (report.n_unread > 0) {
        notes += paragraph(
            "Stopped before " + formatCount(report.n_unread) + " more were read: this compares only those above.", "",
            Ink::yellow, options);
    }
    return text + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace

std::string renderChoice(const ChooseReport & report, const TextOptions & options) {
    std::string text;
    if (!report.ranking.groups.empty()) {
        text = paragraph(wishText(report), "", Ink::plain, options);
        for (const RankedGroup & group : report.ranking.groups) text += groupBlock(group, report.rows, options);
        text += "\n" + paragraph(
                           "context: the largest that fits. ~t/s: estimated, with an empty context → with the one "
                           "that was planned for full.",
                           "  ", Ink::dim, options);
    }
    return text + notesBlock(report, options);
}

std::string rowLine(const ChooseRow & row) {
    if (!row.error.empty()) return stemOf(row.name) + ": " + row.error;
    return stemOf(row.name) + "  " + formatGib(row.size_bytes) + "  " + formatFixed(row.bits_per_weight, 2) +
           " bits per weight  " + (row.speed ? "~" + speedText(row) + " t/s  " : std::string()) + row.placement;
}

}  // namespace ggufit
