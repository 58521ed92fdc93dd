// Which llama.cpp a start is of: the build that it names, else what it prints and does not print.
#include "log/run.h"
#include "memory/estimate.h"

#include "base/phrase.h"

namespace ggufit {

namespace {

/// The last build without a rule.
LlamaVersion before(LlamaRule rule) { return {.build = changeOf(rule).build - 1}; }

std::optional<LlamaVersion> namedVersion(const Log & log) {
    const auto named = parseLlamaVersion(log.build);
    return named && named->build != 0 ? std::optional(*named) : std::nullopt;
}

uint32_t dayOf(const std::string & date) {
    if (date.size() != 10) return 0;
    const auto day = parseLlamaVersion(date);
    return day ? day->day : 0;
}

/// Notes which rules are followed, where they are not the newest and the log is what they were taken from.
void sayVersion(const Log & log, RunSettings & run) {
    const LlamaVersion & version = run.settings.llama_cpp;
    if (hasRule(version, LlamaRule::outputs_by_slot) || version != versionOf(log)) return;
    const std::string followed = "counted by the rules of " + versionText(version);
    run.notes.push_back(namedVersion(log) ? followed + ", which the log names"
                                          : followed + ": the log prints what builds of that time and before printed");
}

}  // namespace

RunSettings withVersionOf(const Log & log, const Model & model, const Machine & machine, RunSettings run) {
    sayVersion(log, run);
    const uint64_t nodes = countsOf(log.measured.graph_nodes).prompt;
    const LlamaVersion newest = run.settings.llama_cpp;
    if (nodes == 0 || namedVersion(log) || newest.build == 0 || newest != versionOf(log)) return run;
    for (const LlamaRule rule :
         {LlamaRule::outputs_by_slot, LlamaRule::half_mask, LlamaRule::rotated_cache, LlamaRule::fused_delta_net}) {
        Settings tried = run.settings;
        tried.llama_cpp = before(rule);
        if (tried.llama_cpp.build > newest.build) tried.llama_cpp = newest;
        const auto estimate = estimateMemory(model, machine, tried);
        if (!estimate || estimate->graph.nodes_prompt != nodes) continue;
        if (tried.llama_cpp == newest) return run;
        run.settings = std::move(tried);
        run.notes.push_back(phrase("its graph has the operations of builds before {}: the rules of these are taken",
                                   firstBuildWith(rule)));
        return run;
    }
    return run;
}

LlamaVersion versionOf(const Log & log) {
    if (const auto named = namedVersion(log)) return *named;
    const auto fact = [&](std::string_view key) { return factOf(log.settings, key); };
    if (fact("n_batch").empty() || !fact("n_outputs_max").empty()) return {};
    LlamaRule missing = LlamaRule::outputs_by_slot;
    if (!log.measured.compute_buffers.empty() && !log.measured.sched_copies) missing = LlamaRule::scheduler_reserved;
    if (fact("flash_attn") == "0" || fact("flash_attn") == "1") missing = LlamaRule::all_layers;
    const uint32_t day = dayOf(log.date);  // a build is no newer than the day on which it ran
    if (day != 0 && day < changeOf(missing).day) return {.day = day};
    return before(missing);
}

}  // namespace ggufit
