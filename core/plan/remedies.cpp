// Tries one change after the other: context, cache type, micro-batch, more GPUs, a smaller file.
#include "plan/remedies.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/phrase.h"
#include "base/sort.h"
#include "base/units.h"
#include "model/parameters.h"
#include "plan/choose.h"
#include "plan/reach.h"

namespace ggufit {

namespace {

constexpr uint32_t kLeastUsefulContext = 4096;

std::string typeName(GgmlType type) { return std::string(traitsOf(type).name); }

/// Published files of these kinds, by what they have on average: bits per weight.
struct Quantization {
    const char * name;
    double bits;
};
constexpr std::array<Quantization, 10> kQuantizations = {{{"Q8_0", 8.5},
                                                          {"Q6_K", 6.6},
                                                          {"Q5_K_M", 5.7},
                                                          {"Q4_K_M", 4.9},
                                                          {"IQ4_XS", 4.3},
                                                          {"Q3_K_M", 3.95},
                                                          {"IQ3_XXS", 3.2},
                                                          {"Q2_K", 3.0},
                                                          {"IQ2_XXS", 2.2},
                                                          {"IQ1_S", 1.7}}};

class RemedySearch {
  public:
    RemedySearch(const Model & model, const Machine & machine, const Settings & settings, Remedies & out)
        : model_(model), machine_(machine), settings_(settings), out_(out) {}

    void run() {
        tryContext();
        tryCacheType();
        tryMicroBatch();
        tryMoreGpus();
        tryQuantization();
    }

  private:
    /// Room under the goal; for "fits" only its sign means something.
    [[nodiscard]] int64_t slack(const Settings & settings, const Machine & machine) const {
        if (out_.goal == ReachGoal::all_on_gpus) return slackOnGpus(model_, machine, settings);
        if (clearlyTooLarge(settings, machine)) return -1;
        const auto choice = choose(model_, machine, settings, Explain::no);
        if (!choice) return kNoSlack;
        return choice->placement.verdict == Verdict::does_not_fit ? -1 : 0;
    }
    void add(std::string name, std::string change, std::string text) {
        out_.changes.push_back({std::move(name), std::move(change), std::move(text)});
    }

    void tryContext() {
        Settings least = settings_;
        least.n_ctx = kLeastUsefulContext;
        if (settings_.n_ctx <= kLeastUsefulContext || slack(least, machine_) < 0) return;
        const uint32_t n_ctx =
            largestContext(settings_, settings_.n_ctx, [&](const Settings & s) { return slack(s, machine_); });
        if (n_ctx < kLeastUsefulContext || n_ctx >= settings_.n_ctx) return;
        add("context", "-c " + std::to_string(n_ctx),
            phrase("a context of {} instead of {} tokens", formatCount(n_ctx), formatCount(settings_.n_ctx)));
    }

    void tryCacheType() {
        if (settings_.flash_attn == FlashAttention::off) return;
        const double bits_now = bitsOf(settings_.type_k) + bitsOf(settings_.type_v);
        for (const GgmlType type : {GgmlType::q8_0, GgmlType::q4_0}) {
            if (2 * bitsOf(type) >= bits_now) continue;
            Settings changed = settings_;
            changed.type_k = changed.type_v = type;
            if (slack(changed, machine_) < 0) continue;
            add("cache_type", phrase("-ctk {} -ctv {}", typeName(type), typeName(type)),
                phrase("a cache of {} instead of {}", typeName(type), typeName(settings_.type_k)));
            return;
        }
    }

    void tryMicroBatch() {
        for (uint32_t n = settings_.n_ubatch / 2; n >= 64; n /= 2) {
            Settings changed = settings_;
            changed.n_ubatch = n;
            if (slack(changed, machine_) < 0) continue;
            add("ubatch", "-ub " + std::to_string(n),
                phrase("a micro-batch of {} instead of {} tokens; prompts are read more slowly", formatCount(n),
                       formatCount(settings_.n_ubatch)));
            return;
        }
    }

    /// More of a kind that is there already: as few as are enough, of the smallest kind.
    void tryMoreGpus() {
        constexpr uint32_t kMostGpus = 4;
        if (!settings_.devices.empty()) return;
        std::vector<Device> kinds;
        for (const Device & device : machine_.devices) {
            const auto same = [&](const Device & kind) { return kind.description == device.description; };
            if (!device.unified_memory && std::none_of(kinds.begin(), kinds.end(), same)) kinds.push_back(device);
        }
        stableSort(kinds, [](const Device & a, const Device & b) { return a.total_mib < b.total_mib; });
        for (uint32_t n = 1; n <= kMostGpus; ++n) {
            for (const Device & kind : kinds) {
                if (addedGpusAreEnough(kind, n)) return;
            }
        }
    }

    bool addedGpusAreEnough(Device kind, uint32_t n) {
        kind.name.clear();
        kind.free_mib = saturatingSub(kind.total_mib, kind.driver_mib);
        kind.reserved_mib = 0;
        Machine more = machine_;
        more.devices.insert(more.devices.end(), n, kind);
        nameDevices(more.devices);
        Settings changed = settings_;
        if (changed.split_mode == SplitMode::none) changed.split_mode = SplitMode::layer;
        if (slack(changed, more) < 0) return false;
        const std::string count = n == 1 ? "one" : std::to_string(n);
        const std::string card = phrase("{} more {}", count, kind.description.empty() ? "GPU" : kind.description);
        add("gpu", card,
            phrase("{} of GPU memory are free then instead of {}", formatGib(freeBytes(more)),
                   formatGib(freeBytes(machine_))));
        return true;
    }

    void tryQuantization() {
        const uint64_t weights = model_.file.totalTensorBytes();
        const uint64_t parameters = countParameters(model_).total;
        const uint64_t lacking = lackingBytes();
        if (lacking == 0 || lacking >= weights || parameters == 0) return;
        const double bits_now = static_cast<double>(weights) * 8 / static_cast<double>(parameters);
        const double bits = bits_now * static_cast<double>(weights - lacking) / static_cast<double>(weights);
        const auto found = std::find_if(kQuantizations.begin(), kQuantizations.end(),
                                        [&](const Quantization & one) { return one.bits <= bits; });
        if (found == kQuantizations.end()) return;
        add("quantization", std::string(found->name) + " or smaller",
            phrase("a file of at most {}, which is {} bits per weight where this one has {}; {} files have about {}",
                   formatGib(weights - lacking), formatFixed(bits, 1), formatFixed(bits_now, 1), found->name,
                   formatFixed(found->bits, 1)));
    }

    /// Bytes that the weights would have to be smaller by.
    [[nodiscard]] uint64_t lackingBytes() const;
    /// Whether weights and cache alone are more than all memory together.
    [[nodiscard]] bool clearlyTooLarge(const Settings & settings, const Machine & machine) const;

    static uint64_t freeBytes(const Machine & machine) {
        uint64_t sum = 0;
        for (const Device & device : machine.devices) sum = saturatingAdd(sum, budgetBytes(device));
        return sum;
    }

    static double bitsOf(GgmlType type) {
        const TypeTraits & traits = traitsOf(type);
        return static_cast<double>(traits.block_bytes) * 8 / static_cast<double>(traits.block_size);
    }

    const Model & model_;
    const Machine & machine_;
    const Settings & settings_;
    Remedies & out_;
};

uint64_t RemedySearch::lackingBytes() const {
    const auto used = usedDevices(machine_, settings_);
    const auto estimate = estimateMemory(model_, machine_, openSettings(settings_), Reserving::sized);
    if (!used || !estimate) return 0;
    uint64_t capacity = 0;
    for (size_t i = 0; i < used->size(); ++i) {
        const uint64_t budget = budgetBytes(machine_.devices[(*used)[i]]);
        capacity = saturatingAdd(capacity, saturatingSub(budget, marginBytes(settings_, i)));
    }
    uint64_t need = deviceBytes(*estimate);
    if (out_.goal == ReachGoal::fits) {
        capacity = saturatingAdd(capacity, saturatingMul(machine_.host.total_mib, kMib));
        need = saturatingAdd(need, estimate->host.total_bytes());
    }
    // Layers do not divide evenly: a layer's worth for each device but one.
    const uint64_t layer = need / std::max<uint64_t>(model_.hparams.n_layer_all, 1);
    const uint64_t uneven = saturatingMul(layer, used->empty() ? 0 : used->size() - 1);
    return saturatingSub(saturatingAdd(need, uneven), capacity);
}

bool RemedySearch::clearlyTooLarge(const Settings & settings, const Machine & machine) const {
    if (machine.host.total_mib == 0) return false;
    const auto estimate = estimateMemory(model_, machine, openSettings(settings), Reserving::sized);
    if (!estimate) return false;
    uint64_t need = estimate->host.model_bytes;
    for (const DeviceEstimate & device : estimate->devices) {
        need = saturatingAdd(need, saturatingAdd(device.model_bytes, device.context_bytes));
    }
    return need > saturatingAdd(freeBytes(machine), saturatingMul(machine.host.total_mib, kMib));
}

}  // namespace

const char * reachGoalName(ReachGoal goal) {
    switch (goal) {
        case ReachGoal::none: return "none";
        case ReachGoal::fits: return "fits";
        case ReachGoal::all_on_gpus: return "all_on_gpus";
    }
    return "none";
}

Remedies findRemedies(const Model & model, const Machine & machine, const Settings & settings,
                      const Placement & placement) {
    Remedies out;
    if (placement.verdict == Verdict::does_not_fit) {
        out.goal = ReachGoal::fits;
    } else if (placement.strategy == Strategy::fit && !allOnDevices(placement)) {
        out.goal = ReachGoal::all_on_gpus;
    } else {
        return out;
    }
    const Settings changed = out.goal == ReachGoal::fits ? settings : openSettings(settings);
    RemedySearch(model, machine, changed, out).run();
    return out;
}

}  // namespace ggufit
