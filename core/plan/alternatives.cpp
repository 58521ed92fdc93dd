// Tries other GPUs, cache types, contexts and margins, and says what each costs or gains against the plan.
#include "plan/alternatives.h"

#include <algorithm>
#include <functional>

#include "base/checked.h"
#include "base/units.h"
#include "plan/choose.h"
#include "settings/arguments.h"

namespace ggufit {

namespace {

const char * const kAllExperts = "blk\\.\\d+\\.ffn_(up|down|gate_up|gate)_(ch|)exps";

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

std::string counted(uint64_t a, uint64_t b, const std::string & more, const std::string & fewer) {
    return formatCount(a > b ? a - b : b - a) + " " + (a > b ? more : fewer);
}

void addClause(std::string & text, const std::string & clause) {
    if (!clause.empty()) text += (text.empty() ? "" : "; ") + clause;
}

/// What a placement costs or gains against the recommended one.
std::string compare(const Placement & other, const Placement & base, const Machine & machine) {
    std::string text = whatLacks(other, machine);
    const uint64_t cache = contextBytes(other.estimate), base_cache = contextBytes(base.estimate);
    if (cache != base_cache) {
        addClause(text, formatMib(cache > base_cache ? cache - base_cache : base_cache - cache) +
                            (cache > base_cache ? " more cache" : " less cache"));
    }
    const LayerCount layers = countLayers(other), base_layers = countLayers(base);
    if (layers.on_devices != base_layers.on_devices) {
        addClause(text,
                  counted(layers.on_devices, base_layers.on_devices, "more layers on GPUs", "fewer layers on GPUs"));
    }
    const LayerCount experts = countExperts(other), base_experts = countExperts(base);
    if (experts.on_devices != base_experts.on_devices) {
        addClause(text, counted(experts.on_devices, base_experts.on_devices, "more layers with experts on GPUs",
                                "fewer layers with experts on GPUs"));
    }
    const auto devices = std::count(other.used.begin(), other.used.end(), true);
    const auto base_devices = std::count(base.used.begin(), base.used.end(), true);
    if (devices > base_devices) addClause(text, "activations cross between " + std::to_string(devices) + " GPUs");
    if (devices < base_devices && devices > 0)
        addClause(text, "leaves " + std::to_string(base_devices - devices) + " GPU free");
    return text.empty() ? "the same placement" : text;
}

bool same(const Placement & a, const Placement & b) {
    return a.headroom_bytes == b.headroom_bytes && a.host_headroom_bytes == b.host_headroom_bytes &&
           a.estimate.host.total_bytes() == b.estimate.host.total_bytes() &&
           a.estimate.context.n_ctx == b.estimate.context.n_ctx && a.placed.type_k == b.placed.type_k &&
           a.placed.type_v == b.placed.type_v;
}

Alternative describe(const Placement & placement, std::string name, std::string label) {
    Alternative alternative;
    alternative.name = std::move(name);
    alternative.label = std::move(label);
    alternative.strategy = placement.strategy;
    alternative.verdict = placement.verdict;
    alternative.n_ctx = placement.estimate.context.n_ctx;
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
    Alternative alternative = describe(*placement, name, label);
    alternative.note = compare(*placement, search.recommended, search.machine);
    search.found.push_back(std::move(alternative));
    search.placements.push_back(std::move(*placement));
}

Result<Placement> chosen(const Search & search, const Settings & settings) {
    auto choice = choose(search.model, search.machine, settings);
    if (!choice) return choice.error();
    return std::move(choice->placement);
}

/// The settings without what places layers by hand.
Settings automatic(Settings settings) {
    const Settings defaults;
    settings.fit = true;
    settings.n_gpu_layers = kGpuLayersAuto;
    settings.tensor_split.clear();
    settings.override_tensors.clear();
    settings.given_n_gpu_layers = settings.given_tensor_split = settings.given_override_tensors = false;
    if (settings.split_mode == SplitMode::row || settings.split_mode == SplitMode::tensor) {
        settings.split_mode = defaults.split_mode;
    }
    return settings;
}

void tryEachGpu(Search & search, const Settings & settings) {
    constexpr uint32_t kMostGpus = 3;
    auto devices = usedDevices(search.machine, settings);
    if (!devices || devices->size() < 2) return;
    for (uint32_t i = 0; i < std::min<size_t>(devices->size(), kMostGpus); ++i) {
        const Device & device = search.machine.devices[(*devices)[i]];
        keep(search, "single_gpu:" + device.name, device.name + " alone",
             measureAlone(search.model, search.machine, settings, i));
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
        keep(search, name, label + " (" + formatCount(n_ctx) + ")", chosen(search, settings));
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
    search.found.push_back(describe(recommended, strategyName(recommended.strategy), given ? "as given" : "this plan"));
    search.found.back().recommended = true;
    search.found.back().note = given ? "placed by hand" : "recommended";
    search.placements.push_back(recommended);

    const Settings open = automatic(settings);
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
        Settings bare = settings;
        bare.fit_target_mib = {0};
        keep(search, "no_margins", "no margins", measure(model, machine, bare, Strategy::fit));
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
