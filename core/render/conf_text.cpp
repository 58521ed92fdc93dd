// The sections of a models.conf as a table, one as it stands, and findings with why and remedy, as text.
#include <algorithm>

#include "base/phrase.h"
#include "base/units.h"
#include "base/values.h"
#include "render/conf.h"
#include "render/escape.h"
#include "render/table.h"

namespace ggufit {

namespace {

std::string contextText(const Conf & conf, const ConfSection & section) {
    const std::string value = valueOf(conf, section, "CTX_SIZE").value_or("");
    const auto tokens = parseUnsigned(value);
    return tokens ? formatCount(*tokens) : value;
}

std::string speedText(const Conf & conf, const ConfSection & section) {
    std::string speed = valueOf(conf, section, "SPEED").value_or("");
    const auto begin = conf.lines.begin();
    const bool untested = std::any_of(begin + static_cast<std::ptrdiff_t>(section.first),
                                      begin + static_cast<std::ptrdiff_t>(section.end), isUntested);
    if (!speed.empty()) return speed;
    return untested ? "not yet tested" : "";
}

/// "    why:    text", wrapped, with what follows its first line under it.
std::string labelled(const std::string & label, const std::string & text, const TextOptions & options) {
    constexpr uint32_t kIndent = 12;
    std::string out;
    for (const std::string & line : wrapText(safeTerminal(text), std::max(options.width, kIndent + 20) - kIndent)) {
        const std::string start = out.empty() ? phrase("    {}{}", label, std::string(kIndent - 4 - label.size(), ' '))
                                              : std::string(kIndent, ' ');
        out += phrase("{}{}\n", out.empty() ? inked(start, Ink::dim, options.colour) : start, line);
    }
    return out;
}

std::string counted(size_t count, const std::string & noun) {
    return phrase("{} {}{}", formatCount(count), noun, count == 1 ? "" : "s");
}

}  // namespace

std::string renderConfList(const Conf & conf, const TextOptions & options) {
    Table table;
    table.columns = {{Align::left, 0, Ink::bold, false},
                     {Align::left, 40, Ink::plain, true},
                     {Align::right, 0, Ink::plain, false},
                     {Align::left, 0, Ink::plain, false}};
    table.header = {"Section", "Name", "Context", "Speed"};
    table.indent = 0;
    for (const ConfSection & section : sectionsOf(conf)) {
        if (!section.readable) continue;
        table.rows.push_back({section.id, valueOf(conf, section, "NAME").value_or(""), contextText(conf, section),
                              speedText(conf, section)});
    }
    if (table.rows.empty()) return "No sections.\n";
    return renderTable(table, options.width, options.colour);
}

std::string renderConfSection(const Conf & conf, const ConfSection & section) {
    std::string out;
    for (size_t i = section.first; i < section.previous_end; ++i) out += safeTerminal(conf.lines[i].text) + "\n";
    return out;
}

std::string renderLint(std::string_view name, const std::vector<ConfFinding> & findings, size_t n_sections,
                       const TextOptions & options) {
    const std::string file = safeTerminal(name);
    std::string out;
    for (const ConfFinding & finding : findings) {
        const std::string place = phrase("{}:{}:", file, std::to_string(finding.line));
        const bool named =
            !finding.section.empty() && finding.text.find(phrase("[{}]", finding.section)) == std::string::npos;
        out += phrase("{} {}{}{}\n", inked(place, Ink::bold, options.colour),
                      named ? phrase("[{}] ", safeTerminal(finding.section)) : "", safeTerminal(finding.text),
                      inked(phrase(" ({})", finding.rule), Ink::dim, options.colour));
        out += phrase("{}{}{}\n", labelled("why:", finding.why, options), labelled("remedy:", finding.remedy, options),
                      labelled("source:", finding.source, options));
    }
    if (findings.empty()) return phrase("{}: {}, nothing found.\n", file, counted(n_sections, "section"));
    return phrase("{}{} in {}.\n", out, counted(findings.size(), "finding"), counted(n_sections, "section"));
}

}  // namespace ggufit
