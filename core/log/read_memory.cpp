// --fit's account of what it did, and the memory table that llama.cpp prints at the end.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/phrase.h"
#include "log/read.h"

namespace ggufit {

namespace {

bool isFitFunction(std::string_view function) {
    return function.ends_with("params_fit_impl") || function.ends_with("_fit_params") ||
           function.ends_with("params_fit");
}

void readFit(const LogLine & line, Log & log) {
    if (!isFitFunction(line.function)) return;
    advanceTo(log, LogStage::opened);
    addEntry(log.fit.lines, std::string(line.tagged));
    const auto says = [&](std::string_view text) { return line.body.find(text) != std::string_view::npos; };
    using enum LogFit::Outcome;
    if (says("no changes needed")) {
        log.fit.outcome = unchanged;
    } else if (says("successfully fit")) {
        if (log.fit.outcome != unchanged) log.fit.outcome = fitted;
    } else if (const auto why = after(line.body, "failed to fit params to free device memory: ")) {
        log.fit.outcome = failed;
        log.fit.failure = why->substr(0, 200);
    } else if (log.fit.outcome == none && (says(" layers, ") || says("context size reduced"))) {
        log.fit.outcome = fitted;
    }
}

/// A figure that a build printed as an unsigned count of bytes below zero, shifted to MiB, is negative again.
int64_t signedMib(int64_t mib) {
    constexpr int64_t kWrapped = int64_t{1} << 44;
    return mib > kWrapped / 2 ? mib - kWrapped : mib;
}

std::vector<int64_t> integersIn(std::string_view text) {
    std::vector<int64_t> numbers;
    for (size_t i = 0; i < text.size() && numbers.size() < 8;) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        const bool minus = text[i] == '-' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (!digit && !minus) {
            ++i;
            continue;
        }
        const auto number = leadingInteger(text.substr(i));
        const int64_t mib = number ? signedMib(*number) : 0;
        numbers.push_back(std::abs(static_cast<double>(mib)) <= kLargestNumber ? mib : 0);
        ++i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    }
    return numbers;
}

bool setFigures(LogMemoryRow & row, std::string_view figures) {
    const std::vector<int64_t> n = integersIn(figures);
    row.device = figures.find('(') != std::string_view::npos;
    if (row.device && n.size() == 7) {
        row.total_mib = n[0];
        row.free_mib = n[1];
        row.unaccounted_mib = n[6];
    } else if (row.device || n.size() != 4) {
        return false;
    }
    const size_t self = row.device ? 2 : 0;
    row.self_mib = n[self];
    row.model_mib = n[self + 1];
    row.context_mib = n[self + 2];
    row.compute_mib = n[self + 3];
    return true;
}

/// "|   - CUDA0 (RTX 4090) | 24080 = 9436 + (14193 = 13169 + 38 + 985) + 451 |", at first "- CUDA0 (RTX 4090):  24080 =
/// …"
void readRow(const LogLine & line, Log & log) {
    if (line.function.find("memory_breakdown") == std::string_view::npos) return;
    std::string_view body = trimBlanks(line.body);
    if (body.starts_with('|')) body = trimBlanks(body.substr(1));
    if (!body.starts_with("- ")) return;
    body = trimBlanks(body.substr(2));
    while (body.ends_with('|') || body.ends_with(' ')) body.remove_suffix(1);
    size_t bar = body.rfind('|'), behind = 1;
    if (bar == std::string_view::npos) bar = body.find(": "), behind = 2;
    if (bar == std::string_view::npos) return;
    const std::string_view head = trimBlanks(body.substr(0, bar)), figures = body.substr(bar + behind);
    LogMemoryRow row;
    const size_t open = head.find(" (");
    row.name = head.substr(0, std::min<size_t>(open, 80));
    if (open != std::string_view::npos && head.ends_with(')')) {
        row.description = head.substr(open + 2, head.size() - open - 3).substr(0, 200);
    }
    if (!setFigures(row, figures)) return;
    row.text = phrase("{} | {}", std::string(head), collapseBlanks(figures));
    row.planned = !log.fit.lines.empty() && log.stage < LogStage::model;
    addEntry(log.breakdown, std::move(row));
}

}  // namespace

void readMemory(const LogLine & line, Log & log) {
    readFit(line, log);
    readRow(line, log);
}

}  // namespace ggufit
