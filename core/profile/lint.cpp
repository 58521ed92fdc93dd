// The linter's walk over the file: lines outside of sections, ids, comments; keys and arguments are files of their own.
#include "profile/lint.h"

#include <map>

#include "base/phrase.h"
#include "base/sort.h"
#include "model/clean_text.h"
#include "profile/entry.h"
#include "profile/lint_parts.h"

namespace ggufit {

namespace {

bool isDashes(std::string_view text) { return text.find_first_not_of("-=~* ") == std::string_view::npos; }

/// A line that tells a reader something of the entry, rather than drawing a rule or saying whether it was started.
bool saysSomething(const ConfLine & line) {
    const std::string_view text = commentText(line);
    return !text.empty() && !isDashes(text) && !text.starts_with("---") && !isUntested(line) && !isTested(line);
}

/// Whether a comment stands at the section: touching it, within it, or as a banner over it.
bool hasReason(const Conf & conf, const ConfSection & section, size_t begin) {
    bool fenced = false;  // between lines of "# ====", which head a part of the file
    for (size_t i = begin; i < section.end; ++i) {
        const std::string_view text = commentText(conf.lines[i]);
        if (text.starts_with("===")) fenced = !fenced;
        if (text.starts_with("Previous:")) {
            while (i + 1 < section.end && conf.lines[i + 1].kind == ConfLineKind::comment) ++i;
            continue;
        }
        if (!fenced && saysSomething(conf.lines[i])) return true;
    }
    return false;
}

void lintReasons(ConfFindings & findings, const std::vector<ConfSection> & sections) {
    size_t begin = 0;
    for (const ConfSection & section : sections) {
        if (section.readable && !hasReason(findings.conf(), section, begin)) {
            findings.add(
                {"no_reason",
                 "The next person who changes the entry can't tell what was measured, what was tried and what "
                 "was guessed.",
                 "Write over it why it is so: strategy, memory by device, headroom, where the facts on the model "
                 "come from. `ggufit conf replace` writes them.",
                 kConventionSource},
                section.header, section.id, "no comment says why the entry is as it is");
        }
        begin = section.previous_end;
    }
}

void lintIds(ConfFindings & findings, const std::vector<ConfSection> & sections) {
    std::map<std::string, size_t> first;
    const ConfSection * before = nullptr;
    for (const ConfSection & section : sections) {
        if (!section.readable) {
            findings.add({"bad_id",
                          phrase("The reader skips such a header, and gives its keys to {}.",
                                 before == nullptr ? std::string("no section at all")
                                                   : phrase("the section before it, [{}]", before->id)),
                          phrase("Write [{}]: letters, digits, - and _ alone.", safeId(section.id)), kReaderSource},
                         section.header, "", phrase("[{}] is no id that the reader takes", shownText(section.id)));
            continue;
        }
        before = &section;
        const auto [there, added] = first.emplace(section.id, section.header);
        if (added) continue;
        findings.add({"duplicate_id",
                      "The reader lists both and starts neither as written: keys of the later one win, those that it "
                      "leaves out are the earlier one's.",
                      "Rename one of them.", kReaderSource},
                     section.header, section.id,
                     phrase("[{}] is in line {} already", section.id, std::to_string(there->second + 1)));
    }
}

void lintLines(ConfFindings & findings, const std::vector<ConfSection> & sections) {
    const Conf & conf = findings.conf();
    const size_t first_header = sections.empty() ? conf.lines.size() : sections.front().header;
    const std::string * section = nullptr;
    for (size_t i = 0; i < conf.lines.size(); ++i) {
        const ConfLine & line = conf.lines[i];
        if (line.kind == ConfLineKind::header) section = &line.name;
        if (line.kind == ConfLineKind::key && i < first_header) {
            findings.add({"outside_section", "The reader knows no section yet, and skips it.",
                          "Move it under a [section], or put # in front.", kReaderSource},
                         i, "", shownText(line.text) + " stands before any section");
        }
        if (line.kind != ConfLineKind::other) continue;
        const bool semicolon = line.text.find_first_not_of(" \t") == line.text.find(';');
        findings.add(
            {"skipped_line",
             semicolon ? "Only # starts a comment; the reader skips the line all the same."
                       : "It is no KEY=value, no [section] and no comment: the reader skips it. Values do not go "
                         "on in the next line.",
             semicolon ? "Write # in place of ;." : "Make it KEY=value, or put # in front.", kReaderSource},
            i, section == nullptr ? "" : *section, shownText(line.text) + " is skipped");
    }
}

}  // namespace

size_t keyLineOf(const Conf & conf, const ConfSection & section, std::string_view key) {
    size_t found = section.header;
    for (size_t i = section.header; i < section.end; ++i) {
        if (conf.lines[i].kind == ConfLineKind::key && conf.lines[i].name == key) found = i;
    }
    return found;
}

bool saysByHand(const Conf & conf, const ConfSection & section) {
    std::string said;
    for (size_t i = section.first; i < section.end; ++i) said += " " + std::string(commentText(conf.lines[i]));
    return said.find("switches --fit off") != std::string::npos;
}

std::string shownText(std::string_view text) { return cleanText(text, 80); }

std::vector<ConfFinding> lintConf(const Conf & conf) {
    ConfFindings findings(conf);
    const std::vector<ConfSection> sections = sectionsOf(conf);
    lintLines(findings, sections);
    lintIds(findings, sections);
    lintReasons(findings, sections);
    for (const ConfSection & section : sections) {
        if (findings.full()) break;
        lintValues(findings, section);
        lintArguments(findings, section);
    }
    auto found = findings.take();
    sortFindings(found);
    return found;
}

void sortFindings(std::vector<ConfFinding> & findings) {
    stableSort(findings, [](const ConfFinding & a, const ConfFinding & b) {
        return a.line != b.line ? a.line < b.line : a.rule < b.rule;
    });
}

}  // namespace ggufit
