// `ggufit inspect` as text: a headline, the card with its sources, types, layers, files, warnings.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "render/escape.h"
#include "render/shard_bytes.h"
#include "render/table.h"
#include "render/text.h"

namespace ggufit {

namespace {

std::string title(std::string_view text, const TextOptions & options) {
    return phrase("\n{}\n", inked(text, Ink::bold, options.colour));
}

std::string headline(const Card & card, const TextOptions & options) {
    std::string text = inked(safeTerminal(card.name), Ink::bold, options.colour) + "\n";
    std::string line = phrase("{}, {} parameters", card.kind, formatParameters(card.parameters));
    if (card.active_parameters < card.parameters / 2)
        line += phrase(", {} active", formatParameters(card.active_parameters));
    line += phrase(", {}, {}", card.quantization, formatGib(card.file_bytes));
    return phrase("{}{}\n", text, safeTerminal(line));
}

std::string factTable(const Card & card, const TextOptions & options) {
    // What follows the widest value is for the sources, which wrap; on a narrow terminal the values wrap as well.
    const uint32_t value_width = std::max(30U, options.width > 60 ? (options.width - 24) * 11 / 20 : 30U);
    Table table = {
        .columns = {{}, {.max_width = value_width}, {.ink = Ink::dim}}, .header = {}, .rows = {}, .footer = {}};
    for (const Fact & fact : card.facts) table.rows.push_back({fact.label, fact.value, fact.source});
    return renderTable(table, options.width, options.colour);
}

std::string percent(uint64_t part, uint64_t whole) {
    return whole == 0 ? "" : formatFixed(static_cast<double>(part) * 100 / static_cast<double>(whole), 1) + " %";
}

std::string typeTable(const Card & card, const TextOptions & options) {
    if (card.types.empty()) return {};
    const Column number = {.align = Align::right};
    Table table = {.columns = {{}, number, number, number, number, number},
                   .header = {"type", "tensors", "parameters", "size", "share", "bits/weight"},
                   .rows = {},
                   .footer = {}};
    uint64_t n_tensors = 0;
    for (const TypeShare & share : card.types) {
        n_tensors += share.n_tensors;
        const double bits =
            share.parameters == 0 ? 0 : static_cast<double>(share.bytes) * 8 / static_cast<double>(share.parameters);
        table.rows.push_back({share.type, formatCount(share.n_tensors), formatParameters(share.parameters),
                              formatGib(share.bytes), percent(share.bytes, card.tensor_bytes), formatFixed(bits, 2)});
    }
    if (card.types.size() > 1) {
        table.footer = {"all",
                        formatCount(n_tensors),
                        formatParameters(card.parameters),
                        formatGib(card.tensor_bytes),
                        "",
                        formatFixed(card.bits_per_weight, 2)};
    }
    return title("Tensor types", options) + renderTable(table, options.width, options.colour);
}

/// One letter a layer; kLegend says which.
/// experts.
char letterOf(const LayerCard & layer) {
    if (layer.nextn) return 'm';
    if (layer.attention == "full") return 'F';
    if (layer.attention == "sliding") return 'S';
    if (layer.attention == "recurrent") return 'R';
    if (layer.attention == "shared") return 'C';
    return layer.attention == "none" ? '-' : 'B';
}

constexpr std::pair<char, const char *> kLegend[] = {{'F', "full attention"},
                                                     {'S', "sliding window"},
                                                     {'R', "recurrent"},
                                                     {'B', "attention beside recurrent"},
                                                     {'C', "on an earlier layer's cache"},
                                                     {'-', "no attention"},
                                                     {'m', "MTP"},
                                                     {'e', "experts"},
                                                     {'.', "no experts"}};

/// "legend: text" for the letters that occur.
std::string legendOf(const std::string & letters) {
    std::string legend;
    for (const auto & [letter, text] : kLegend) {
        if (letters.find(letter) == std::string::npos) continue;
        if (!legend.empty()) legend += ", ";
        legend += phrase("{} {}", std::string(1, letter), text);
    }
    return legend;
}

std::string layerMap(const Card & card, const TextOptions & options) {
    std::string attention;
    std::string experts;
    bool any_experts = false;
    for (const LayerCard & layer : card.layers) {
        attention += letterOf(layer);
        experts += layer.experts ? 'e' : '.';
        any_experts = any_experts || layer.experts;
    }
    const bool same = attention.find_first_not_of(attention.substr(0, 1)) == std::string::npos;
    const bool same_experts = !any_experts || experts.find('.') == std::string::npos;
    if (same && same_experts) return {};

    std::string text = title("Layers", options);
    const size_t per_line = options.width > 80 ? 64 : 32;
    for (size_t start = 0; start < attention.size(); start += per_line) {
        const std::string number = std::to_string(start);
        text += phrase("  {}{}  ", std::string(4 - std::min<size_t>(number.size(), 4), ' '),
                       inked(number, Ink::dim, options.colour));
        text += attention.substr(start, per_line) + "\n";
        if (!same_experts)
            text += phrase("        {}\n", inked(experts.substr(start, per_line), Ink::dim, options.colour));
    }
    const std::string legend = legendOf(same_experts ? attention : attention + experts);
    for (const std::string & line : wrapText(legend, options.width > 10 ? options.width - 8 : 1)) {
        text += phrase("        {}\n", inked(line, Ink::dim, options.colour));
    }
    return text;
}

std::string fileTable(const File & file, const TextOptions & options) {
    const Column number = {.align = Align::right};
    const std::vector<ShardBytes> shards = shardBytes(file);
    const bool rest = std::any_of(shards.begin(), shards.end(), [](const ShardBytes & s) { return s.rest_bytes > 0; });
    Table table = {.columns = {{.shrinks = true}, number, number, number, number},
                   .header = {"file", "header", "padding", "tensors", "bytes"},
                   .rows = {},
                   .footer = {}};
    if (rest) {
        table.columns.push_back(number);
        table.header.insert(table.header.end() - 1, "rest");
    }
    const auto row = [rest](std::string name, const ShardBytes & shard) {
        std::vector<std::string> cells = {std::move(name), formatCount(shard.header_bytes),
                                          formatCount(shard.padding_bytes), formatCount(shard.tensor_bytes)};
        if (rest) cells.push_back(formatCount(shard.rest_bytes));
        cells.push_back(formatCount(shard.file_bytes));
        return cells;
    };
    ShardBytes sum;
    for (size_t i = 0; i < shards.size(); ++i) {
        const std::string & name = file.shards[i].name;
        table.rows.push_back(row(name.empty() ? "(no name)" : name, shards[i]));
        sum.header_bytes += shards[i].header_bytes;
        sum.padding_bytes += shards[i].padding_bytes;
        sum.tensor_bytes += shards[i].tensor_bytes;
        sum.rest_bytes += shards[i].rest_bytes;
        sum.file_bytes += shards[i].file_bytes;
    }
    if (shards.size() > 1) table.footer = row("all", sum);
    return title(shards.size() > 1 ? "Files" : "File", options) + renderTable(table, options.width, options.colour);
}

std::string warningLines(const std::vector<Warning> & warnings, const TextOptions & options) {
    if (warnings.empty()) return {};
    std::string text = title(warnings.size() > 1 ? "Warnings" : "Warning", options);
    const uint32_t width = options.width > 10 ? options.width - 4 : 10;
    for (const Warning & warning : warnings) {
        bool first = true;
        for (const std::string & line : wrapText(safeTerminal(warning.whole()), width)) {
            text += phrase("{}{}\n", first ? phrase("  {} ", inked("!", Ink::yellow, options.colour)) : "    ", line);
            first = false;
        }
    }
    return text;
}

}  // namespace

std::string renderModel(const Model & model, const Card & card, const TextOptions & options) {
    return phrase("{}\n{}{}{}{}{}", headline(card, options), factTable(card, options), typeTable(card, options),
                  layerMap(card, options), fileTable(model.file, options), warningLines(model.warnings, options));
}

}  // namespace ggufit
