// Tries other GPUs, cache types, contexts and margins, and says what each costs or gains against the plan.
#include "plan/alternatives.h"

#include <algorithm>
#include <functional>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/units.h"
#include "plan/choose.h"
#include "plan/margins.h"
#include "plan/speeds.h"
#include "plan/tune.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

/// The search: what was found already, and what everything is compared with.
struct Search {
    const Model & model;
    const Machine & machine;
    const Settings & settings;
    const Placement & recommended;
    std::vector<Alternative> found;
    std::vector<Placement> placements;
};

uint64_t contextBytes(const Estimate & estimate) {
    uint64_t sum = estimate.host.context_bytes;
    for (const DeviceEstimate & device : estimate.devices) sum = saturatingAdd(sum, device.context_bytes);
    return sum;
}

/// "+3 expert layers on GPUs"; empty where nothing changes.
std::string change(int64_t difference, const std::string & what, const std::string & unit) {
    if (difference == 0) return "";
    const auto size = static_cast<uint64_t>(difference < 0 ? -difference : difference);
    const std::string plural = unit.empty() && size != 1 ? "s" : "";
    const size_t space = std::min(what.find(" on "), what.size());
    return phrase("{}{}{} {}{}{}", difference < 0 ? "−" : "+", formatCount(size), unit, what.substr(0, space), plural,
                  what.substr(space));
}

void addClause(std::string & text, const std::string & clause) {
    if (!clause.empty()) text += (text.empty() ? "" : "; ") + clause;
}

int64_t difference(uint32_t a, uint32_t b) { return static_cast<int64_t>(a) - static_cast<int64_t>(b); }

/// The one device that a placement uses, or null.
const Device * onlyDevice(const Placement & placement, const Machine & machine) {
    const Device * only = nullptr;
    for (size_t i = 0; i < machine.devices.size(); ++i) {
        if (!placement.used[i]) continue;
        if (only != nullptr) return nullptr;
        only = &machine.devices[i];
    }
    return only;
}

std::string compareDevices(const Placement & other, const Placement & base, const Machine & machine) {
    const Device * one = onlyDevice(other, machine);
    const Device * base_one = onlyDevice(base, machine);
    if (one != nullptr && base_one != nullptr && one != base_one && one->bandwidth_gb_s > 0 &&
        base_one->bandwidth_gb_s > 0) {
        return phrase("memory of {} instead of {} GB/s", formatFixed(one->bandwidth_gb_s, 0),
                      formatFixed(base_one->bandwidth_gb_s, 0));
    }
    const auto devices = std::count(other.used.begin(), other.used.end(), true);
    const auto base_devices = std::count(base.used.begin(), base.used.end(), true);
    if (devices > base_devices) return phrase("data crosses between {} GPUs", std::to_string(devices));
    const auto idle = static_cast<uint64_t>(base_devices - devices);
    return devices < base_devices && devices > 0
               ? phrase("{}{} left free", formatCount(idle), idle == 1 ? " GPU" : " GPUs")
               : "";
}

/// What a placement costs or gains against the recommended one.
std::string compare(const Placement & other, const Placement & base, const Machine & machine) {
    if (other.verdict == Verdict::does_not_fit) return whatLacks(other, machine);
    std::string text;
    const auto cache_mib = static_cast<int64_t>(contextBytes(other.estimate) / kMib);
    const auto base_cache_mib = static_cast<int64_t>(contextBytes(base.estimate) / kMib);
    addClause(text, change(cache_mib - base_cache_mib, "of cache", " MiB"));
    addClause(text,
              change(difference(countLayers(other).on_devices, countLayers(base).on_devices), "layer on GPUs", ""));
    addClause(text, change(difference(countExperts(other).on_devices, countExperts(base).on_devices),
                           "expert layer on GPUs", ""));
    addClause(text, compareDevices(other, base, machine));
    return text;
}

bool same(const Placement & a, const Placement & b) {
    return a.headroom_bytes == b.headroom_bytes && a.host_headroom_bytes == b.host_headroom_bytes &&
           a.estimate.host.total_bytes() == b.estimate.host.total_bytes() &&
           a.estimate.context.n_ctx == b.estimate.context.n_ctx && a.placed.type_k == b.placed.type_k &&
           a.placed.type_v == b.placed.type_v;
}

Alternative describe(const Search & search, const Placement & placement, std::string name, std::string label) {
    Alternative alternative;
    alternative.name = std::move(name);
    alternative.label = std::move(label);
    alternative.strategy = placement.strategy;
    alternative.verdict = placement.verdict;
    alternative.n_ctx = placement.estimate.context.n_ctx;
    alternative.splits_decode = placement.estimate.graph.splits_decode;
    if (placement.verdict != Verdict::does_not_fit)
        alternative.decode_tokens_per_second = decodeSpeed(search.model, search.machine, placement);
    alternative.headroom_bytes = placement.headroom_bytes;
    alternative.arguments = writeArguments(placement.asked);
    return alternative;
}

/// Keeps a placement that is new; one that can't be measured (a cache type that a model can't have) is left out.
void keep(Search & search, const std::string & name, const std::string & label, Result<Placement> placement) {
    if (!placement || search.found.size() > kMostAlternatives) return;
    for (const Placement & known : search.placements) {
        if (same(known, *placement)) return;
    }
    Alternative alternative = describe(search, *placement, name, label);
    alternative.note = compare(*placement, search.recommended, search.machine);
    search.found.push_back(std::move(alternative));
    search.placements.push_back(std::move(*placement));
}

Result<Placement> chosen(const Search & search, const Settings & settings) {
    auto choice = choose(search.model, search.machine, settings, Explain::no);
    if (!choice) return choice.error();
    return std::move(choice->placement);
}

std::string gainText(const Tuned & tuned) {
    return phrase("about {} % more tokens a second", formatFixed(tuned.gain * 100, 0));
}

/// Layers and experts spread by hand, where that is worth more than --fit looking after them.
void tryTuned(Search & search, const Settings & open) {
    const auto offer = [&](const std::string & name, const std::string & label, const Settings & settings,
                           double least_gain) {
        auto tuned = tunePlacement(search.model, search.machine, settings, search.recommended);
        if (!tuned || !*tuned) return 0.0;
        const bool rescues = search.recommended.verdict == Verdict::does_not_fit;
        if ((*tuned)->gain < least_gain && !rescues) return 0.0;
        const size_t n_before = search.found.size();
        const double gain = (*tuned)->gain;
        const std::string note = gainText(**tuned);
        keep(search, name, label, std::move((*tuned)->placement));
        if (search.found.size() > n_before && gain > 0) {
            std::string & text = search.found.back().note;
            text = note + (text.empty() ? "" : "; " + text);
        }
        return gain;
    };
    const double gain = offer("tuned", "tuned by hand, no --fit", open, kLeastGain);
    if (open.n_ubatch < 256 || allOnDevices(search.recommended)) return;
    Settings half = open;
    half.n_ubatch /= 2;
    offer("tuned_ubatch", "tuned with -ub " + std::to_string(half.n_ubatch), half, (1 + gain) * (1 + kLeastGain) - 1);
}

/// The smallest margins that are still safe, where others were asked for.
void trySafeMargins(Search & search, const Settings & settings) {
    const std::vector<uint64_t> margins = safeMargins(search.model, search.machine, settings);
    bool same = true;
    for (size_t i = 0; i < margins.size(); ++i) same &= margins[i] == fitTargetMib(settings, i);
    if (same) return;
    Settings safe = settings;
    safe.fit_target_mib = margins;
    keep(search, "margins", "FIT_TARGET=" + marginText(margins),
         measure(search.model, search.machine, safe, Strategy::fit));
}

/// Each GPU by itself: whole where it holds all, else with --fit moving the rest to system memory.
void tryEachGpu(Search & search, const Settings & settings) {
    constexpr size_t kMostGpus = 3;
    auto devices = usedDevices(search.machine, settings);
    if (!devices || devices->size() < 2) return;
    for (uint32_t i = 0; i < std::min(devices->size(), kMostGpus); ++i) {
        const uint32_t device = (*devices)[i];
        const std::string & name = search.machine.devices[device].name;
        auto alone = measureAlone(search.model, search.machine, settings, i);
        if (!alone || leavesMargins(*alone, settings, i, device)) {
            keep(search, "single_gpu:" + name, name + " alone", std::move(alone));
        } else {
            keep(search, "fit:" + name, name + " alone, --fit",
                 measure(search.model, search.machine, alone->asked, Strategy::fit));
        }
    }
}

void tryCacheTypes(Search & search) {
    if (search.settings.flash_attn == FlashAttention::off) return;
    for (const auto & [type, name] :
         {std::pair{GgmlType::f16, "f16"}, {GgmlType::q8_0, "q8_0"}, {GgmlType::q4_0, "q4_0"}}) {
        Settings settings = search.settings;
        if (settings.type_k == type && settings.type_v == type) continue;
        settings.type_k = settings.type_v = type;
        keep(search, std::string("cache_") + name, std::string(name) + " cache", chosen(search, settings));
    }
}

void tryContexts(Search & search) {
    const uint64_t now = search.recommended.estimate.context.n_ctx;
    const uint64_t trained = search.model.hparams.n_ctx_train;
    const auto attempt = [&](const std::string & name, const std::string & label, uint64_t n_ctx) {
        if (n_ctx == 0 || n_ctx == now || n_ctx > std::max<uint64_t>(trained, now) || n_ctx > UINT32_MAX) return;
        Settings settings = search.settings;
        settings.n_ctx = static_cast<uint32_t>(n_ctx);
        settings.given_n_ctx = true;
        keep(search, name, label, chosen(search, settings));
    };
    attempt("ctx_half", "half the context", now / 2);
    attempt("ctx_double", "twice the context", now * 2);
    attempt("ctx_trained", "trained context", trained);
}

}  // namespace

std::vector<Alternative> findAlternatives(const Model & model, const Machine & machine, const Settings & settings,
                                          const Placement & recommended) {
    Search search{model, machine, settings, recommended, {}, {}};
    const bool given = recommended.strategy == Strategy::given;
    search.found.push_back(
        describe(search, recommended, strategyName(recommended.strategy), given ? "as given" : "this plan"));
    search.found.back().recommended = true;
    search.found.back().note = given ? "placed by hand" : "recommended";
    search.placements.push_back(recommended);

    const Settings open = openSettings(settings);
    if (given) {
        keep(search, "auto", "chosen by ggufit", chosen(search, open));
        if (search.found.size() > 1) {
            search.found[0].recommended = false;
            search.found[1].recommended = true;
        }
    }
    if (recommended.strategy != Strategy::cpu) {
        tryEachGpu(search, open);
        keep(search, "fit", "all GPUs, --fit", measure(model, machine, open, Strategy::fit));
    }
    if (recommended.strategy == Strategy::fit) {
        tryTuned(search, open);
        trySafeMargins(search, settings);
    }
    tryCacheTypes(search);
    tryContexts(search);
    if (recommended.strategy == Strategy::fit && countExperts(recommended).total > 0 && !allOnDevices(recommended)) {
        Settings experts = settings;
        experts.fit = false;
        experts.override_tensors.push_back({kAllExperts, "CPU"});
        experts.given_override_tensors = true;
        keep(search, "experts_cpu", "all experts in RAM", measure(model, machine, experts, Strategy::given));
    }
    return std::move(search.found);
}

}  // namespace ggufit
