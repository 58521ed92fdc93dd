// Matches starts with configurations by their figures, then applies the criteria of the test plan.
#include "advise/results.h"

#include <algorithm>
#include <cmath>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "base/values.h"
#include "plan/choose.h"

namespace ggufit {

namespace {

constexpr double kNoise = 0.01;       // speeds that differ by less are the same
constexpr double kByHandGain = 0.05;  // of a placement that switches --fit off
constexpr double kMostMoved = 0.03;   // of the weights, for a start to be of a configuration
constexpr size_t kWantedStarts = 3;
constexpr int32_t kNone = -2;

const Plan & planOf(const Advice & advice, int32_t suggestion) {
    return suggestion < 0 ? advice.plan : advice.suggestions[static_cast<size_t>(suggestion)].plan;
}

int32_t lastOf(const Advice & advice) { return static_cast<int32_t>(advice.suggestions.size()) - 1; }

bool isOptional(const Advice & advice, int32_t suggestion) {
    return suggestion >= 0 && advice.suggestions[static_cast<size_t>(suggestion)].kind == SuggestionKind::optional;
}

bool isKind(const Advice & advice, int32_t suggestion, SuggestionKind kind) {
    return suggestion >= 0 && advice.suggestions[static_cast<size_t>(suggestion)].kind == kind;
}

bool sameSettings(const MeasuredStart & start, const Plan & plan) {
    const Settings & settings = plan.settings;
    if (start.n_ctx != 0 && start.n_ctx != plan.n_ctx) return false;
    if (start.n_ubatch != 0 && start.n_ubatch != std::min(settings.n_ubatch, settings.n_batch)) return false;
    if (start.type_k && *start.type_k != settings.type_k) return false;
    return !start.type_v || *start.type_v == settings.type_v;
}

/// The part of the weights on GPUs that lies elsewhere than planned; nothing where the start printed none.
std::optional<double> movedPart(const MeasuredStart & start, const Plan & plan) {
    double moved = 0, all = 0, printed = 0;
    for (const PlanDevice & device : plan.devices) {
        const double planned = static_cast<double>(device.model_bytes) / static_cast<double>(kMib);
        double measured = 0;
        for (const MeasuredDevice & one : start.devices) measured += one.name == device.name ? one.weights_mib : 0;
        moved += std::abs(planned - measured);
        all += std::max(planned, measured);
        printed += measured;
    }
    if (printed <= 0) return std::nullopt;
    return moved / all;
}

/// The configuration that a start's figures are of; kNone where they are of none or of several.
int32_t matching(const Advice & advice, MeasuredStart & start) {
    int32_t found = kNone;
    double least = kMostMoved;
    size_t n_alike = 0;
    for (int32_t i = -1; i <= lastOf(advice); ++i) {
        const Plan & plan = planOf(advice, i);
        if (!sameSettings(start, plan)) continue;
        const double moved = movedPart(start, plan).value_or(0);
        if (moved > least + 1e-9) continue;
        n_alike = moved > least - 1e-4 && found != kNone ? n_alike + 1 : 1;
        if (n_alike == 1) found = i;
        least = std::min(least, moved);
    }
    if (n_alike == 1) return found;
    start.notes.emplace_back(n_alike == 0 ? "It is of none of these configurations by its context, micro-batch, cache "
                                            "types and weights; NAME=FILE says of which."
                                          : "It may be of several of these configurations; NAME=FILE says of which.");
    return kNone;
}

std::optional<Error> assign(const Advice & advice, MeasuredStart & start) {
    if (start.label.empty()) {
        start.suggestion = matching(advice, start);
        return std::nullopt;
    }
    std::string known;
    for (int32_t i = -1; i <= lastOf(advice); ++i) {
        const std::string label = configurationLabel(advice, i);
        if (label == start.label) {
            start.suggestion = i;
            if (!sameSettings(start, planOf(advice, i)))
                start.notes.emplace_back(
                    "Its context, micro-batch or cache types are not those of this configuration.");
            return std::nullopt;
        }
        known += (known.empty() ? "" : ", ") + label;
    }
    return Error{ErrorCode::usage, "--log", phrase("{} is none of {}.", quotedText(start.label), known)};
}

ConfigurationResult resultOf(int32_t suggestion, const std::vector<MeasuredStart> & starts) {
    ConfigurationResult result;
    result.suggestion = suggestion;
    std::vector<double> speeds;
    for (const MeasuredStart & start : starts) {
        if (start.suggestion != suggestion) continue;
        ++result.n_starts;
        if (!start.failure.empty()) ++result.n_failed;
        result.prompt_tokens = std::max(result.prompt_tokens, start.prompt_tokens);
        if (start.decode_tokens_per_second > 0) speeds.push_back(start.decode_tokens_per_second);
    }
    stableSort(speeds, std::less<>());
    const size_t middle = speeds.size() / 2;
    if (!speeds.empty())
        result.decode_tokens_per_second =
            speeds.size() % 2 == 1 ? speeds[middle] : (speeds[middle - 1] + speeds[middle]) / 2;
    if (result.n_failed > 0) {
        result.stability = Stability::failed;
    } else if (result.prompt_tokens >= kLongPromptTokens) {
        result.stability = Stability::stable;
    }
    return result;
}

std::string speedText(double speed) { return formatFixed(speed, 1) + " t/s"; }

/// Takes configurations out, each with a reason, and picks one of what is left.
class Judge {
  public:
    Judge(const Advice & advice, Decision & decision) : advice_(advice), decision_(decision) {}

    void run() {
        for (const ConfigurationResult & result : decision_.results) enter(result);
        const bool stable = std::any_of(left_.begin(), left_.end(), isStable);
        if (stable) drop([&](const ConfigurationResult & one) { return unprovenReason(one); });
        if (const ConfigurationResult * plan = resultFor(-1)) {
            const double speed = plan->decode_tokens_per_second;
            drop([&](const ConfigurationResult & one) { return slowReason(one, speed); });
        }
        if (left_.empty()) {
            decision_.text = "Nothing is picked: no configuration that ran has a measured speed.";
            return;
        }
        pick(stable);
    }

  private:
    static bool isStable(const ConfigurationResult & one) { return one.stability == Stability::stable; }

    [[nodiscard]] std::string name(const ConfigurationResult & one) const {
        return configurationName(advice_, one.suggestion);
    }

    [[nodiscard]] const ConfigurationResult * resultFor(int32_t suggestion) const {
        for (const ConfigurationResult & one : left_) {
            if (one.suggestion == suggestion) return &one;
        }
        return nullptr;
    }

    void enter(const ConfigurationResult & one) {
        std::string reason;
        if (one.stability == Stability::failed) {
            reason = phrase("{} is out: {} of {}{} failed.", name(one), formatCount(one.n_failed),
                            formatCount(one.n_starts), one.n_starts == 1 ? " start" : " starts");
        } else if (isOptional(advice_, one.suggestion)) {
            reason = phrase("{} is not weighed: it changes what only you can ({}).", name(one),
                            advice_.suggestions[static_cast<size_t>(one.suggestion)].title);
        } else if (one.decode_tokens_per_second <= 0) {
            reason = name(one) + " is out: its logs hold no speed.";
        }
        if (reason.empty()) {
            left_.push_back(one);
        } else {
            decision_.reasons.push_back(std::move(reason));
        }
    }

    template <typename Reason>
    void drop(const Reason & reasonOf) {
        std::vector<ConfigurationResult> kept;
        for (const ConfigurationResult & one : left_) {
            std::string reason = reasonOf(one);
            if (reason.empty()) {
                kept.push_back(one);
            } else {
                decision_.reasons.push_back(std::move(reason));
            }
        }
        left_ = std::move(kept);
    }

    [[nodiscard]] std::string unprovenReason(const ConfigurationResult & one) const {
        if (isStable(one)) return "";
        return phrase("{} is out: another one read a prompt of 1,000 tokens, it did not ({}).", name(one),
                      formatCount(one.prompt_tokens));
    }

    [[nodiscard]] std::string slowReason(const ConfigurationResult & one, double plan) const {
        if (one.suggestion < 0) return "";
        const double gain = one.decode_tokens_per_second / plan - 1;
        const std::string both =
            phrase("{} against {} of the plan", speedText(one.decode_tokens_per_second), speedText(plan));
        if (gain < kNoise) return phrase("{} is out: it is not faster, {}.", name(one), both);
        const bool by_hand =
            placesByHand(planOf(advice_, one.suggestion).settings) && !placesByHand(advice_.plan.settings);
        if (by_hand && gain < kByHandGain)
            return phrase("{} is out: it switches --fit off and gains less than 5 %, {}.", name(one), both);
        return "";
    }

    void pick(bool stable) {
        const auto slower = [](const ConfigurationResult & a, const ConfigurationResult & b) {
            return a.decode_tokens_per_second < b.decode_tokens_per_second;
        };
        const ConfigurationResult * best = &*std::max_element(left_.begin(), left_.end(), slower);
        std::string why = left_.size() > 1 ? "the fastest of those that are left" : "the only one that is left";
        if (isKind(advice_, best->suggestion, SuggestionKind::moderate)) {
            for (const ConfigurationResult & one : left_) {
                const bool alike = one.decode_tokens_per_second > best->decode_tokens_per_second * (1 - kNoise);
                if (!alike || !isKind(advice_, one.suggestion, SuggestionKind::aggressive)) continue;
                best = &one;
                why = "as fast and as stable as the moderate one";
                break;
            }
        }
        decision_.winner = best->suggestion;
        decision_.text = phrase("{}: {}, {}{}", name(*best), speedText(best->decode_tokens_per_second), why,
                                stable ? "." : "; for now, as none was tested with a long prompt.");
        openQuestions(*best);
    }

    void openQuestions(const ConfigurationResult & best) {
        std::vector<std::string> & open = decision_.open;
        if (!isStable(best))
            open.push_back(phrase("Send it a prompt of 1,000 tokens or more; the longest so far had {}.",
                                  formatCount(best.prompt_tokens)));
        if (best.n_starts < kWantedStarts)
            open.push_back(phrase("Start it {} times in a row; the logs show {}{}", formatCount(kWantedStarts),
                                  formatCount(best.n_starts), best.n_starts == 1 ? " start." : " starts."));
        for (int32_t i = -1; i <= lastOf(advice_); ++i) {
            const auto measured = [i](const ConfigurationResult & one) { return one.suggestion == i; };
            if (isOptional(advice_, i) || std::any_of(decision_.results.begin(), decision_.results.end(), measured))
                continue;
            open.push_back(configurationName(advice_, i) + " was not measured.");
        }
        open.emplace_back("Write the choice into models.conf: ggufit check LOG --update models.conf.");
    }

    const Advice & advice_;
    Decision & decision_;
    std::vector<ConfigurationResult> left_;
};

}  // namespace

const char * stabilityName(Stability stability) {
    switch (stability) {
        case Stability::failed: return "failed";
        case Stability::unproven: return "unproven";
        case Stability::stable: return "stable";
    }
    return "unproven";
}

std::string configurationLabel(const Advice & advice, int32_t suggestion) {
    if (suggestion < 0) return "plan";
    const SuggestionKind kind = advice.suggestions[static_cast<size_t>(suggestion)].kind;
    if (kind != SuggestionKind::optional) return suggestionKindName(kind);
    size_t number = 0;
    for (int32_t i = 0; i <= suggestion; ++i) number += isOptional(advice, i) ? 1 : 0;
    return "optional-" + std::to_string(number);
}

std::string configurationName(const Advice & advice, int32_t suggestion) {
    const std::string label = configurationLabel(advice, suggestion);
    if (label == "plan") return "The plan";
    if (label == "aggressive") return "Suggestion A (Aggressive)";
    if (label == "moderate") return "Suggestion B (Moderate)";
    return "Optional " + label.substr(label.find('-') + 1);
}

Result<Decision> decide(const Advice & advice, std::vector<MeasuredStart> starts) {
    Decision decision;
    decision.starts = std::move(starts);
    for (MeasuredStart & start : decision.starts) {
        if (auto fault = assign(advice, start)) return *std::move(fault);
    }
    for (int32_t i = -1; i <= lastOf(advice); ++i) {
        ConfigurationResult result = resultOf(i, decision.starts);
        if (result.n_starts > 0) decision.results.push_back(result);
    }
    Judge(advice, decision).run();
    return decision;
}

}  // namespace ggufit
