// Candidates as a table for each base model, in as many columns as the terminal has room for.
#include <algorithm>
#include <tuple>

#include "base/phrase.h"
#include "base/units.h"
#include "gguf/shards.h"
#include "plan/speeds.h"
#include "render/choose.h"
#include "render/escape.h"
#include "render/table.h"

namespace ggufit {

namespace {

constexpr uint32_t kRoomForAll = 120;

std::string paragraph(const std::string & text, const std::string & indent, Ink ink, const TextOptions & options) {
    std::string out;
    const auto room = static_cast<uint32_t>(options.width > indent.size() + 20 ? options.width - indent.size() : 20);
    for (const std::string & line : wrapText(safeTerminal(text), room)) {
        out += phrase("{}{}\n", indent, inked(line, ink, options.colour));
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

/// A row and its place.
struct Line {
    const RankedRow & ranked;
    const ChooseRow & row;
    std::string label = {};
};

/// What all names have in common in front, up to where a word ends.
size_t commonPrefix(const std::string & first, const std::string & last) {
    const auto differs =
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(std::min(first.size(), last.size())),
                      last.begin())
            .first;
    const size_t cut = std::string(first.begin(), differs).find_last_of("-. ") + 1;
    return cut < std::min(first.size(), last.size()) ? cut : 0;
}

/// Labels rows by their files' names, those of one base model without what all have in common in front
/// ("UD-Q4_K_XL"); where two are the same, by their whole paths.
void labelLines(std::vector<Line> & lines, bool one_model) {
    std::vector<std::string> sorted;
    sorted.reserve(lines.size());
    for (Line & line : lines) sorted.push_back(line.label = stemOf(line.row.name));
    std::sort(sorted.begin(), sorted.end());
    const bool twice = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
    const size_t cut = one_model && lines.size() > 1 ? commonPrefix(sorted.front(), sorted.back()) : 0;
    for (Line & line : lines) {
        if (twice) {
            line.label = line.row.name;
        } else {
            line.label.erase(0, cut);
        }
    }
}

std::vector<Line> linesOf(const ChooseReport & report) {
    std::vector<Line> lines;
    for (const RankedGroup & group : report.ranking.groups) {
        for (const RankedRow & ranked : group.rows) lines.push_back({ranked, report.rows[ranked.row]});
    }
    labelLines(lines, report.ranking.groups.size() == 1);
    return lines;
}

std::string speedText(const ChooseRow & row) {
    if (!row.speed) return "–";
    return phrase("{} → {}", formatSpeed(row.speed->empty.decode_tokens_per_second),
                  formatSpeed(row.speed->full.decode_tokens_per_second));
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

/// "256k", as --ctx takes it; what is no whole number of thousands is rounded down.
std::string contextText(uint32_t n_ctx) {
    if (n_ctx == 0) return "–";
    return n_ctx < 1024 ? std::to_string(n_ctx) : std::to_string(n_ctx / 1024) + "k";
}

std::string markOf(const RankedRow & ranked) {
    if (!ranked.misses.empty()) return "✗";
    return ranked.pick != 0 ? std::to_string(ranked.pick) : "";
}

/// One table for all, the files of a base model together. A narrow one leaves out what the others tell too.
std::string linesTable(const std::vector<Line> & lines, bool one_model, const TextOptions & options) {
    const bool wide = options.width >= kRoomForAll;
    Table table;
    const auto column = [&table](const char * header, Column how) {
        table.header.emplace_back(header);
        table.columns.push_back(how);
    };
    column("", {});
    column("file", {.shrinks = true});
    if (wide && !one_model) column("weights", {Align::right});
    column("type", {});
    column("GiB", {Align::right});
    column("bits/w", {Align::right});
    column("ctx", {Align::right});
    column("~t/s", {Align::right});
    if (wide) column("free GiB", {Align::right});
    if (wide) column("misses", {});
    column("where", {});
    for (const Line & line : lines) {
        const ChooseRow & row = line.row;
        std::vector<std::string> cells = {markOf(line.ranked), line.label};
        if (wide && !one_model) cells.push_back(formatParameters(row.parameters));
        const double gib = static_cast<double>(row.size_bytes) / static_cast<double>(kGib);
        cells.insert(cells.end(), {row.quantization, formatFixed(gib, 1), formatFixed(row.bits_per_weight, 2),
                                   contextText(row.largest_n_ctx), speedText(row)});
        if (wide) cells.push_back(headroomText(row));
        if (wide) cells.push_back(missesText(line.ranked));
        const std::string tight = row.verdict == Verdict::tight ? "tight: " : "";
        cells.push_back(tight + row.placement + (row.approximate ? " (approximate)" : ""));
        table.rows.push_back(std::move(cells));
    }
    return renderTable(table, options.width, options.colour);
}

/// From what was wished for: what fits is nearer than what does not, then what is faster, then what is smaller.
bool isFurther(const Line & a, const Line & b) {
    const auto key = [](const Line & line) {
        const bool fits = line.row.verdict != Verdict::does_not_fit;
        return std::tuple(fits, line.row.speed ? line.row.speed->full.decode_tokens_per_second : 0,
                          -static_cast<double>(line.row.size_bytes));
    };
    return key(a) < key(b);
}

std::string picksText(const std::vector<Line> & lines, const TextOptions & options) {
    std::string text;
    for (const Line & line : lines) {
        if (line.ranked.pick == 0) continue;
        std::string sentence = phrase("{}: {}", line.label, line.ranked.reason);
        for (const std::string & note : line.row.notes) sentence += "; " + note;
        if (!sentence.ends_with('.')) sentence += ".";  // a note may be a sentence
        const std::string body = paragraph(sentence, "    ", Ink::plain, options);
        text += phrase("  {} {}", inked(std::to_string(line.ranked.pick), Ink::green, options.colour), body.substr(4));
    }
    const bool none =
        std::all_of(lines.begin(), lines.end(), [](const Line & line) { return !line.ranked.misses.empty(); });
    if (none) {
        const Line & nearest = *std::max_element(lines.begin(), lines.end(), isFurther);
        text += paragraph(phrase("None reaches that. Nearest is {}: {}.", nearest.label, nearest.ranked.reason), "  ",
                          Ink::yellow, options);
    }
    return text.empty() ? text : "\n" + text;
}

std::string rowsBlock(const ChooseReport & report, const TextOptions & options) {
    const std::vector<RankedGroup> & groups = report.ranking.groups;
    const std::vector<Line> lines = linesOf(report);
    std::string text = "\n";
    if (groups.size() == 1) {
        const RankedGroup & group = groups.front();
        const std::string rest = phrase(", {}, {} parameters", group.architecture, formatParameters(group.parameters));
        text += phrase("{}{}\n", inked(safeTerminal(group.model_name), Ink::bold, options.colour), safeTerminal(rest));
    }
    return text + linesTable(lines, groups.size() == 1, options) + picksText(lines, options);
}

/// What was wished for. Rows that were planned for less were trained with less.
std::string wishText(const ChooseReport & report) {
    const ChooseWishes & wishes = report.ranking.wishes;
    uint32_t n_ctx = wishes.min_ctx;
    for (const ChooseRow & row : report.rows) n_ctx = wishes.min_ctx != 0 ? n_ctx : std::max(n_ctx, row.n_ctx);
    const std::string context = "a context of " + formatCount(n_ctx);
    const std::string wish =
        wishes.min_tps > 0 ? phrase("{} t/s with {} full", formatSpeed(wishes.min_tps), context) : context;
    return phrase("Wished for: {}; {} first.", wish, chooseSortName(wishes.sort));
}

std::string notesBlock(const ChooseReport & report, const TextOptions & options) {
    std::string text;
    if (!report.aside.empty()) {
        text += phrase("\n{}\n", inked("Beside the models", Ink::bold, options.colour));
        Table table;
        table.columns = {{}, {Align::right}, {}};
        for (const ChooseAside & file : report.aside)
            table.rows.push_back({file.kind, formatGib(file.size_bytes), file.name});
        text += renderTable(table, options.width, options.colour);
    }
    if (!report.ranking.unreadable.empty()) {
        text += phrase("\n{}\n", inked("Left out", Ink::bold, options.colour));
        for (const uint32_t i : report.ranking.unreadable) {
            const ChooseRow & row = report.rows[i];
            const bool named = row.error.find(row.name) != std::string::npos;
            const std::string body = paragraph((named ? "" : row.name + ": ") + row.error, "    ", Ink::plain, options);
            text += phrase("  {} {}", inked("✗", Ink::red, options.colour), body.substr(4));
        }
    }
    std::string notes;
    for (const std::string & note : report.notes) notes += paragraph(note, "", Ink::yellow, options);
    if (report.n_unread > 0) {
        const std::string stopped = report.rows.empty()
                                        ? "Stopped before any was read."
                                        : phrase("Stopped before {} more were read: this compares only those above.",
                                                 formatCount(report.n_unread));
        notes += paragraph(stopped, "", Ink::yellow, options);
    }
    return text + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace

std::string renderChoice(const ChooseReport & report, const TextOptions & options) {
    std::string text;
    if (!report.ranking.groups.empty()) {
        text = paragraph(wishText(report), "", Ink::plain, options);
        text += rowsBlock(report, options);
        const bool missed = std::any_of(report.ranking.groups.begin(), report.ranking.groups.end(),
                                        [](const RankedGroup & group) { return !group.rows.back().misses.empty(); });
        text += "\n" + paragraph(std::string(missed ? "✗ misses what was wished for. " : "") +
                                     "ctx: the largest that fits. ~t/s: estimated, with an empty context → with the "
                                     "one that was wished for full.",
                                 "  ", Ink::dim, options);
    }
    return text + notesBlock(report, options);
}

std::string rowLine(const ChooseRow & row) {
    if (!row.error.empty()) return phrase("{}: {}", stemOf(row.name), row.error);
    return phrase("{}  {}  {} bits per weight  {}{}", stemOf(row.name), formatGib(row.size_bytes),
                  formatFixed(row.bits_per_weight, 2), row.speed ? phrase("~{} t/s  ", speedText(row)) : std::string(),
                  row.placement);
}

}  // namespace ggufit
