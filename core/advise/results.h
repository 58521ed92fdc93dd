// Measured starts of an advice: which configuration each was of, what it showed, and which one the criteria pick.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advise/advise.h"
#include "base/result.h"

namespace ggufit {

struct MeasuredDevice {
    std::string name;
    double weights_mib = 0;
    double used_mib = 0, total_mib = 0;  // as the driver shows them; 0 where not known
};

/// What the log of a start says.
struct MeasuredStart {
    std::string source;  // the log's name
    std::string label;   // of its configuration, where the user says it (configurationLabel); else found by the figures
    uint32_t n_ctx = 0, n_ubatch = 0;  // 0 where not printed
    std::optional<GgmlType> type_k, type_v;
    std::vector<MeasuredDevice> devices;
    uint64_t splits_decode = 0, splits_prompt = 0;
    double decode_tokens_per_second = 0, prompt_tokens_per_second = 0;  // 0 where not measured
    uint64_t prompt_tokens = 0;                                         // of the longest prompt
    bool out_of_memory = false;
    std::string failure;             // why it failed or did not come to its end; empty where it runs
    std::vector<std::string> notes;  // what else is worth knowing, a sentence each
    int32_t suggestion = -2;  // set by decide(): position in Advice::suggestions, −1 the plan, −2 none of them
};

/// failed: at least one start did. unproven: no prompt of 1,000 tokens was read.
enum class Stability : uint8_t { failed, unproven, stable };
[[nodiscard]] const char * stabilityName(Stability stability);

/// All starts of a configuration.
struct ConfigurationResult {
    int32_t suggestion = -1;
    Stability stability = Stability::unproven;
    size_t n_starts = 0, n_failed = 0;
    uint64_t prompt_tokens = 0;
    double decode_tokens_per_second = 0;  // the median of those measured
};

struct Decision {
    std::vector<MeasuredStart> starts;         // in the order given
    std::vector<ConfigurationResult> results;  // of the plan, then of the suggestions: those that were started
    std::optional<int32_t> winner;             // as ConfigurationResult::suggestion
    std::string text;                          // who wins and why, or why nobody does
    std::vector<std::string> reasons;          // what took the others out, a sentence each
    std::vector<std::string> open;             // what the criteria still ask for
};

inline constexpr uint64_t kLongPromptTokens = 1000;

/// "plan", "aggressive", "moderate", "optional-1".
[[nodiscard]] std::string configurationLabel(const Advice & advice, int32_t suggestion);
/// "The plan", "Suggestion A (Aggressive)", "Optional 1".
[[nodiscard]] std::string configurationName(const Advice & advice, int32_t suggestion);

/// Applies Advice::criteria. A start without a label belongs to the configuration with its context, micro-batch, cache
/// types and weights by device. Optional configurations never win: they change what only the user can weigh. Errors
/// (usage): a label that no configuration has.
[[nodiscard]] Result<Decision> decide(const Advice & advice, std::vector<MeasuredStart> starts);

}  // namespace ggufit
