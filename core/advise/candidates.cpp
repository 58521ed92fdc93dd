// Tries what the kinds of suggestion allow, from the smallest change to the largest, and keeps what is better.
#include "advise/candidates.h"

#include <algorithm>

#include "advise/sentences.h"
#include "base/checked.h"
#include "base/sort.h"
#include "base/units.h"
#include "plan/choose.h"
#include "plan/margins.h"
#include "plan/tune.h"

namespace ggufit {

namespace {

constexpr uint32_t kUsualUbatch = 512;
constexpr uint32_t kSmallUbatch = 256;
constexpr uint32_t kLargeUbatch = 2048;
constexpr uint32_t kLeastContext = 4096;
constexpr double kMostLoss =
    0.05;  // of speed for each token, for the sake of prompts: windows grow with the micro-batch
constexpr uint64_t kWorthwhileBytes = 128 * kMib;  // of further headroom

// MiB beyond what is counted.
constexpr uint64_t kAggressiveMib = 64, kSharedMib = 256;

bool same(const Placement & a, const Placement & b) {
    return a.headroom_bytes == b.headroom_bytes && a.estimate.host.total_bytes() == b.estimate.host.total_bytes() &&
           a.estimate.context.n_ctx == b.estimate.context.n_ctx &&
           a.estimate.context.n_ubatch == b.estimate.context.n_ubatch;
}

using Found = std::vector<Attempt>;

bool isNew(const AttemptBase & base, const Found & found, const Placement & placement) {
    return !same(placement, base.placement) && std::none_of(found.begin(), found.end(), [&](const Attempt & known) {
        return same(placement, known.placement);
    });
}

/// The tree's choice for these settings; nothing where it does not fit or can't be measured (a cache type that a model
/// can't have).
std::optional<Attempt> tried(const AttemptBase & base, SuggestionKind kind, const Settings & settings,
                             std::string why) {
    if (settings == base.asked) return std::nullopt;  // the plan itself
    auto choice = choose(base.model, base.machine, settings, Explain::no);
    if (!choice || choice->placement.verdict == Verdict::does_not_fit) return std::nullopt;
    if (choice->placement.strategy == Strategy::fit && choice->placement.fit.status != FitStatus::success)
        return std::nullopt;
    return Attempt{kind, settings, std::move(choice->placement), std::move(why), false};
}

Settings withMargins(const AttemptBase & base, SuggestionKind kind, Settings settings) {
    settings.fit_target_mib = marginsFor(base, kind, settings);
    return settings;
}

Settings withUbatch(Settings settings, uint32_t n_ubatch) {
    settings.n_ubatch = n_ubatch;
    settings.n_batch = std::max(settings.n_batch, n_ubatch);
    return settings;
}

Settings withCache(Settings settings, GgmlType type) {
    settings.type_k = settings.type_v = type;
    return settings;
}

bool hasPlainCache(const Settings & settings) {
    return settings.type_k == GgmlType::f16 && settings.type_v == GgmlType::f16;
}

/// Fewer bytes off the fastest memory: settings from the smallest change to the largest.
std::vector<std::pair<Settings, std::string>> decodeCandidates(const AttemptBase & base, SuggestionKind kind) {
    const Settings tight = withMargins(base, kind, base.open);
    const uint32_t n_ubatch = base.open.n_ubatch;
    std::vector<std::pair<Settings, std::string>> list = {
        {base.open, "Let --fit place the layers instead of placing them by hand."},
        {tight, "Use memory that the margins keep free, to read fewer bytes from slower memory for each token."}};
    const uint32_t smaller = kind == SuggestionKind::moderate && n_ubatch > kUsualUbatch ? kUsualUbatch : kSmallUbatch;
    if (smaller < n_ubatch) {
        list.emplace_back(withMargins(base, kind, withUbatch(base.open, smaller)),
                          "Smaller compute buffers make room for weights, at the price of slower prompts.");
    }
    if (hasPlainCache(base.open) && base.open.flash_attn != FlashAttention::off) {
        list.emplace_back(withCache(tight, GgmlType::q8_0), "A q8_0 cache of half the size makes room for weights.");
    }
    return list;
}

/// Layers and experts spread by hand with safe margins, as nothing adapts then; where that gains enough over `goal`.
std::optional<Attempt> tunedByHand(const AttemptBase & base, const Goal & goal) {
    std::optional<Attempt> best;
    double least = kLeastGain;
    std::vector<uint32_t> sizes = {base.open.n_ubatch};
    if (kSmallUbatch < base.open.n_ubatch) sizes.push_back(kSmallUbatch);
    for (const uint32_t n_ubatch : sizes) {
        const Settings settings = withMargins(base, SuggestionKind::moderate, withUbatch(base.open, n_ubatch));
        auto tuned = tunePlacement(base.model, base.machine, settings, base.placement);
        if (!tuned || !*tuned || (*tuned)->placement.verdict == Verdict::does_not_fit) continue;
        Placement & placement = (*tuned)->placement;
        const double gain = gainOf(goalOf(base, placement), goal);
        if (gain < least) continue;
        least = (1 + gain) * (1 + kLeastGain) - 1;
        placement.asked.fit_target_mib.clear();  // nothing reads them
        best = Attempt{SuggestionKind::aggressive, placement.asked, std::move(placement),
                       "Layers and experts spread by hand by the bandwidth of each memory, which --fit does not look "
                       "at. This switches --fit off.",
                       false};
    }
    return best;
}

std::optional<Attempt> bestForDecode(const AttemptBase & base, SuggestionKind kind, const Found & found) {
    std::optional<Attempt> best;
    Goal goal = base.goal;
    for (const Attempt & known : found) {
        const Goal reached = goalOf(base, known.placement);
        if (better(reached, goal)) goal = reached;
    }
    for (auto & [settings, why] : decodeCandidates(base, kind)) {
        auto attempt = tried(base, kind, settings, std::move(why));
        if (!attempt || !isNew(base, found, attempt->placement)) continue;
        const Goal reached = goalOf(base, attempt->placement);
        if (!better(reached, goal)) continue;
        goal = reached;
        best = std::move(attempt);
    }
    if (kind == SuggestionKind::moderate) return best;
    auto by_hand = tunedByHand(base, goal);
    return by_hand && isNew(base, found, by_hand->placement) ? std::move(by_hand) : std::move(best);
}

/// Where the whole model lies on cards, memory that is left may speed up long prompts. The aggressive one keeps what
/// the moderate one gained for each token.
std::optional<Attempt> bestForPrompts(const AttemptBase & base, SuggestionKind kind, const Found & found) {
    const bool moderate = kind == SuggestionKind::moderate;
    const Attempt * gained = nullptr;
    for (const Attempt & known : found) {
        if (better(goalOf(base, known.placement), base.goal)) gained = &known;
    }
    const Placement & before = gained != nullptr ? gained->placement : base.placement;
    if (!allOnDevices(before)) return std::nullopt;
    const Settings & start = gained != nullptr ? gained->settings : base.open;
    const Goal goal = gained != nullptr ? goalOf(base, gained->placement) : base.goal;
    const uint32_t most = moderate ? std::max(kLargeUbatch / 2, 2 * start.n_ubatch) : kLargeUbatch;
    for (const uint32_t n_ubatch : {kLargeUbatch, kLargeUbatch / 2}) {
        if (n_ubatch <= start.n_ubatch || n_ubatch > most) continue;
        const Settings larger = withUbatch(start, n_ubatch);
        for (const Settings & settings : {larger, withMargins(base, kind, larger)}) {
            auto attempt = tried(base, kind, settings,
                                 "The model lies on the GPUs already; memory that is left can read long prompts in "
                                 "larger pieces.");
            if (!attempt || !isNew(base, found, attempt->placement)) continue;
            if (moderate && attempt->placement.verdict != Verdict::fits) continue;
            if (attempt->placement.used != before.used || !allOnDevices(attempt->placement)) continue;
            if (gainOf(goalOf(base, attempt->placement), goal) > -kMostLoss) return attempt;
        }
    }
    return std::nullopt;
}

int64_t leastHeadroom(const Placement & placement) {
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < placement.used.size(); ++i) {
        if (placement.used[i]) least = std::min(least, placement.headroom_bytes[i]);
    }
    return least;
}

/// Margins with which no device would be tight: see Verdict.
Settings withRoom(const AttemptBase & base) {
    Settings settings = base.open;
    settings.fit_target_mib.clear();
    for (size_t i = 0; i < base.devices.size(); ++i) {
        const uint64_t share = base.machine.devices[base.devices[i]].total_mib / 33 + 1;
        settings.fit_target_mib.push_back(std::max({share, uint64_t{512}, fitTargetMib(base.open, i)}));
    }
    return settings;
}

/// A plan that is tight and can't be improved can still be made safer: at the same speed for each token, else slower.
std::optional<Attempt> safer(const AttemptBase & base, const Found & found) {
    const int64_t before = leastHeadroom(base.placement);
    const auto leavesMore = [&](const std::optional<Attempt> & attempt) {
        return attempt && isNew(base, found, attempt->placement) &&
               leastHeadroom(attempt->placement) - before >= static_cast<int64_t>(kWorthwhileBytes);
    };
    if (base.placement.verdict != Verdict::tight) return std::nullopt;
    if (base.open.n_ubatch > kSmallUbatch) {
        auto attempt = tried(base, SuggestionKind::moderate, withUbatch(base.open, kSmallUbatch),
                             "Nothing reads fewer bytes for each token; this leaves more memory free, should the plan "
                             "run out of it.");
        if (leavesMore(attempt) && !better(base.goal, goalOf(base, attempt->placement))) {
            attempt->safer = true;
            return attempt;
        }
    }
    auto attempt = tried(base, SuggestionKind::moderate, withRoom(base),
                         "Nothing reads fewer bytes for each token; this leaves more memory free, should the plan run "
                         "out of it, and costs speed.");
    if (!leavesMore(attempt)) return std::nullopt;
    attempt->safer = true;
    return attempt;
}

/// Whether the weights are more than all memory there is, so that no setting helps.
bool isHopeless(const AttemptBase & base) {
    if (base.machine.host.total_mib == 0) return false;
    uint64_t memory = saturatingMul(base.machine.host.total_mib, kMib);
    for (const Device & device : base.machine.devices) {
        if (!device.unified_memory) memory = saturatingAdd(memory, budgetBytes(device));
    }
    return base.model.file.totalTensorBytes() / 10 * 9 > memory;  // some tensors may be left unread
}

/// Where the plan does not fit: the smallest change with which it does.
std::optional<Attempt> rescue(const AttemptBase & base, SuggestionKind kind, const Found & found) {
    if (isHopeless(base)) return std::nullopt;
    std::vector<std::pair<Settings, std::string>> list;
    const Settings start = kind == SuggestionKind::moderate ? base.open : withMargins(base, kind, base.open);
    list.emplace_back(start, "The plan does not fit; let --fit place the layers.");
    const Settings small = base.open.n_ubatch > kSmallUbatch ? withUbatch(start, kSmallUbatch) : start;
    list.emplace_back(small, "The plan does not fit; smaller compute buffers make it fit.");
    if (base.open.flash_attn != FlashAttention::off) {
        list.emplace_back(withCache(start, GgmlType::q4_0), "The plan does not fit; a smaller cache makes it fit.");
    }
    for (uint32_t n_ctx = base.placement.estimate.context.n_ctx / 2; n_ctx >= kLeastContext; n_ctx /= 2) {
        Settings shorter = start;
        shorter.n_ctx = n_ctx;
        markGiven(shorter);
        list.emplace_back(shorter, "The plan does not fit; a shorter context makes it fit.");
    }
    for (auto & [settings, why] : list) {
        auto attempt = tried(base, kind, settings, std::move(why));
        if (!attempt || !isNew(base, found, attempt->placement)) continue;
        if (kind == SuggestionKind::moderate && attempt->placement.verdict != Verdict::fits) continue;
        return attempt;
    }
    return std::nullopt;
}

std::optional<Attempt> bestOf(const AttemptBase & base, SuggestionKind kind, const Found & found) {
    if (base.placement.verdict == Verdict::does_not_fit) return rescue(base, kind, found);
    auto best = bestForDecode(base, kind, found);
    if (!best) best = bestForPrompts(base, kind, found);
    if (!best && kind == SuggestionKind::moderate) best = safer(base, found);
    return best;
}

/// What gains more may be the safer one of the two: then that is the moderate one.
void orderByRisk(const AttemptBase & base, Found & found) {
    if (found.size() != 2 || !found[0].placement.asked.fit || !found[1].placement.asked.fit) return;
    if (riskOf(base, found[0].placement) > riskOf(base, found[1].placement)) std::swap(found[0].kind, found[1].kind);
}

std::vector<std::pair<Settings, std::string>> optionalCandidates(const AttemptBase & base) {
    std::vector<std::pair<Settings, std::string>> list;
    const bool flash = base.open.flash_attn != FlashAttention::off;
    if (!allOnDevices(base.placement)) {
        if (flash) {
            list.emplace_back(withCache(base.open, GgmlType::q4_0),
                              "A q4_0 cache makes room for weights; it costs quality, which no figure here shows.");
        }
        if (base.open.n_ubatch < kLargeUbatch) {
            list.emplace_back(withUbatch(base.open, kLargeUbatch),
                              "For long prompts only: larger pieces copy weights from system memory less often.");
        }
        return list;
    }
    if (!hasPlainCache(base.open)) {
        list.emplace_back(withCache(base.open, GgmlType::f16), "An f16 cache loses nothing of K and V.");
    }
    const uint64_t now = base.placement.estimate.context.n_ctx;
    const uint64_t trained = base.model.hparams.n_ctx_train;
    if (trained > now) {
        Settings longer = base.open;
        longer.n_ctx = static_cast<uint32_t>(std::min(trained, now * 2));
        markGiven(longer);
        list.emplace_back(longer, "A longer context in memory that is left.");
    }
    return list;
}

void addOptional(const AttemptBase & base, Found & found) {
    if (base.placement.verdict == Verdict::does_not_fit) return;
    size_t n_optional = 0;
    for (auto & [settings, why] : optionalCandidates(base)) {
        auto attempt = tried(base, SuggestionKind::optional, settings, std::move(why));
        if (!attempt || !isNew(base, found, attempt->placement)) continue;
        const Goal goal = goalOf(base, attempt->placement);
        const bool after_weights = settings.type_k == GgmlType::q4_0;  // pointless where it gains none
        if (after_weights && !better(goal, base.goal)) continue;
        // What lies on GPUs stays on the same ones.
        if (allOnDevices(base.placement) &&
            (attempt->placement.used != base.placement.used || !allOnDevices(attempt->placement)))
            continue;
        found.push_back(std::move(*attempt));
        if (++n_optional == kMostOptional) return;
    }
}

}  // namespace

Result<AttemptBase> attemptBase(const Model & model, const Machine & machine, const Settings & asked) {
    auto choice = choose(model, machine, asked, Explain::no);
    if (!choice) return choice.error();
    const Settings open = openSettings(asked);
    auto devices = usedDevices(machine, open);
    if (!devices) return devices.error();
    const Goal goal = goalOf(model, machine, *devices, choice->placement);
    return AttemptBase{model, machine, asked, open, std::move(choice->placement), goal, std::move(*devices)};
}

Goal goalOf(const AttemptBase & base, const Placement & placement) {
    return goalOf(base.model, base.machine, base.devices, placement);
}

std::vector<uint64_t> marginsFor(const AttemptBase & base, SuggestionKind kind, const Settings & settings) {
    std::vector<uint64_t> margins = safeMargins(base.model, base.machine, settings);
    margins.resize(base.devices.size(), kFitTargetMib);
    for (size_t i = 0; i < margins.size(); ++i) {
        if (kind == SuggestionKind::aggressive) {
            const Device & device = base.machine.devices[base.devices[i]];
            const bool shared = device.reserved_mib > 0 || device.unified_memory;
            const uint64_t pool_mib = padTo(poolBytes(base.model, settings) / kMib + 1, 16);
            margins[i] = std::max(kAggressiveMib, pool_mib) + (shared ? kSharedMib : 0);
        }
        margins[i] = std::min(margins[i], fitTargetMib(base.open, i));
    }
    return margins;
}

std::vector<Attempt> findAttempts(const AttemptBase & base) {
    Found found;
    if (base.devices.empty()) return found;
    // The aggressive one has to gain more than the moderate one.
    for (const SuggestionKind kind : {SuggestionKind::moderate, SuggestionKind::aggressive}) {
        if (auto best = bestOf(base, kind, found)) found.push_back(std::move(*best));
    }
    orderByRisk(base, found);
    stableSort(found, [](const Attempt & a, const Attempt & b) { return a.kind < b.kind; });
    addOptional(base, found);
    return found;
}

}  // namespace ggufit
