// Timings of llama-server, llama-cli and llama-sweep-bench.
#include "log/read.h"

namespace ggufit {

namespace {

/// "prompt eval time =  149.75 ms /  14 tokens (  10.70 ms per token,  93.49 tokens per second)"
struct Timing {
    uint64_t n_tokens = 0;
    double tps = 0;
};

std::optional<Timing> timingOf(std::string_view rest) {
    const auto slash = after(rest, "/");
    const auto comma = after(rest, "ms per token,");
    if (!slash || !comma || comma->find("tokens per second") == std::string_view::npos) return std::nullopt;
    const auto n_tokens = leadingCount(*slash);
    const auto tps = leadingNumber(*comma);
    if (!n_tokens || !tps || *tps <= 0) return std::nullopt;
    return Timing{*n_tokens, *tps};
}

/// The longest counts, of several equal ones the last: the first request after a load is often slower.
void take(const Timing & timing, double & tps, uint64_t & n_tokens) {
    if (timing.n_tokens < n_tokens) return;
    tps = timing.tps;
    n_tokens = timing.n_tokens;
}

void readTiming(const LogLine & line, Log & log) {
    const size_t prompt = line.text.find("prompt eval time =");
    const size_t eval = prompt == std::string_view::npos ? line.text.find("eval time =") : prompt;
    if (eval == std::string_view::npos) return;
    const auto timing = timingOf(line.text.substr(eval));
    if (!timing) return;
    advanceTo(log, LogStage::serving);
    if (prompt == std::string_view::npos) {
        take(*timing, log.speed.tg_tps, log.speed.tg_tokens);
    } else {
        take(*timing, log.speed.pp_tps, log.speed.pp_tokens);
    }
}

/// "[ Prompt: 54.9 t/s | Generation: 22.4 t/s ]"
void readSummary(const LogLine & line, Log & log) {
    const auto prompt = after(line.text, "[ Prompt: ");
    const auto generation = after(line.text, "| Generation: ");
    if (!prompt || !generation) return;
    const auto pp = leadingNumber(*prompt), tg = leadingNumber(*generation);
    if (pp && log.speed.pp_tokens == 0) log.speed.pp_tps = *pp;
    if (tg && log.speed.tg_tokens == 0) log.speed.tg_tps = *tg;
}

/// A row of llama-sweep-bench at an empty context: PP, TG, N_KV, T_PP, S_PP, T_TG, S_TG.
void readSweep(const LogLine & line, Log & log) {
    std::string_view rest = line.text;
    double figures[7] = {};
    for (double & figure : figures) {
        const auto number = leadingNumber(rest);
        const size_t bar = rest.find('|');
        if (!number || bar == std::string_view::npos) return;
        if (trimBlanks(rest.substr(0, bar)).find_first_not_of("0123456789.,") != std::string_view::npos) return;
        figure = *number;
        rest = rest.substr(bar + 1);
    }
    const bool empty = figures[2] == 0 && trimBlanks(rest).empty();
    if (!empty || log.stage < LogStage::reserved || log.speed.pp_tokens != 0) return;
    log.speed = {figures[4], figures[6], static_cast<uint64_t>(figures[0]), static_cast<uint64_t>(figures[1])};
}

}  // namespace

void readSpeed(const LogLine & line, Log & log) {
    readTiming(line, log);
    readSummary(line, log);
    readSweep(line, log);
}

}  // namespace ggufit
