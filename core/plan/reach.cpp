// Solves for contexts by the room that a placement leaves, and tries one change after the other.
#include "plan/reach.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>

#include "base/checked.h"
#include "base/units.h"
#include "model/parameters.h"
#include "plan/choose.h"

namespace ggufit {

namespace {

constexpr uint32_t kStep = 1024;  // tokens

int64_t minus(uint64_t a, uint64_t b) {
    constexpr uint64_t kMost = INT64_MAX;
    return a >= b ? static_cast<int64_t>(std::min(a - b, kMost)) : -static_cast<int64_t>(std::min(b - a, kMost));
}

/// The position among the used devices of the fastest one.
uint32_t fastestPosition(const Machine & machine, const std::vector<uint32_t> & used) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < used.size(); ++i) {
        if (machine.devices[used[i]].bandwidth_gb_s > machine.devices[used[best]].bandwidth_gb_s) best = i;
    }
    return best;
}

Settings alone(Settings settings, uint32_t position) {
    if (settings.split_mode == SplitMode::none) return settings;
    settings.split_mode = SplitMode::none;
    settings.main_gpu = position;
    // The margin of its place in the list, and never less than what --fit then asks of the only device it sees.
    settings.fit_target_mib = {std::max(fitTargetMib(settings, position), fitTargetMib(settings, 0))};
    return settings;
}

uint32_t trainedContext(const Model & model, const Settings & settings) {
    const uint32_t trained = model.hparams.n_ctx_train;
    return trained != 0 ? trained : settings.n_ctx;
}

Settings withAllExpertsInRam(Settings settings) {
    settings.override_tensors.push_back({kAllExperts, "CPU"});
    return settings;
}

}  // namespace

int64_t slackOnAll(const Model & model, const Machine & machine, Settings settings) {
    settings.fit = false;
    const auto used = usedDevices(machine, settings);
    const auto estimate = estimateMemory(model, machine, settings, Reserving::sized);
    if (!used || used->empty() || !estimate) return kNoSlack;
    int64_t least = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < used->size(); ++i) {
        const uint32_t device = (*used)[i];
        const uint64_t need = saturatingAdd(estimate->devices[device].total_bytes(), marginBytes(settings, i));
        least = std::min(least, minus(budgetBytes(machine.devices[device]), need));
    }
    if (machine.host.total_mib != 0) {
        least = std::min(least, minus(saturatingMul(machine.host.total_mib, kMib), estimate->host.total_bytes()));
    }
    return least;
}

int64_t slackOnGpus(const Model & model, const Machine & machine, const Settings & settings) {
    const auto used = usedDevices(machine, settings);
    if (!used || used->empty()) return kNoSlack;
    int64_t best = slackOnAll(model, machine, settings);
    if (best >= 0 || used->size() == 1) return best;
    for (uint32_t i = 0; i < used->size(); ++i) {
        best = std::max(best, slackOnAll(model, machine, alone(settings, i)));
        if (best >= 0) break;
    }
    return best;
}

uint32_t largestContext(Settings settings, uint32_t most, const Slack & slack, std::optional<int64_t> known_slack) {
    const uint32_t own = settings.n_ctx;
    const auto at = [&](uint32_t n_ctx) {
        settings.n_ctx = n_ctx;
        settings.given_n_ctx = true;
        return slack(settings);
    };
    int64_t high_slack = at(most);
    if (high_slack >= 0) return most;
    uint32_t low = known_slack ? own / kStep : 1, high = (most + kStep - 1) / kStep;  // in steps
    if (high <= low) return known_slack ? low * kStep : 0;
    int64_t low_slack = known_slack ? *known_slack : at(low * kStep);
    if (low_slack < 0) return 0;
    for (int round = 0; high - low > 1; ++round) {
        const double share =
            high_slack == kNoSlack || round % 3 == 2
                ? 0.5
                : static_cast<double>(low_slack) / (static_cast<double>(low_slack) - static_cast<double>(high_slack));
        const auto guess = low + static_cast<uint32_t>(static_cast<double>(high - low) * share);
        const uint32_t middle = std::clamp(guess, low + 1, high - 1);
        const int64_t found = at(middle * kStep);
        (found >= 0 ? low : high) = middle;
        (found >= 0 ? low_slack : high_slack) = found;
    }
    return low * kStep;
}

std::vector<LargestContext> largestContexts(const Model & model, const Machine & machine, const Settings & settings) {
    std::vector<LargestContext> out;
    const Settings base = openSettings(settings);
    const auto used = usedDevices(machine, base);
    const uint32_t most = trainedContext(model, base);
    if (!used || used->empty() || most < kStep) return out;

    std::vector<std::pair<GgmlType, GgmlType>> types = {{base.type_k, base.type_v}};
    for (const GgmlType type : {GgmlType::f16, GgmlType::q8_0, GgmlType::q4_0}) {
        const bool possible = type == GgmlType::f16 || base.flash_attn != FlashAttention::off;
        if (possible && types.front() != std::pair(type, type)) types.emplace_back(type, type);
    }
    const auto addRow = [&](const std::string & name, const std::string & label, const Settings & placed) {
        for (const auto & [type_k, type_v] : types) {
            Settings changed = placed;
            changed.type_k = type_k;
            changed.type_v = type_v;
            const uint32_t n_ctx =
                largestContext(changed, most, [&](const Settings & s) { return slackOnAll(model, machine, s); });
            out.push_back({name, label, type_k, type_v, n_ctx, n_ctx == model.hparams.n_ctx_train});
        }
    };
    const uint32_t fastest = fastestPosition(machine, *used);
    const std::string & first = machine.devices[(*used)[fastest]].name;
    addRow("single_gpu:" + first, first + " alone", alone(base, fastest));
    if (used->size() > 1) addRow("all_gpus", "all GPUs", base);
    if (model.hparams.n_expert > 0) {
        addRow("experts_cpu", "all experts in RAM", withAllExpertsInRam(base));
    }
    return out;
}

}  // namespace ggufit
