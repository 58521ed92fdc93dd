// The document of an advice: what the plan is, what to try, what to write down, what decides.
#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "plan/choose.h"
#include "plan/speeds.h"
#include "render/advice.h"
#include "render/markdown.h"
#include "render/shell_words.h"

namespace ggufit {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string heading(int level, const std::string & text) {
    return phrase("\n{} {}\n\n", std::string(static_cast<size_t>(level), '#'), markdownText(text));
}

std::string bullet(const std::string & text) { return phrase("- {}\n", markdownText(text)); }

std::string paragraph(const std::string & text) { return markdownText(text) + "\n"; }

std::string labelled(const std::string & label, const std::string & text) {
    return phrase("**{}:** {}\n", label, markdownText(text));
}

std::string mib(uint64_t bytes) { return formatCount(bytes / kMib + (bytes % kMib >= kMib / 2 ? 1 : 0)); }

std::string signedMib(int64_t bytes) {
    return bytes < 0 ? "−" + mib(static_cast<uint64_t>(-bytes)) : mib(static_cast<uint64_t>(bytes));
}

std::string percent(uint64_t part, uint64_t whole) {
    return whole == 0 ? "" : formatFixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 0) + " %";
}

/// What nvidia-smi shows of a device: everything but what is free.
uint64_t heldBytes(const PlanDevice & device) {
    const uint64_t needed = device.model_bytes + device.context_bytes + device.compute_bytes;
    return saturatingAdd(device.total_bytes - device.budget_bytes, needed);
}

std::string kindTitle(SuggestionKind kind) {
    switch (kind) {
        case SuggestionKind::aggressive: return "Suggestion A (Aggressive)";
        case SuggestionKind::moderate: return "Suggestion B (Moderate)";
        case SuggestionKind::optional: return "Optional";
    }
    return "Optional";
}

/// "Suggestion B (Moderate): -fitt 128,512".
std::string suggestionTitle(const Suggestion & suggestion) {
    return phrase("{}: {}", kindTitle(suggestion.kind), suggestion.title);
}

std::string machineTable(const Plan & plan) {
    Rows rows;
    for (size_t i = 0; i < plan.devices.size(); ++i) {
        const PlanDevice & device = plan.devices[i];
        const double bandwidth = plan.machine.devices[i].bandwidth_gb_s;
        std::string role = bandwidth > 0 ? phrase("memory of {} GB/s", formatFixed(bandwidth, 0)) : "";
        if (device.reserved_bytes > 0) {
            role += phrase("{}display and other programs hold {}", std::string(role.empty() ? "" : "; "),
                           formatMib(device.reserved_bytes));
        }
        rows.push_back({deviceLabel(plan.machine.devices[i]), formatMib(device.total_bytes),
                        formatMib(device.budget_bytes), role});
    }
    const bool known = plan.host.total_bytes > 0;
    rows.push_back({"System memory", known ? formatMib(plan.host.total_bytes) : "not given", "",
                    plan.host.description.empty() ? "slowest" : plan.host.description + "; slowest"});
    return markdownTable({"Device", "Total", "Free for llama.cpp", "Role"}, rows);
}

std::vector<std::string> deviceRow(const PlanDevice & device, const std::string & name) {
    const bool known = device.total_bytes > 0;
    return {name,
            mib(device.model_bytes),
            mib(device.context_bytes),
            mib(device.compute_bytes),
            mib(device.model_bytes + device.context_bytes + device.compute_bytes),
            known ? mib(device.budget_bytes) : "not given",
            known ? signedMib(device.headroom_bytes) : "",
            known ? phrase("{} / {}", mib(heldBytes(device)), percent(heldBytes(device), device.total_bytes)) : ""};
}

std::string memoryTable(const Plan & plan) {
    Rows rows;
    for (const PlanDevice & device : plan.devices) rows.push_back(deviceRow(device, device.name));
    rows.push_back(deviceRow(plan.host, "System memory"));
    rows.back().back().clear();
    std::string text = markdownTable(
        {"MiB", "Model", "Context", "Compute", "Sum", "Free before", "Left", "Driver shows (MiB / %)"}, rows);
    if (plan.approximate) text += "\n" + paragraph("Approximate: " + plan.approximate_because);
    return text;
}

std::string splitsLine(const Plan & plan) {
    if (!plan.graph.known()) return labelled("Graph splits", "not known for this architecture; read them in the log.");
    return labelled("Graph splits",
                    phrase("{} for each token (bs=1), {} for each batch of a prompt.",
                           formatCount(plan.graph.splits_decode), formatCount(plan.graph.splits_prompt)));
}

/// The lines of a startup log that show whether the weights lie where they should.
std::string logLines(const Plan & plan) {
    std::string text;
    for (const PlanDevice & device : plan.devices) {
        if (device.model_bytes == 0) continue;
        text += phrase("load_tensors: {} model buffer size = {} MiB\n", device.name,
                       formatFixed(static_cast<double>(device.model_bytes) / static_cast<double>(kMib), 2));
    }
    if (plan.graph.known()) {
        const std::string prompt = std::to_string(plan.graph.splits_prompt);
        const std::string decode = std::to_string(plan.graph.splits_decode);
        text += phrase("sched_reserve: graph splits = {}\n",
                       prompt == decode ? prompt
                                        : phrase("{} (with bs={}), {} (with bs=1)", prompt,
                                                 std::to_string(std::min(plan.n_ctx, plan.settings.n_ubatch)), decode));
    }
    return text;
}

std::string argumentsBlock(const Plan & plan) {
    return markdownFence(phrase("llama-server {}\n", shellLine(plan.arguments)), "sh");
}

/// Section and keys of an entry, without its comments.
std::string keysOnly(const std::string & entry) {
    std::string out;
    for (size_t start = 0; start < entry.size();) {
        const size_t end = std::min(entry.find('\n', start), entry.size());
        if (entry[start] != '#') out += entry.substr(start, end - start) + "\n";
        start = end + 1;
    }
    return out;
}

std::string planSection(const Advice & advice) {
    const Plan & plan = advice.plan;
    std::string text = phrase("{}{}\n", heading(2, "The plan: " + plan.summary), markdownFence(keysOnly(plan.entry)));
    text += phrase("{}\n{}\n{}", argumentsBlock(plan), memoryTable(plan), splitsLine(plan));
    text += heading(3, "Architecture");
    for (const Reason & reason : plan.reasons) {
        if (reason.step != "architecture" && reason.step != "weights" && reason.step != "cache") continue;
        text += bullet(reason.text + (reason.source.empty() ? "" : phrase(" Source: {}.", reason.source)));
    }
    text += heading(3, "Analysis");
    for (const Reason & reason : plan.reasons) {
        if (reason.step == "architecture" || reason.step == "weights" || reason.step == "cache") continue;
        if (reason.step != "budget") text += bullet(reason.text);
    }
    text += bullet(plan.limit);
    if (plan.speed) text += bullet(speedSentence(*plan.speed));
    return phrase("{}\n{}", text, labelled("Key insight", advice.finding));
}

std::string speedText(const Plan & plan) {
    return plan.speed ? " " + markdownText(speedSentence(*plan.speed)) : std::string();
}

std::string speedCell(const Plan & plan) {
    return plan.speed ? "~" + formatSpeed(plan.speed->empty.decode_tokens_per_second) : std::string("not known");
}

std::string suggestionSection(const Suggestion & suggestion) {
    const Plan & plan = suggestion.plan;
    std::string text = phrase("{}{}\n", heading(2, suggestionTitle(suggestion)), paragraph(suggestion.why));
    text += argumentsBlock(plan) + "\n**Against the plan:**\n\n";
    for (const std::string & change : suggestion.changes) text += bullet(change);
    text += phrase("\n**Expected:** {}.{}\n\n{}\n{}", markdownText(plan.summary), speedText(plan), memoryTable(plan),
                   splitsLine(plan));
    const std::string log = logLines(plan);
    if (!log.empty()) text += "\nIn the startup log:\n\n" + markdownFence(log);
    text += phrase("\n**Risk:** {}.\n{}", std::string(riskName(suggestion.risk)), suggestion.risks.empty() ? "" : "\n");
    for (const std::string & risk : suggestion.risks) text += bullet(risk);
    text += "\n" + labelled("If it fails", suggestion.if_it_fails);
    return phrase("{}\nEntry for models.conf:\n\n{}", text, markdownFence(plan.entry));
}

std::string resultTable(const std::vector<std::string> & metrics, const std::string & title) {
    Rows rows;
    for (const std::string & metric : metrics) rows.push_back({metric});
    return heading(3, title) + markdownTable({"Metric", "Value"}, rows);
}

/// "22,000 / 90 %"; empty where it is not known.
std::string useCell(const MeasuredStart & start, const std::string & device) {
    for (const MeasuredDevice & one : start.devices) {
        if (one.name != device || one.used_mib <= 0) continue;
        const auto used = static_cast<uint64_t>(std::llround(std::min(one.used_mib, 1e12)));
        return formatCount(used) +
               (one.total_mib > 0 ? phrase(" / {} %", formatFixed(100 * one.used_mib / one.total_mib, 0)) : "");
    }
    return "";
}

/// The cells of a start, in the order of Advice::metrics.
std::vector<std::string> measuredCells(const Advice & advice, const MeasuredStart & start) {
    std::vector<std::string> cells;
    for (const PlanDevice & device : advice.plan.devices) cells.push_back(useCell(start, device.name));
    cells.push_back(start.splits_decode > 0 ? formatCount(start.splits_decode) : "");
    const auto speed = [](double value) { return value > 0 ? formatFixed(value, 1) : std::string(); };
    cells.push_back(speed(start.decode_tokens_per_second));
    std::string prompt = speed(start.prompt_tokens_per_second);
    if (!prompt.empty()) prompt += phrase(" ({} tokens)", formatCount(start.prompt_tokens));
    cells.push_back(std::move(prompt));
    cells.emplace_back(start.out_of_memory ? "yes" : "no");
    std::string notes = start.failure;
    for (const std::string & note : start.notes) notes += (notes.empty() ? "" : " ") + note;
    cells.push_back(std::move(notes));
    return cells;
}

/// A filled table: a column for each start of a configuration. Empty where there is none.
std::string measuredTable(const Advice & advice, const Decision & decision, int32_t suggestion,
                          const std::string & title) {
    std::vector<std::string> header = {"Metric"};
    Rows rows;
    for (const std::string & metric : advice.metrics) rows.push_back({metric});
    rows.insert(rows.begin(), {"Context"});
    for (const MeasuredStart & start : decision.starts) {
        if (start.suggestion != suggestion) continue;
        header.push_back(start.source);
        rows[0].push_back(start.n_ctx > 0 ? formatCount(start.n_ctx) : "");
        const std::vector<std::string> cells = measuredCells(advice, start);
        for (size_t i = 0; i + 1 < rows.size() && i < cells.size(); ++i) rows[i + 1].push_back(cells[i]);
    }
    return header.size() == 1 ? "" : heading(3, title) + markdownTable(header, rows);
}

std::string resultsSection(const Advice & advice, const Decision * decision) {
    std::string text = heading(2, "Test results") +
                       "Estimated speeds say what is worth a test; measured ones decide. VRAM is what the driver shows "
                       "(nvidia-smi) once the "
                       "server has started.\n";
    const auto add = [&](int32_t suggestion, const std::string & title) {
        const std::string measured = decision == nullptr ? "" : measuredTable(advice, *decision, suggestion, title);
        text += measured.empty() ? resultTable(advice.metrics, title) : measured;
    };
    add(-1, "The plan");
    for (size_t i = 0; i < advice.suggestions.size(); ++i)
        add(static_cast<int32_t>(i), suggestionTitle(advice.suggestions[i]));
    if (decision != nullptr) text += measuredTable(advice, *decision, -2, "Other starts");
    return text;
}

std::string procedureSection() {
    return heading(2, "Testing procedure") +
           "For each, in the order below:\n\n"
           "1. Paste its entry into models.conf and start the server with it. A working entry that it replaces is "
           "commented out, not deleted.\n"
           "2. Compare the startup log with the lines above: model buffers by device, graph splits, no out-of-memory "
           "error.\n"
           "3. Read the VRAM of each GPU (nvidia-smi).\n"
           "4. Send a short prompt that gives 50 tokens or more, and note the speed.\n"
           "5. Send a long prompt (2,000 tokens or more), note the speed at which it is read, and see that nothing "
           "runs out of memory: a short prompt proves nothing.\n"
           "6. Fill in the table.\n";
}

std::string nameOf(const Advice & advice, int32_t suggestion) {
    const auto i = static_cast<size_t>(suggestion);
    return suggestion < 0 || i >= advice.suggestions.size() ? "The plan" : suggestionTitle(advice.suggestions[i]);
}

/// Speed of a configuration as it was measured; 0 where it was not, or failed.
double measuredSpeed(const Decision * decision, int32_t suggestion) {
    if (decision == nullptr) return 0;
    for (const ConfigurationResult & one : decision->results) {
        if (one.suggestion == suggestion) return one.decode_tokens_per_second;
    }
    return 0;
}

std::string decisionSection(const Decision & decision) {
    std::string text = phrase("{}**{}**\n", heading(2, "Decision"), markdownText(decision.text));
    if (!decision.reasons.empty()) text += "\n";
    for (const std::string & reason : decision.reasons) text += bullet(reason);
    if (!decision.open.empty()) text += "\nStill to do:\n\n";
    for (const std::string & one : decision.open) text += bullet(one);
    return text;
}

std::string orderSection(const Advice & advice, const Decision * decision) {
    std::string text = heading(2, "Priority order");
    for (size_t i = 0; i < advice.order.size(); ++i) {
        text += phrase("{}. **{}** — {}\n", std::to_string(i + 1),
                       markdownText(nameOf(advice, advice.order[i].suggestion)), markdownText(advice.order[i].text));
    }
    Rows rows;
    const double current = measuredSpeed(decision, -1);
    const auto cell = [](double speed) { return speed > 0 ? formatFixed(speed, 1) : std::string("measure"); };
    for (size_t i = 0; i < advice.suggestions.size(); ++i) {
        const Suggestion & suggestion = advice.suggestions[i];
        const double speed = measuredSpeed(decision, static_cast<int32_t>(i));
        const double gain = current > 0 && speed > 0 ? 100 * (speed / current - 1) : 0;
        rows.push_back(
            {suggestionTitle(suggestion), speedCell(advice.plan), speedCell(suggestion.plan), cell(current),
             cell(speed),
             current > 0 && speed > 0 ? phrase("{}{} %", gain < 0 ? "−" : "+", formatFixed(std::abs(gain), 1)) : ""});
    }
    return text + heading(2, "Outcomes") +
           markdownTable({"Suggestion", "Plan, estimated (t/s)", "Estimated (t/s)", "Current speed (t/s)",
                          "New speed (t/s)", "Improvement"},
                         rows);
}

std::string criteriaSection(const Advice & advice) {
    std::string text = heading(2, "Decision criteria");
    for (size_t i = 0; i < advice.criteria.size(); ++i)
        text += phrase("{}. {}\n", std::to_string(i + 1), markdownText(advice.criteria[i]));
    return text;
}

}  // namespace

std::string adviceMarkdown(const Advice & advice, const Decision * decision) {
    const Plan & plan = advice.plan;
    std::string text = phrase("# {}\n\n", markdownText("Advice and test plan: " + plan.model.name));
    if (decision != nullptr) {
        text += decision->winner ? "**Status:** tested.\n" : "**Status:** tested, nothing picked.\n";
    } else if (advice.suggestions.empty()) {
        text += "**Status:** nothing to test.\n";
    } else {
        text += "**Status:** ready for testing.\n";
    }
    text += heading(2, "Hardware") + machineTable(plan) + planSection(advice);
    for (const Suggestion & suggestion : advice.suggestions) text += suggestionSection(suggestion);
    if (!plan.warnings.empty()) {
        text += heading(2, "Warnings");
        for (const Warning & warning : plan.warnings) text += bullet(warning.whole());
    }
    if (advice.suggestions.empty() && decision == nullptr) return text;
    text += resultsSection(advice, decision) + procedureSection() + orderSection(advice, decision) +
            criteriaSection(advice);
    return decision == nullptr ? text : text + decisionSection(*decision);
}

}  // namespace ggufit
