// A checked start as a report: one sentence, a table, reasons, remedies, findings.
#include <algorithm>
#include <cmath>

#include "base/phrase.h"
#include "base/units.h"
#include "log/text.h"
#include "plan/speeds.h"
#include "render/check.h"
#include "render/shell_words.h"
#include "render/table.h"

namespace ggufit {

namespace {

std::string figure(const std::optional<double> & value, const std::string & unit) {
    if (!value) return "–";
    const std::string sign = *value < 0 ? "-" : "";
    const double size = std::abs(*value);
    if (unit.empty()) return sign + formatCount(static_cast<uint64_t>(std::llround(size)));
    if (unit == "t/s") return sign + formatSpeed(size);
    const double hundredths = std::round(size * 100);
    const auto whole = static_cast<uint64_t>(hundredths / 100);
    const auto rest = static_cast<uint64_t>(hundredths) % 100;
    return phrase("{}{}.{}{}", sign, formatCount(whole), rest < 10 ? "0" : "", std::to_string(rest));
}

std::string difference(const CheckTerm & term) {
    if (!term.predicted || !term.measured) return "";
    if (term.equal) return term.unit == "t/s" ? "in range" : term.exact ? "equal" : "about";
    const double more = *term.measured - *term.predicted;
    return (more > 0 ? "+" : "") + figure(more, term.unit);
}

std::string termTable(const Check & check, const TextOptions & options) {
    Table table;
    table.columns = {{}, {}, {Align::right}, {Align::right}, {Align::right}};
    table.header = {"", "", "predicted", "measured", "difference"};
    if (!check.compared) {
        table.columns = {{}, {}, {Align::right}};
        table.header = {"", "", "measured"};
    }
    std::string device;
    for (const CheckTerm & term : check.terms) {
        const std::string place = term.device == "host" ? "system memory" : term.device;
        std::string name = term.name + (term.unit.empty() ? "" : ", " + term.unit);
        std::vector<std::string> row = {place == device ? "" : place, std::move(name)};
        if (check.compared) row.push_back(figure(term.predicted, term.unit));
        row.push_back(figure(term.measured, term.unit));
        if (check.compared) row.push_back(difference(term));
        device = place;
        table.rows.push_back(std::move(row));
    }
    return table.rows.empty() ? "" : "\n" + renderTable(table, options.width, options.colour);
}

/// A paragraph with a hanging indent.
std::string item(const std::string & text, const TextOptions & options) {
    std::string lines;
    for (const std::string & line : wrapText(safeTerminal(text), std::max<uint32_t>(options.width, 24) - 4))
        lines += phrase("{}{}\n", lines.empty() ? "  - " : "    ", line);
    return lines;
}

std::string list(const char * title, const std::vector<std::string> & items, const TextOptions & options) {
    if (items.empty()) return "";
    std::string text = phrase("\n{}\n", inked(title, Ink::bold, options.colour));
    for (const std::string & one : items) text += item(one, options);
    return text;
}

/// Terms of one reason together: "CUDA0 compute, system memory compute: …".
std::vector<std::string> reasons(const Check & check) {
    std::vector<std::pair<std::string, std::string>> by_reason;
    for (const CheckTerm & term : check.terms) {
        if (term.because.empty()) continue;
        const std::string name = phrase("{} {}", term.device == "host" ? "system memory" : term.device, term.name);
        const auto same = std::find_if(by_reason.begin(), by_reason.end(),
                                       [&](const auto & one) { return one.first == term.because; });
        if (same == by_reason.end()) {
            by_reason.emplace_back(term.because, name);
        } else {
            same->second += ", " + name;
        }
    }
    std::vector<std::string> texts;
    texts.reserve(by_reason.size());
    for (auto & [reason, names] : by_reason) {
        names.append(": ").append(reason).append(".");
        texts.push_back(std::move(names));
    }
    return texts;
}

std::string head(const Check & check, const TextOptions & options) {
    const Log & log = check.log;
    const bool bad = log.outOfMemory() || log.failed();
    std::string text;
    for (const std::string & line : wrapText(safeTerminal(check.summary), options.width))
        text += inked(line, bad ? Ink::red : Ink::bold, options.colour) + "\n";
    std::string ran;
    const auto add = [&](const std::string & words) { ran += (ran.empty() ? "" : ", ") + words; };
    if (const auto arch = factOf(log.hparams, "arch"); !arch.empty()) add(std::string(arch));
    if (const auto type = factOf(log.hparams, "model type"); !type.empty()) add(std::string(type));
    if (const auto type = factOf(log.hparams, "file type"); !type.empty()) add(std::string(type));
    if (const auto n = leadingCount(factOf(log.settings, "n_ctx"))) add("context " + formatCount(*n));
    if (!log.build.empty()) add("build " + log.build);
    for (const std::string & line :
         ran.empty() ? std::vector<std::string>() : wrapText(safeTerminal(ran), options.width))
        text += inked(line, Ink::dim, options.colour) + "\n";
    return text;
}

std::string remedyText(const CheckRemedy & remedy) {
    std::string text = phrase("{}: {}.", remedy.change, remedy.text);
    if (!remedy.verdict) {
        if (remedy.saved_mib >= 1)
            text += phrase(" Saves about {} MiB.", formatCount(static_cast<uint64_t>(std::llround(remedy.saved_mib))));
        return text;
    }
    text += *remedy.verdict == Verdict::tight ? " Fits, tightly" : " Fits";
    if (remedy.saved_mib >= 1)
        text += phrase(", saves {} MiB", formatCount(static_cast<uint64_t>(std::llround(remedy.saved_mib))));
    if (remedy.decode_tokens_per_second > 0) text += phrase(", ~{} t/s", formatSpeed(remedy.decode_tokens_per_second));
    return phrase("{}. Start with {}.", text, shellLine(remedy.arguments));
}

}  // namespace

std::string renderCheck(const Check & check, const TextOptions & options) {
    std::string text = head(check, options) + termTable(check, options);
    if (!check.approximate_because.empty())
        text += phrase("\n  the prediction is approximate: {}\n", safeTerminal(check.approximate_because));
    text += list("What explains it", reasons(check), options);
    std::vector<std::string> remedies, findings;
    for (const CheckRemedy & remedy : check.remedies) remedies.push_back(remedyText(remedy));
    for (const CheckFinding & finding : check.findings)
        findings.push_back(phrase("{} {}", finding.text, finding.remedy));
    text += list("What would help, cheapest first", remedies, options);
    text += list("Seen", findings, options);
    text += list("Notes", check.notes, options);
    const bool failed = check.log.failed() && !check.shortfall;
    if (failed) text += list("Errors", check.log.errors, options);
    if (!check.compared && !check.shortfall)
        text += "\nWith --model FILE of the model that ran these figures stand beside those that are predicted.\n";
    return text;
}

}  // namespace ggufit
